#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "metrics/native_histogram.h"
#include "policy/impl/alert_forms.h"
#include "policy/impl/forms.h"
#include "policy/impl/placed_text.h"

/// Files that test rules.
namespace hinomi::policy::impl {
namespace {

// What an Instant holds, in ms: until 2262.
constexpr int64_t kLastMillis = std::numeric_limits<int64_t>::max() / 1'000'000;
// Of all series of a file: bounds its memory to some 200 MB.
constexpr size_t kMostTestValues = 4'000'000;

/// How far a test goes, or how far apart things are in it.
FormPtr<Duration> TestTime() {
  return RuleTime(Duration::Millis(kLastMillis));
}

/// Also .inf and .nan.
class SampleValueForm : public Form<double> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            double& out) const override {
    if (node.kind != yaml::Kind::kInt && node.kind != yaml::Kind::kFloat) {
      reader.Expected(node, path, "a number (YAML writes infinity as .inf)");
      return false;
    }
    out = node.number;
    return true;
  }
  Json Schema() const override { return Json::MakeObject().Set("type", "number"); }
};

/// Seconds since 1970, or RFC 3339.
class StartForm : public Form<Instant> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            Instant& out) const override {
    const bool is_number = node.kind == yaml::Kind::kInt || node.kind == yaml::Kind::kFloat;
    const double most = static_cast<double>(kLastMillis) / 1e3 - 1;
    if (is_number && node.number >= 0 && node.number <= most) {
      out = Instant::FromMillis(std::llround(node.number * 1e3));
      return true;
    }
    const auto at = node.kind == yaml::Kind::kText ? ParseRfc3339(node.text) : InvalidArgument("");
    if (at && *at >= Instant()) {
      out = Instant::FromMillis(at->millis());
      return true;
    }
    reader.Expected(node, path,
                    "a time from 1970 to 2262: seconds such as 1609459200, or "
                    "\"2021-01-01T00:00:00Z\"");
    return false;
  }
  Json Schema() const override {
    return Json::MakeObject().Set("type", Json(Json::Array{"string", "number"}));
  }
};

FormPtr<std::string> AnyText(std::string what) {
  return Text({.what = std::move(what), .any_scalar = true});
}

/// `name{label="value"}`.
FormPtr<metrics::Labels> MetricForm(bool may_be_empty) {
  return std::make_shared<PlacedValueForm<metrics::Labels>>(
      TextRules{.what = "a series such as up{job=\"app\"}",
                .may_be_empty = may_be_empty,
                .any_scalar = true},
      "the series cannot be read", promql::ParseMetric);
}

using SeriesValues = std::vector<promql::SequenceValue>;

/// Histograms that a test gives have to be such as a store takes.
Result<SeriesValues> ParseInput(std::string_view text) {
  HN_TRY(SeriesValues values, promql::ParseSequence(text));
  metrics::NativeHistogramPtr before;
  for (const promql::SequenceValue& value : values) {
    if (value.histogram && value.histogram != before) HN_TRY_VOID(CheckHistogram(*value.histogram));
    before = value.histogram;
  }
  return values;
}

FormPtr<TestSeries> SeriesForm() {
  using S = TestSeries;
  auto form = std::make_shared<Record<S>>("A series that the test gives.");
  form->Required("series", &S::labels, MetricForm(false), "its name and labels")
      .Required("values", &S::values,
                std::make_shared<PlacedValueForm<SeriesValues>>(
                    TextRules{.what = "values such as 0 1+2x5 _ stale",
                              .may_be_empty = true,
                              .any_scalar = true},
                    "the values cannot be read", ParseInput),
                "its values, one each interval, e.g. 0 1+2x5 _ stale");
  return form;
}

FormPtr<ExpectedAlert> ExpectedAlertForm() {
  using A = ExpectedAlert;
  auto form = std::make_shared<Record<A>>("An alert that fires.");
  form->Optional("exp_labels", &A::labels, TextMap(), "all its labels but alertname")
      .Optional("exp_annotations", &A::annotations, TextMap(), "all its annotations");
  return form;
}

FormPtr<AlertTest> AlertTestForm() {
  using A = AlertTest;
  auto form = std::make_shared<Record<A>>("Which alerts fire at a time.");
  form->Optional("eval_time", &A::eval_time, TestTime(), "when, from the test's start")
      .Required("alertname", &A::alert, AnyText("an alert's name"),
                "which alerts: those of all rules with this name")
      .Optional("groupname", &A::group, AnyText("a group's name"), "only those of this group")
      .Optional("match", &A::subset, Choice<bool>({{"exact", false}, {"subset", true}}),
                "subset: only the labels and annotations that are named are compared")
      .Optional("exp_alerts", &A::expected, ListOf(ExpectedAlertForm()),
                "the alerts that fire; none: no alert does")
      .Then({}, [](Reader&, const yaml::Node& node, const std::string&, A& test) {
        test.place = node.span.start;
        // The test's own name always stands for it.
        for (ExpectedAlert& alert : test.expected) alert.labels["alertname"] = test.alert;
      });
  return form;
}

FormPtr<AlarmStateTest> AlarmStateTestForm() {
  using A = AlarmStateTest;
  auto form =
      std::make_shared<Record<A>>("In which state an alarm of the ops folder is at a time.");
  form->Optional("eval_time", &A::eval_time, TestTime(), "when, from the test's start")
      .Required("alarm", &A::alarm, AnyText("an alarm's name"), "which alarm, by its name")
      .Required("state", &A::state, OneOf({"ALARM", "OK", "INSUFFICIENT_DATA"}),
                "the state that it is in")
      .Then({}, [](Reader&, const yaml::Node& node, const std::string&, A& test) {
        test.place = node.span.start;
      });
  return form;
}

Result<metrics::NativeHistogramPtr> ParseOneHistogram(std::string_view text) {
  HN_TRY(const SeriesValues values, promql::ParseSequence(text, 2));
  if (values.size() != 1 || !values.front().histogram)
    return InvalidArgument("1:1: expected one histogram such as {{count:2 sum:3 buckets:[2]}}");
  return values.front().histogram;
}

FormPtr<ExpectedSample> ExpectedSampleForm() {
  using S = ExpectedSample;
  auto form = std::make_shared<Record<S>>("A sample of the result.");
  form->Optional("labels", &S::labels, MetricForm(true), "its series, e.g. up{job=\"app\"}")
      .Optional("value", &S::value, std::make_shared<SampleValueForm>(), "its value")
      .Optional("histogram", &S::histogram,
                std::make_shared<PlacedValueForm<metrics::NativeHistogramPtr>>(
                    TextRules{.what = "a histogram such as {{count:2 sum:3 buckets:[2]}}"},
                    "the histogram cannot be read", ParseOneHistogram),
                "its native histogram, instead of a value");
  return form;
}

FormPtr<ExprTest> ExprTestForm() {
  using E = ExprTest;
  auto form = std::make_shared<Record<E>>("What an expression gives at a time.");
  form->Required("expr", &E::expr, PromqlText(), "PromQL")
      .Optional("eval_time", &E::eval_time, TestTime(), "when, from the test's start")
      .Optional("exp_samples", &E::expected, ListOf(ExpectedSampleForm()),
                "what it gives; none: nothing")
      .Then({}, [](Reader&, const yaml::Node& node, const std::string&, E& test) {
        test.place = node.span.start;
      });
  return form;
}

void CheckEnd(Reader& reader, const yaml::Node& node, const std::string& path,
              const RuleTest& test) {
  if (test.end().millis() <= kLastMillis - test.start.millis()) return;
  reader.Mistake(node.span, path,
                 "the test ends after 2262; begin it earlier (start_timestamp), or look at it "
                 "earlier (eval_time)");
}

FormPtr<RuleTest> TestForm() {
  using T = RuleTest;
  auto form = std::make_shared<Record<T>>("Series, and what follows from them.");
  form->Optional("name", &T::name, AnyText("a name"), "its name, in what is printed")
      .Optional("interval", &T::interval, TestTime(), "how far apart the values are")
      .Optional("input_series", &T::series, ListOf(SeriesForm()), "the series that there are")
      .Optional("alert_rule_test", &T::alerts, ListOf(AlertTestForm()), "which alerts fire, when")
      .Optional("alarm_state_test", &T::states, ListOf(AlarmStateTestForm()),
                "in which states alarms of the ops folder are, when")
      .Optional("promql_expr_test", &T::exprs, ListOf(ExprTestForm()),
                "what expressions give, when")
      .Optional("external_labels", &T::external_labels, TextMap(), "$externalLabels of texts")
      .Optional("external_url", &T::external_url, AnyText("a URL"), "externalURL of texts")
      .Optional("start_timestamp", &T::start, std::make_shared<StartForm>(), "when it begins")
      .Then({}, [](Reader&, const yaml::Node& node, const std::string&,
                   T& test) { test.place = node.span.start; })
      .Then({"start_timestamp", "alert_rule_test", "alarm_state_test", "promql_expr_test"},
            CheckEnd);
  return form;
}

void CheckOrder(Reader& reader, const std::string& path, const std::vector<std::string>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto same = std::find(groups.begin(), groups.end(), groups[i]);
    if (same == groups.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    const std::string group_path = yaml::PathIndex(path, i);
    reader.Mistake(reader.PlaceOf(group_path), group_path,
                   "the group \"" + groups[i] + "\" stands here a second time; each has one place");
  }
}

/// Where the file says nothing, and what goes beyond the file's own limits.
void CompleteTests(Reader& reader, const std::string& path, RuleTestFile& file) {
  if (file.evaluation_interval == Duration()) file.evaluation_interval = Duration::Minutes(1);
  size_t values = 0;
  for (size_t i = 0; i < file.tests.size(); ++i) {
    RuleTest& test = file.tests[i];
    if (test.interval == Duration()) test.interval = file.evaluation_interval;
    for (const TestSeries& series : test.series) values += series.values.size();
    const std::string test_path = yaml::PathIndex(path, i);
    if (test.end().millis() / file.evaluation_interval.millis() >= kMostTestSteps) {
      reader.Mistake(reader.PlaceOf(test_path), test_path,
                     "the rules would be evaluated more than " + std::to_string(kMostTestSteps) +
                         " times; a longer evaluation_interval takes fewer");
    }
  }
  if (values > kMostTestValues) {
    reader.Mistake(reader.PlaceOf(path), path,
                   "the series have more than " + std::to_string(kMostTestValues) +
                       " values together; make several files of it");
  }
}

}  // namespace

FormPtr<RuleTestFile> RuleTestForm() {
  using F = RuleTestFile;
  auto form = std::make_shared<Record<F>>("Tests of rules, as promtool has them.");
  form->Optional("rule_files", &F::rule_files,
                 ListOf(Text({.what = "a file or a pattern such as rules/*.yml"})),
                 "the rules, by file or pattern, relative to this file")
      .Optional("ops_folder", &F::ops_folder, Text({.what = "a folder"}),
                "an ops folder, relative to this file: its alarms and its rule files")
      .Optional("evaluation_interval", &F::evaluation_interval, TestTime(),
                "how often all rules are evaluated")
      .Optional("group_eval_order", &F::group_eval_order, ListOf(AnyText("a group's name")),
                "groups that are evaluated one after the other, by name")
      .Optional("fuzzy_compare", &F::fuzzy_compare, Boolean(),
                "true: numbers may differ in their last bit")
      .Optional("tests", &F::tests, ListOf(TestForm()), "the tests")
      .Then({},
            [](Reader& reader, const yaml::Node& node, const std::string& path, F& file) {
              if (const yaml::Member* folder = node.Find("ops_folder"))
                file.ops_folder_place = folder->value.span.start;
              CheckOrder(reader, yaml::PathKey(path, "group_eval_order"), file.group_eval_order);
            })
      .Then({"tests", "evaluation_interval"},
            [](Reader& reader, const yaml::Node&, const std::string& path, F& file) {
              CompleteTests(reader, yaml::PathKey(path, "tests"), file);
            });
  return form;
}

}  // namespace hinomi::policy::impl
