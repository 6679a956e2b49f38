#include "promql/impl/histogram_series.h"

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"
#include "promql/impl/lexer.h"

namespace hinomi::promql {
namespace {

/// Whether a series has cells of one kind.
bool HasCells(const Series& series, bool histograms) {
  if (series.histograms.empty()) return !histograms;
  for (size_t i = 0; i < series.present.size(); ++i) {
    if (series.present[i] && (series.histograms[i] != nullptr) == histograms) return true;
  }
  return false;
}

/// Finds or makes the histogram of some labels.
class Collector {
 public:
  HistogramSeries& Of(metrics::Labels labels) {
    const auto [it, inserted] = ids_.try_emplace(labels, out_.size());
    if (inserted) out_.push_back({std::move(labels), {}, {}});
    return out_[it->second];
  }
  std::vector<HistogramSeries> Take() { return std::move(out_); }

 private:
  std::vector<HistogramSeries> out_;
  LabelsMap<size_t> ids_;
};

std::string RoughNumber(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2g", value);
  return buffer;
}

std::string UtcSecond(int64_t at_ms) {
  return FormatRfc3339(Instant::FromMillis(at_ms / 1000 * 1000));
}

}  // namespace

std::vector<HistogramSeries> CollectHistograms(Evaluator& evaluator, const Table& table,
                                               const Expr& argument) {
  Collector collector;
  for (const Series& series : table) {
    if (HasCells(series, true)) collector.Of(series.labels).native.push_back(&series);
    if (!HasCells(series, false)) continue;
    const std::string_view le = series.labels.Get("le");
    const std::optional<double> upper = ParseDouble(le);
    if (!upper) {
      const std::string_view name = series.labels.name();
      std::string message =
          "bucket label \"le\" is missing or has a malformed value of " + Quote(le);
      if (!name.empty()) message += " for metric name " + Quote(name);
      evaluator.context().Warn(message, argument.span);
      continue;
    }
    metrics::Labels labels = series.labels;
    labels.Set("le", "");
    collector.Of(std::move(labels)).buckets.push_back({*upper, &series});
  }
  return collector.Take();
}

bool ReadHistogram(const HistogramSeries& histogram, size_t step, SeriesRemarks& remarks,
                   HistogramAtStep& at) {
  at.native = nullptr;
  at.classic.clear();
  for (const Series* series : histogram.native) {
    if (series->HistogramAt(step)) at.native = series->HistogramAt(step).get();
  }
  for (const auto& bucket : histogram.buckets) {
    if (!bucket.series->present[step] || bucket.series->HistogramAt(step)) continue;
    at.classic.push_back({bucket.upper, bucket.series->values[step]});
  }
  if (at.native != nullptr && !at.classic.empty()) {
    remarks.Say(Remark::kMixedClassic);
    return false;
  }
  return at.native != nullptr || !at.classic.empty();
}

void LiftedCounts::Add(std::string_view metric, const Falls& falls, int64_t at_ms) {
  auto it = by_metric_.find(metric);
  if (it == by_metric_.end())
    it = by_metric_.emplace(std::string(metric), Lifted{{}, at_ms, at_ms, 0}).first;
  Lifted& lifted = it->second;
  lifted.falls.least_bound = std::min(lifted.falls.least_bound, falls.least_bound);
  lifted.falls.greatest_bound = std::max(lifted.falls.greatest_bound, falls.greatest_bound);
  lifted.falls.greatest = std::max(lifted.falls.greatest, falls.greatest);
  lifted.first_ms = std::min(lifted.first_ms, at_ms);
  lifted.last_ms = std::max(lifted.last_ms, at_ms);
  ++lifted.samples;
}

void LiftedCounts::Say() const {
  for (const auto& [metric, lifted] : by_metric_) {
    std::string text =
        "input to histogram_quantile needed to be fixed for monotonicity (see "
        "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
    if (!metric.empty()) text += " for metric name " + Quote(metric);
    text += ", from buckets " + metrics::GoNumber(lifted.falls.least_bound) + " to " +
            metrics::GoNumber(lifted.falls.greatest_bound) + ", with a max diff of " +
            RoughNumber(lifted.falls.greatest) + ", over " + std::to_string(lifted.samples) +
            " samples from " + UtcSecond(lifted.first_ms) + " to " + UtcSecond(lifted.last_ms);
    context_.Inform(text, span_);
  }
}

}  // namespace hinomi::promql
