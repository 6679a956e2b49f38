#include "rule_tests/run.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "policy/alert_rules.h"
#include "policy/find.h"
#include "rule_tests/alarm_states.h"
#include "rule_tests/compare.h"
#include "rule_tests/timeline.h"

namespace hinomi::rule_tests {
namespace {

std::string Counted(const Difference& difference, const char* what, const char* none) {
  const size_t missing = difference.missing.size(), unexpected = difference.unexpected.size();
  if (difference.as_expected + missing == 0) return none;
  std::string text = std::to_string(missing) + " of " +
                     std::to_string(difference.as_expected + missing) + " expected " + what +
                     " missing";
  if (unexpected > 0) text += ", " + std::to_string(unexpected) + " not expected";
  return text;
}

/// The commonest reason why nothing is known of an alarm: the series has other labels.
std::string WhatItReads(const policy::AlarmDocument& alarm) {
  if (!alarm.reads_points()) return {};
  std::string series;
  for (const policy::MetricQueryDocument& query : alarm.Metrics()) {
    metrics::Labels labels({query.dimensions.begin(), query.dimensions.end()});
    labels.Set("__name__", query.metric);
    series += (series.empty() ? "" : " and ") + labels.ToString();
  }
  return "; it reads " + series + ", whose labels have to be just these, job and instance aside";
}

bool ExpectsNan(const policy::ExprTest& test) {
  return std::ranges::any_of(test.expected, [](const policy::ExpectedSample& sample) {
    return !sample.histogram && std::isnan(sample.value);
  });
}

/// One test from its beginning to its end.
class TestRun {
 public:
  TestRun(const policy::RuleTest& test, const policy::RuleTestFile& file, const RuleSet& rules,
          Coverage& coverage)
      : test_(test),
        step_(file.evaluation_interval),
        fuzzy_(file.fuzzy_compare),
        rules_(rules),
        coverage_(coverage),
        timeline_(test, rules.groups, step_, coverage) {
    for (const policy::AlertTest& alert : test.alerts) waiting_.push_back(&alert);
    std::ranges::stable_sort(waiting_, {}, &policy::AlertTest::eval_time);
  }

  std::vector<Failure> Run(const RunOptions& options) {
    if (!test_.states.empty()) NoteAlerts(options);
    // In ms: an Instant would not hold the step after the last.
    const int64_t end_ms = test_.end().millis();
    for (int64_t at_ms = 0; at_ms <= end_ms; at_ms += step_.millis()) {
      if (!Evaluate(Duration::Millis(at_ms))) return std::move(failures_);
      CheckAlertsBefore(at_ms + step_.millis());
    }
    for (const policy::ExprTest& expr : test_.exprs) CheckExpr(expr);
    if (!test_.states.empty()) CheckStates(options);
    return std::move(failures_);
  }

 private:
  /// False where a rule fails: what follows would mean nothing.
  bool Evaluate(Duration at) {
    const auto errors = timeline_.Evaluate(test_.start + at);
    for (const Timeline::RuleError& error : errors) {
      const policy::RuleDocument& rule = error.rule.document;
      failures_.push_back({test_.place,
                           at,
                           "rule " + (rule.record.empty() ? rule.alert : rule.record) +
                               " of group " + error.group.document().name + " (" +
                               error.group.document().file + ")",
                           "it fails, and so the test ends here: " + error.message,
                           {}});
    }
    return errors.empty();
  }

  /// Those whose time is before that of the next evaluation.
  void CheckAlertsBefore(int64_t next_ms) {
    for (; next_ < waiting_.size() && waiting_[next_]->eval_time.millis() < next_ms; ++next_) {
      const policy::AlertTest& alert = *waiting_[next_];
      Difference difference = CompareAlerts(alert, timeline_.Firing(alert.alert, alert.group));
      if (difference.empty()) continue;
      std::string problem = Counted(difference, "to fire", "it fires, and no alert is expected");
      failures_.push_back({alert.place, alert.eval_time, "alert " + alert.alert, std::move(problem),
                           std::move(difference)});
    }
  }

  void CheckExpr(const policy::ExprTest& expr) {
    const auto given = timeline_.Query(expr.expr, test_.start + expr.eval_time);
    const std::string about = "expression " + expr.expr;
    if (!given) {
      failures_.push_back(
          {expr.place, expr.eval_time, about, "it fails: " + given.error().message, {}});
      return;
    }
    Difference difference = CompareSamples(expr, *given, fuzzy_);
    if (difference.empty()) return;
    std::string problem =
        Counted(difference, "samples", "it gives something, and nothing is expected");
    if (ExpectsNan(expr))
      problem += "; NaN equals nothing, as in promtool: an expression such as x != x asks for it";
    failures_.push_back(
        {expr.place, expr.eval_time, about, std::move(problem), std::move(difference)});
  }

  void NoteAlerts(const RunOptions& options) {
    timeline_.Tell([this, &options](Instant at, const rules::AlertReport& report) {
      seen_.push_back({at, report.group.document().file, options.observe(report)});
    });
  }

  /// As control::BacktestSource has it, of the evaluations of the test: a server's have times of
  /// their own.
  Status GiveAlerts(const policy::AlarmDocument& alarm, const control::TakeAlerts& take) const {
    for (const SeenAlerts& one : seen_) {
      std::string file = one.file;
      if (file.starts_with(rules_.folder_path + "/")) file.erase(0, rules_.folder_path.size() + 1);
      if (!policy::BelongsTo(alarm, file, one.seen.alarm)) continue;
      ops_model::AlertObservation seen = one.seen;
      seen.alarm = alarm.name;
      seen.file = std::move(file);
      HN_TRY_VOID(take(one.at, std::move(seen)));
    }
    return {};
  }

  void CheckStates(const RunOptions& options) {
    const Instant end = test_.start + test_.end();
    timeline_.TakeIn(end);
    const ManualClock clock;
    control::BacktestSource source = options.history(timeline_.store(), clock);
    source.alerts = [this](const policy::OpsFolder&, const policy::AlarmDocument& alarm, Instant,
                           Instant,
                           const control::TakeAlerts& take) { return GiveAlerts(alarm, take); };
    const auto states = AlarmStates::Over(*rules_.folder, source, test_.start, end);
    if (!states) {
      failures_.push_back({test_.place,
                           test_.end(),
                           "the alarms of " + rules_.folder_path,
                           "they cannot be evaluated: " + states.error().message,
                           {}});
      return;
    }
    for (const policy::AlarmStateTest& state : test_.states) CheckState(*states, state);
    coverage_.NoteStates(rules_, test_, *states);
  }

  void CheckState(const AlarmStates& states, const policy::AlarmStateTest& test) {
    const AlarmStates::Found found = states.At(test.alarm, test_.start + test.eval_time);
    const std::string_view state = ops_model::AlarmStateName(found.state);
    if (state == test.state) return;
    std::string problem = "it is " + std::string(state) + ", and " + test.state + " is expected";
    if (!found.reason.empty()) problem += ": " + found.reason;
    if (found.state == ops_model::AlarmState::kInsufficientData)
      problem += WhatItReads(*policy::FindAlarm(*rules_.folder, test.alarm));
    failures_.push_back(
        {test.place, test.eval_time, "alarm " + test.alarm, std::move(problem), {}});
  }

  /// What one evaluation of an alerting rule found.
  struct SeenAlerts {
    Instant at;
    std::string file;
    ops_model::AlertObservation seen;
  };

  const policy::RuleTest& test_;
  const Duration step_;
  const bool fuzzy_;
  const RuleSet& rules_;
  Coverage& coverage_;
  Timeline timeline_;
  std::vector<const policy::AlertTest*> waiting_;  ///< By time.
  size_t next_ = 0;                                ///< Of those.
  std::vector<SeenAlerts> seen_;                   ///< By time; only where states are tested.
  std::vector<Failure> failures_;
};

}  // namespace

Result<std::function<bool(std::string_view name)>> NamesLike(const std::string& pattern) {
  const auto compiled = std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet);
  if (!compiled->ok())
    return InvalidArgument("\"" + pattern + "\" is no regular expression: " + compiled->error());
  return std::function<bool(std::string_view)>([compiled](std::string_view name) {
    return re2::RE2::PartialMatch({name.data(), name.size()}, *compiled);
  });
}

FileResult RunFile(Files& files, const Clock& clock, const std::string& path,
                   const RunOptions& options, Coverage& coverage) {
  FileResult result;
  result.file = path;
  auto content = files.ReadAll(path);
  if (!content) {
    result.unreadable = content.error().message;
    return result;
  }
  policy::LoadedRuleTests loaded = policy::ReadRuleTests(path, *std::move(content));
  result.findings = std::move(loaded.findings);
  if (result.mistakes() > 0) return result;
  RuleSet rules = LoadRules(files, path, loaded.file, options.folder);
  std::ranges::move(rules.findings, std::back_inserter(result.findings));
  if (result.mistakes() > 0) return result;
  for (size_t i = 0; i < loaded.file.tests.size(); ++i) {
    const policy::RuleTest& test = loaded.file.tests[i];
    if (options.wanted && !options.wanted(test.name)) continue;
    coverage.NoteTest(rules, test);
    const Duration began = clock.Monotonic();
    TestResult& done = result.tests.emplace_back();
    done.name = test.name.empty() ? "test " + std::to_string(i + 1) : test.name;
    done.place = test.place;
    done.failures = TestRun(test, loaded.file, rules, coverage).Run(options);
    done.took = clock.Monotonic() - began;
  }
  return result;
}

}  // namespace hinomi::rule_tests
