#ifndef HINOMI_CLI_COMMAND_REFERENCE_H_
#define HINOMI_CLI_COMMAND_REFERENCE_H_

#include <span>
#include <string>

#include "cli/verb.h"
#include "guide/words.h"

namespace hinomi::cli {

/// Every verb with its arguments and its example, as Markdown for the guide.
std::string CommandReference(std::span<const Verb> verbs, guide::Words& words);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_COMMAND_REFERENCE_H_
