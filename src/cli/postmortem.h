#ifndef HINOMI_CLI_POSTMORTEM_H_
#define HINOMI_CLI_POSTMORTEM_H_

#include <string>

#include "base/json.h"

namespace hinomi::cli {

/// A draft in Markdown from an incident as the API shows it: what is known stands in it, what
/// people have to find out is asked.
std::string PostmortemOf(const Json& incident);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_POSTMORTEM_H_
