#ifndef HINOMI_RULE_TESTS_COVERAGE_H_
#define HINOMI_RULE_TESTS_COVERAGE_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/rule_tests.h"
#include "rule_tests/alarm_states.h"
#include "rule_tests/rule_set.h"
#include "rules/evaluation.h"

namespace hinomi::rule_tests {

/// Which rules tests have shown to work, over all test files that ran. A rule is covered once a
/// test asks for what it gives, and it gave something in a test: an alert fired, a series was
/// recorded. What is recorded is also asked for by the rules that read it and are themselves.
/// Alarms of an ops folder without an expression in PromQL count as rules: one is covered once a
/// test asks for its state, and it was in ALARM in a test.
class Coverage {
 public:
  enum class Kind { kAlerting, kRecording, kAlarm };
  /// A rule that is not covered.
  struct Gap {
    std::string file;
    std::string group;  ///< "" for an alarm.
    std::string rule;   ///< The name of the alert, the metric or the alarm.
    Kind kind = Kind::kAlerting;
    bool gave = false;  ///< An alert fired, a series was recorded, an alarm went off.
    bool asked = false;
  };
  struct Summary {
    size_t rules = 0;
    std::vector<Gap> gaps;  ///< By file and group.
    size_t covered() const { return rules - gaps.size(); }
  };

  /// These rules are to be covered, and `test` runs over them.
  void NoteTest(const RuleSet& rules, const policy::RuleTest& test);
  /// What the alarms of `rules.folder` did in the test.
  void NoteStates(const RuleSet& rules, const policy::RuleTest& test, const AlarmStates& states);
  /// What one evaluation gave.
  void NoteRound(const GroupPtr& group, const rules::Round& round);
  Summary Sum() const;

 private:
  struct Seen {
    bool gave = false;
    bool asked = false;
  };
  struct Known {
    GroupPtr group;
    std::vector<Seen> rules;  ///< One a rule of the group.
  };
  class Asking;
  using AlarmKey = std::pair<std::string, std::string>;  ///< File and name.
  Known& KnownOf(const GroupPtr& group);

  std::map<std::string, Known> known_;  ///< By the group's key.
  std::map<AlarmKey, Seen> alarms_;
};

/// What a kind of rule is called.
struct KindWords {
  std::string_view type;   ///< For programs.
  std::string_view key;    ///< Before its name.
  std::string_view never;  ///< What it did if it gave nothing.
};
const KindWords& WordsOf(Coverage::Kind kind);
/// "never fired, and no test asks for it".
std::string GapText(const Coverage::Gap& gap);

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_COVERAGE_H_
