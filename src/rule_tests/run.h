#ifndef HINOMI_RULE_TESTS_RUN_H_
#define HINOMI_RULE_TESTS_RUN_H_

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "control/backtest.h"
#include "metrics/storage.h"
#include "os/files.h"
#include "policy/policy.h"
#include "rule_tests/coverage.h"
#include "rule_tests/report.h"
#include "rules/manager.h"

/// Tests of rules and alarms (policy/rule_tests.h): series are given, time passes, and what the
/// rules and alarms make of it is compared with what is expected. Nothing of a server is touched.
namespace hinomi::rule_tests {

struct RunOptions {
  std::function<bool(std::string_view name)> wanted;  ///< Which tests run; null: all.
  policy::LoadOptions folder;                         ///< For `ops_folder`.
  /// How alarms read a store, as they do live; used for `alarm_state_test`.
  std::function<control::BacktestSource(const metrics::Queryable& store, const Clock& clock)>
      history;
  /// What the control thread is told of an alert live; used for the same.
  std::function<ops_model::AlertObservation(const rules::AlertReport& report)> observe;
};

/// Those in whose name the pattern (RE2) is found. Errors: kInvalidArgument, why it is none.
Result<std::function<bool(std::string_view name)>> NamesLike(const std::string& pattern);

/// Runs one file's tests, each from its own beginning. `clock` measures what they take.
FileResult RunFile(Files& files, const Clock& clock, const std::string& path,
                   const RunOptions& options, Coverage& coverage);

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_RUN_H_
