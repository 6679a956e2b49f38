#ifndef HINOMI_CLI_MAN_H_
#define HINOMI_CLI_MAN_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace hinomi::cli {

/// A page of section 1: "hinomi-incident" and its text in troff (man macros).
struct ManPage {
  std::string name;
  std::string text;
};

/// hinomi(1); a page for each first word of a verb, with all verbs that begin
/// with it (hinomi-incident(1)); and for each of those a name that leads there
/// (hinomi-incident-acknowledge(1)). `date` is YYYY-MM-DD.
std::vector<ManPage> ManPages(const std::vector<Verb>& verbs, const std::string& release,
                              const std::string& date);

/// UTF-8 text as troff shows it unchanged, wherever it stands in a line.
std::string TroffText(std::string_view text);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_MAN_H_
