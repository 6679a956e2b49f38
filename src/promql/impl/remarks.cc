#include "promql/impl/remarks.h"

#include "promql/impl/lexer.h"

namespace hinomi::promql {
namespace {

/// How a text names the metric.
enum class Naming { kNot, kAlways, kIfKnown };

struct Wording {
  bool warning;
  std::string_view text;
  Naming naming;
};

Wording WordingOf(Remark remark) {
  switch (remark) {
    case Remark::kMixedSamples:
      return {true, "encountered a mix of histograms and floats for metric name", Naming::kAlways};
    case Remark::kMixedSchemas:
      return {true,
              "vector contains a mix of histograms with exponential and custom buckets schemas for "
              "metric name",
              Naming::kAlways};
    case Remark::kMixedClassic:
      return {true, "vector contains a mix of classic and native histograms", Naming::kIfKnown};
    case Remark::kNotCounter:
      return {true, "this native histogram metric is not a counter:", Naming::kAlways};
    case Remark::kNotGauge:
      return {true, "this native histogram metric is not a gauge:", Naming::kAlways};
    case Remark::kResetCollision:
      return {true, "conflicting counter resets during histogram aggregation", Naming::kNot};
    case Remark::kIgnoredInRange:
      return {false,
              "ignored histograms in a range containing both floats and histograms for metric name",
              Naming::kAlways};
    case Remark::kReconciledSum:
      return {false, "mismatched custom buckets were reconciled during addition", Naming::kNot};
    case Remark::kReconciledDifference:
      return {false, "mismatched custom buckets were reconciled during subtraction", Naming::kNot};
    case Remark::kReconciledGroup:
      return {false, "mismatched custom buckets were reconciled during aggregation", Naming::kNot};
    case Remark::kQuantileIsNan:
      return {false, "input to histogram_quantile has NaN observations, result is NaN",
              Naming::kIfKnown};
    case Remark::kQuantileSkewed:
      return {false, "input to histogram_quantile has NaN observations, result is skewed higher",
              Naming::kIfKnown};
    case Remark::kFractionWithoutNan:
      return {false,
              "input to histogram_fraction has NaN observations, which are excluded from all "
              "fractions",
              Naming::kIfKnown};
  }
  return {};
}

}  // namespace

void SeriesRemarks::Say(Remark remark) {
  const uint32_t bit = 1u << static_cast<unsigned>(remark);
  if ((said_ & bit) != 0) return;
  said_ |= bit;
  const Wording wording = WordingOf(remark);
  std::string text(wording.text);
  if (wording.naming == Naming::kAlways) text += " " + Quote(metric_);
  if (wording.naming == Naming::kIfKnown && !metric_.empty())
    text += " for metric name " + Quote(metric_);
  wording.warning ? context_.Warn(text, span_) : context_.Inform(text, span_);
}

bool SeriesRemarks::Note(const metrics::HistogramMerge& merge, Remark reconciled) {
  if (!merge.compatible) Say(Remark::kMixedSchemas);
  if (merge.bounds_reconciled) Say(reconciled);
  return merge.compatible;
}

}  // namespace hinomi::promql
