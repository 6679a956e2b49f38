#include "rule_tests/run.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

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

bool ExpectsNan(const policy::ExprTest& test) {
  return std::ranges::any_of(test.expected, [](const policy::ExpectedSample& sample) {
    return !sample.histogram && std::isnan(sample.value);
  });
}

/// One test from its beginning to its end.
class TestRun {
 public:
  TestRun(const policy::RuleTest& test, const policy::RuleTestFile& file,
          const std::vector<GroupPtr>& groups, Coverage& coverage)
      : test_(test),
        step_(file.evaluation_interval),
        fuzzy_(file.fuzzy_compare),
        timeline_(test, groups, step_, coverage) {
    for (const policy::AlertTest& alert : test.alerts) waiting_.push_back(&alert);
    std::ranges::stable_sort(waiting_, {}, &policy::AlertTest::eval_time);
  }

  std::vector<Failure> Run() {
    // In ms: an Instant would not hold the step after the last.
    const int64_t end_ms = test_.end().millis();
    for (int64_t at_ms = 0; at_ms <= end_ms; at_ms += step_.millis()) {
      if (!Evaluate(Duration::Millis(at_ms))) return std::move(failures_);
      CheckAlertsBefore(at_ms + step_.millis());
    }
    for (const policy::ExprTest& expr : test_.exprs) CheckExpr(expr);
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

  const policy::RuleTest& test_;
  const Duration step_;
  const bool fuzzy_;
  Timeline timeline_;
  std::vector<const policy::AlertTest*> waiting_;  ///< By time.
  size_t next_ = 0;                                ///< Of those.
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
    coverage.NoteTest(rules.groups, test);
    const Duration began = clock.Monotonic();
    TestResult& done = result.tests.emplace_back();
    done.name = test.name.empty() ? "test " + std::to_string(i + 1) : test.name;
    done.place = test.place;
    done.failures = TestRun(test, loaded.file, rules.groups, coverage).Run();
    done.took = clock.Monotonic() - began;
  }
  return result;
}

}  // namespace hinomi::rule_tests
