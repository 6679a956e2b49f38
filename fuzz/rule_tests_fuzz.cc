// modules: hn_policy hn_promql
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "policy/rule_tests.h"
#include "promql/parser.h"

namespace {

using namespace hinomi;

/// What stands for a histogram is read as the same histogram.
void CheckNotation(const metrics::NativeHistogram& histogram) {
  const std::string text = promql::HistogramNotation(histogram);
  const auto again = promql::ParseSequence(text, 1);
  HN_CHECK(again.has_value());
  HN_CHECK(promql::HistogramNotation(*again->at(0).histogram) == text);
}

void CheckTest(const policy::RuleTest& test) {
  HN_CHECK(test.interval > Duration() && test.start >= Instant());
  HN_CHECK((test.start + test.end()) >= test.start);
  for (const policy::TestSeries& series : test.series) {
    std::vector<promql::SequenceValue> values = series.values;
    if (!values.empty() && values.front().histogram) CheckNotation(*values.front().histogram);
    promql::SetHintsAsStored(values);
    HN_CHECK(values.size() == series.values.size());
  }
  for (const policy::AlertTest& alert : test.alerts) HN_CHECK(!alert.alert.empty());
  for (const policy::ExprTest& expr : test.exprs) {
    HN_CHECK(promql::Parse(expr.expr).has_value());
    for (const policy::ExpectedSample& sample : expr.expected)
      if (sample.histogram) CheckNotation(*sample.histogram);
  }
}

}  // namespace

/// Arbitrary bytes as a file that tests rules, and as series in its notation. Every finding points
/// into the file, and a file without a mistake can be run as it is.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)promql::ParseSeriesDescription(text);
  const policy::LoadedRuleTests loaded = policy::ReadRuleTests("t.yml", text);
  for (const policy::Finding& finding : loaded.findings) {
    HN_CHECK(finding.file == "t.yml");
    HN_CHECK(!finding.message.empty());
    HN_CHECK(!policy::FormatFinding(finding).empty());
  }
  if (!loaded.sound()) return 0;
  HN_CHECK(loaded.file.evaluation_interval > Duration());
  for (const policy::RuleTest& test : loaded.file.tests) CheckTest(test);
  return 0;
}
