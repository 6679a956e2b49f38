#include <cmath>
#include <map>

#include "base/strings.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/histogram.h"
#include "promql/impl/lexer.h"

namespace hinomi::promql {
namespace {

struct BucketSeries {
  double upper;
  const Series* series;
};
struct HistogramSeries {
  metrics::Labels labels;  ///< Without le.
  std::vector<BucketSeries> buckets;
};

/// Series of buckets by all their labels but `le`.
std::vector<HistogramSeries> Collect(Evaluator& evaluator, const Table& table,
                                     const Expr& argument) {
  std::vector<HistogramSeries> out;
  LabelsMap<size_t> ids;
  for (const Series& series : table) {
    const std::string_view le = series.labels.Get("le");
    const std::optional<double> upper = ParseDouble(le);
    if (!upper) {
      evaluator.context().Warn("bucket label \"le\" is missing or has a malformed value of " +
                                   Quote(le) + " for metric name " + Quote(series.labels.name()),
                               argument.span);
      continue;
    }
    metrics::Labels labels = series.labels;
    labels.Set("le", "");
    const auto [it, inserted] = ids.try_emplace(labels, out.size());
    if (inserted) out.push_back({std::move(labels), {}});
    out[it->second].buckets.push_back({*upper, &series});
  }
  return out;
}

/// Calls f(step, buckets) for each step at which a histogram has buckets.
template <typename F>
void ForEachStep(Evaluator& evaluator, const HistogramSeries& histogram, const Expr& argument,
                 F f) {
  std::vector<Bucket> buckets;
  for (size_t i = 0; i < evaluator.grid().count; ++i) {
    buckets.clear();
    for (const BucketSeries& b : histogram.buckets) {
      if (b.series->present[i]) buckets.push_back({b.upper, b.series->values[i]});
    }
    if (buckets.empty()) continue;
    bool forced = false;
    const bool usable = PrepareBuckets(buckets, forced);
    if (usable && forced) {
      evaluator.context().Inform(
          "input to histogram_quantile needed to be fixed for monotonicity (see "
          "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) "
          "for metric name " +
              Quote(histogram.labels.name()),
          argument.span);
    }
    f(i, usable ? &buckets : nullptr);
  }
}

Result<Column> QuantileArgument(Evaluator& evaluator, const Expr& argument) {
  HN_TRY(Column q, evaluator.EvalScalar(argument));
  for (const double value : q) {
    if (std::isnan(value) || value < 0 || value > 1) {
      evaluator.context().Warn(
          "quantile value should be between 0 and 1, got " + FormatDouble(value), argument.span);
    }
  }
  return q;
}

/// As OpenMetrics writes quantiles: "1.0" rather than "1".
std::string OpenMetricsNumber(double value) {
  std::string text = FormatDouble(value);
  const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return whole ? text + ".0" : text;
}

Result<Table> HistogramQuantile(Evaluator& evaluator, const Call& call) {
  HN_TRY(const Column q, QuantileArgument(evaluator, *call.arguments[0]));
  HN_TRY(const Table table, evaluator.EvalVector(*call.arguments[1]));
  Table out;
  for (const HistogramSeries& histogram : Collect(evaluator, table, *call.arguments[1])) {
    HN_TRY(Series series, evaluator.NewSeries(histogram.labels));
    series.drop_name = true;
    ForEachStep(evaluator, histogram, *call.arguments[1],
                [&](size_t i, const std::vector<Bucket>* buckets) {
                  series.Put(i, buckets == nullptr ? kNan : BucketQuantile(q[i], *buckets));
                });
    out.push_back(std::move(series));
  }
  evaluator.context().Release(CellsOf(table));
  return out;
}

Result<Table> HistogramQuantiles(Evaluator& evaluator, const Call& call) {
  HN_TRY(const Table table, evaluator.EvalVector(*call.arguments[0]));
  const std::string& label = Unparenthesised(*call.arguments[1]).As<StringLiteral>()->value;
  if (label.empty() || !IsValidUtf8(label))
    return InvalidArgument("invalid label name " + Quote(label));
  std::vector<Column> quantiles;
  for (size_t k = 2; k < call.arguments.size(); ++k) {
    HN_TRY(Column q, QuantileArgument(evaluator, *call.arguments[k]));
    quantiles.push_back(std::move(q));
  }
  Table out;
  for (const HistogramSeries& histogram : Collect(evaluator, table, *call.arguments[0])) {
    // The quantiles may differ from step to step: each is a series.
    std::map<std::string, Series> by_quantile;
    for (const Column& q : quantiles) {
      for (const double value : q) {
        metrics::Labels labels = histogram.labels;
        labels.Set(label, OpenMetricsNumber(value));
        const auto [it, inserted] = by_quantile.try_emplace(OpenMetricsNumber(value));
        if (!inserted) continue;
        HN_TRY(it->second, evaluator.NewSeries(std::move(labels)));
        it->second.drop_name = true;
      }
    }
    ForEachStep(evaluator, histogram, *call.arguments[0],
                [&](size_t i, const std::vector<Bucket>* buckets) {
                  for (const Column& q : quantiles) {
                    by_quantile[OpenMetricsNumber(q[i])].Put(
                        i, buckets == nullptr ? kNan : BucketQuantile(q[i], *buckets));
                  }
                });
    for (auto& [text, series] : by_quantile) out.push_back(std::move(series));
  }
  return out;
}

Result<Table> HistogramFraction(Evaluator& evaluator, const Call& call) {
  HN_TRY(const Column lower, evaluator.EvalScalar(*call.arguments[0]));
  HN_TRY(const Column upper, evaluator.EvalScalar(*call.arguments[1]));
  HN_TRY(const Table table, evaluator.EvalVector(*call.arguments[2]));
  Table out;
  for (const HistogramSeries& histogram : Collect(evaluator, table, *call.arguments[2])) {
    HN_TRY(Series series, evaluator.NewSeries(histogram.labels));
    series.drop_name = true;
    ForEachStep(evaluator, histogram, *call.arguments[2],
                [&](size_t i, const std::vector<Bucket>* buckets) {
                  series.Put(
                      i, buckets == nullptr ? kNan : BucketFraction(lower[i], upper[i], *buckets));
                });
    out.push_back(std::move(series));
  }
  evaluator.context().Release(CellsOf(table));
  return out;
}

}  // namespace

Result<Table> EvalHistogramCall(Evaluator& evaluator, const Call& call) {
  if (call.function == "histogram_quantile") return HistogramQuantile(evaluator, call);
  if (call.function == "histogram_quantiles") return HistogramQuantiles(evaluator, call);
  if (call.function == "histogram_fraction") return HistogramFraction(evaluator, call);
  // The others read native histograms, which this engine does not hold: plain
  // numbers are left out, as Prometheus does.
  HN_TRY(const Table table, evaluator.EvalVector(*call.arguments[0]));
  return Table{};
}

}  // namespace hinomi::promql
