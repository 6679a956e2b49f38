#include "rule_tests/coverage.h"

#include <algorithm>
#include <deque>
#include <set>

#include "policy/alert_rules.h"
#include "promql/parser.h"
#include "rules/alerts.h"

namespace hinomi::rule_tests {
namespace {

bool HasFired(const rules::AlertsPtr& alerts) {
  return alerts && std::ranges::any_of(*alerts, [](const auto& one) {
           return one.second.state == rules::AlertState::kFiring;
         });
}

/// What a matcher wants a label to be; "" where anything else may do.
std::string WantedValue(const promql::VectorSelector& selector, std::string_view label) {
  for (const metrics::Matcher& matcher : selector.matchers)
    if (matcher.label == label && matcher.type == metrics::MatchType::kEqual) return matcher.value;
  return "";
}

std::string AlarmsFileOf(const RuleSet& rules) {
  return PathFrom(rules.folder_path, policy::kAlarmsFile);
}

}  // namespace

/// Finds the rules that one test asks for, and those that they read.
class Coverage::Asking {
 public:
  Asking(Coverage& coverage, const std::vector<GroupPtr>& groups)
      : coverage_(coverage), groups_(groups) {}

  void Alert(const std::string& alert, const std::string& group) {
    ForRules([&](const rules::Group& of, const rules::Rule& rule) {
      return !rule.records() && (alert.empty() || rule.document.alert == alert) &&
             (group.empty() || of.document().name == group);
    });
  }

  void Expression(const std::string& text) {
    const auto expr = promql::Parse(text);
    if (!expr) return;
    for (const promql::VectorSelector* selector : promql::SelectorsOf(**expr)) {
      const std::string metric = WantedValue(*selector, "__name__");
      if (metric == rules::kAlertsMetric || metric == rules::kForStateMetric)
        Alert(WantedValue(*selector, "alertname"), "");
      Metric(metric);
    }
  }

  void Settle() {
    while (!metrics_.empty()) {
      const std::string metric = std::move(metrics_.front());
      metrics_.pop_front();
      ForRules([&](const rules::Group&, const rules::Rule& rule) {
        return rule.document.record == metric;
      });
    }
  }

 private:
  void Metric(const std::string& metric) {
    if (!metric.empty() && asked_metrics_.insert(metric).second) metrics_.push_back(metric);
  }

  template <typename Fits>
  void ForRules(Fits fits) {
    for (const GroupPtr& group : groups_) {
      Known& known = coverage_.KnownOf(group);
      for (size_t i = 0; i < known.rules.size(); ++i) {
        const rules::Rule& rule = group->rules()[i];
        if (!fits(*group, rule)) continue;
        known.rules[i].asked = true;
        if (!rule.reads) continue;
        for (const std::string& metric : *rule.reads) Metric(metric);
      }
    }
  }

  Coverage& coverage_;
  const std::vector<GroupPtr>& groups_;
  std::set<std::string> asked_metrics_;
  std::deque<std::string> metrics_;  ///< Whose rules are still to be looked for.
};

Coverage::Known& Coverage::KnownOf(const GroupPtr& group) {
  Known& known = known_[group->key()];
  known.group = group;
  known.rules.resize(group->rules().size());
  return known;
}

void Coverage::NoteTest(const RuleSet& rules, const policy::RuleTest& test) {
  for (const GroupPtr& group : rules.groups) (void)KnownOf(group);
  if (rules.folder != nullptr)
    for (const policy::AlarmDocument& alarm : rules.folder->alarms)
      if (!alarm.is_promql()) (void)alarms_[{AlarmsFileOf(rules), alarm.name}];
  Asking asking(*this, rules.groups);
  for (const policy::AlertTest& alert : test.alerts) asking.Alert(alert.alert, alert.group);
  for (const policy::AlarmStateTest& state : test.states) asking.Alert(state.alarm, "");
  for (const policy::ExprTest& expr : test.exprs) asking.Expression(expr.expr);
  asking.Settle();
}

void Coverage::NoteStates(const RuleSet& rules, const policy::RuleTest& test,
                          const AlarmStates& states) {
  for (const policy::AlarmDocument& alarm : rules.folder->alarms) {
    const auto known = alarms_.find({AlarmsFileOf(rules), alarm.name});
    if (known != alarms_.end() && states.WentOff(alarm.name)) known->second.gave = true;
  }
  for (const policy::AlarmStateTest& state : test.states) {
    const auto known = alarms_.find({AlarmsFileOf(rules), state.alarm});
    if (known != alarms_.end()) known->second.asked = true;
  }
}

void Coverage::NoteRound(const GroupPtr& group, const rules::Round& round) {
  Known& known = KnownOf(group);
  for (size_t i = 0; i < known.rules.size(); ++i) {
    if (known.rules[i].gave) continue;
    known.rules[i].gave = group->rules()[i].records() ? round.outcomes[i].series > 0
                                                      : HasFired(round.memory.alerts[i]);
  }
}

Coverage::Summary Coverage::Sum() const {
  Summary summary;
  for (const auto& [key, known] : known_) {
    summary.rules += known.rules.size();
    for (size_t i = 0; i < known.rules.size(); ++i) {
      const Seen& seen = known.rules[i];
      if (seen.gave && seen.asked) continue;
      const rules::Rule& rule = known.group->rules()[i];
      const policy::RuleGroupDocument& group = known.group->document();
      summary.gaps.push_back(
          {group.file, group.name, rule.records() ? rule.document.record : rule.document.alert,
           rule.records() ? Kind::kRecording : Kind::kAlerting, seen.gave, seen.asked});
    }
  }
  summary.rules += alarms_.size();
  for (const auto& [key, seen] : alarms_) {
    if (seen.gave && seen.asked) continue;
    summary.gaps.push_back({key.first, "", key.second, Kind::kAlarm, seen.gave, seen.asked});
  }
  return summary;
}

const KindWords& WordsOf(Coverage::Kind kind) {
  static constexpr KindWords kWords[] = {{"alerting", "alert", "never fired"},
                                         {"recording", "record", "never gave a series"},
                                         {"alarm", "alarm", "never went off"}};
  return kWords[static_cast<size_t>(kind)];
}

std::string GapText(const Coverage::Gap& gap) {
  const std::string never(WordsOf(gap.kind).never);
  if (gap.gave) return "is asked for by no test";
  return gap.asked ? never : never + ", and no test asks for it";
}

}  // namespace hinomi::rule_tests
