#ifndef HINOMI_POLICY_RULE_TESTS_H_
#define HINOMI_POLICY_RULE_TESTS_H_

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/model.h"
#include "policy/policy.h"
#include "policy/source_text.h"
#include "promql/series_notation.h"

/// Files that test rules, in the language of `promtool test rules`
/// (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/) with some keys
/// of our own.
namespace hinomi::policy {

/// A series that a test gives; its values are `RuleTest::interval` apart, from the test's start on.
struct TestSeries {
  metrics::Labels labels;
  std::vector<promql::SequenceValue> values;
};

/// An alert that should fire.
struct ExpectedAlert {
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
};

/// Which alerts of a name should fire at a time.
struct AlertTest {
  Mark place;          ///< Of its entry.
  Duration eval_time;  ///< From the test's start.
  std::string alert;   ///< `alertname`; alerts of all rules with that name count.
  std::string group;   ///< Only those of groups with this name; "": of all.
  /// Labels and annotations that an expected alert does not name may be anything (our own key).
  bool subset = false;
  std::vector<ExpectedAlert> expected;
};

/// In which state an alarm of the ops folder should be at a time (our own test).
struct AlarmStateTest {
  Mark place;          ///< Of its entry.
  Duration eval_time;  ///< From the test's start.
  std::string alarm;
  std::string state;  ///< "OK", "ALARM" or "INSUFFICIENT_DATA".
};

struct ExpectedSample {
  metrics::Labels labels;
  double value = 0;
  metrics::NativeHistogramPtr histogram;  ///< Not null: instead of `value`.
};

/// What an expression should give at a time.
struct ExprTest {
  Mark place;  ///< Of its entry.
  std::string expr;
  Duration eval_time;  ///< From the test's start.
  std::vector<ExpectedSample> expected;
};

/// One entry of `tests`: series, and what follows from them.
struct RuleTest {
  Mark place;
  std::string name;  ///< "" where it has none.
  Instant start;     ///< 1970-01-01 unless `start_timestamp` says otherwise.
  Duration interval;
  std::vector<TestSeries> series;
  std::vector<AlertTest> alerts;
  std::vector<AlarmStateTest> states;
  std::vector<ExprTest> exprs;
  std::map<std::string, std::string> external_labels;
  std::string external_url;

  /// The last time that is looked at, from the start.
  Duration end() const;
};

struct RuleTestFile {
  std::vector<std::string> rule_files;  ///< Patterns, relative to the file.
  std::string ops_folder;               ///< Relative to the file; "": none (our own key).
  Mark ops_folder_place;
  Duration evaluation_interval = Duration::Minutes(1);  ///< Of all groups, whatever theirs is.
  std::vector<std::string> group_eval_order;            ///< Names; the others go with the first.
  bool fuzzy_compare = false;                           ///< Numbers may differ in their last bit.
  std::vector<RuleTest> tests;
};

struct LoadedRuleTests {
  RuleTestFile file;
  std::vector<Finding> findings;

  /// Without a mistake; with one, `file` holds only a part.
  bool sound() const;
};

/// How often the rules are evaluated in one test, at most.
inline constexpr int64_t kMostTestSteps = 10'000'000;
/// The largest test file that is read.
inline constexpr uint64_t kMaxRuleTestBytes = 16u << 20;

/// Reads a test file. Everything that is wrong is reported with its place, what is wrong within a
/// series or an expression at its place there. Beside promtool's keys there are `ops_folder`, whose
/// alarms and rule files are tested, `alarm_state_test` for their states, `groupname` and `match`
/// (exact or subset) of an alert test.
LoadedRuleTests ReadRuleTests(const std::string& file, std::string content);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_RULE_TESTS_H_
