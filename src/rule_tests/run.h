#ifndef HINOMI_RULE_TESTS_RUN_H_
#define HINOMI_RULE_TESTS_RUN_H_

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "os/files.h"
#include "policy/policy.h"
#include "rule_tests/coverage.h"
#include "rule_tests/report.h"

/// Tests of alerting and recording rules (policy/rule_tests.h): series are given, time passes, and
/// what the rules make of it is compared with what is expected. Nothing of a server is touched.
namespace hinomi::rule_tests {

struct RunOptions {
  std::function<bool(std::string_view name)> wanted;  ///< Which tests run; null: all.
  policy::LoadOptions folder;                         ///< For `ops_folder`.
};

/// Those in whose name the pattern (RE2) is found. Errors: kInvalidArgument, why it is none.
Result<std::function<bool(std::string_view name)>> NamesLike(const std::string& pattern);

/// Runs one file's tests, each from its own beginning. `clock` measures what they take.
FileResult RunFile(Files& files, const Clock& clock, const std::string& path,
                   const RunOptions& options, Coverage& coverage);

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_RUN_H_
