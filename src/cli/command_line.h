#ifndef HINOMI_CLI_COMMAND_LINE_H_
#define HINOMI_CLI_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "cli/verb.h"

namespace hinomi::cli {

/// Reads a command line against the table of verbs and runs the one that is
/// meant. Help goes to standard output, what is wrong to standard error: a
/// mistyped verb with the nearest one, a group alone with its verbs. Returns
/// the exit code.
int RunCommandLine(const std::vector<Verb>& verbs, const std::string& release, int argc,
                   const char* const* argv);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_COMMAND_LINE_H_
