#include <cmath>
#include <map>

#include "base/strings.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/histogram.h"
#include "promql/impl/histogram_series.h"
#include "promql/impl/lexer.h"
#include "promql/impl/native_quantile.h"

namespace hinomi::promql {
namespace {

using NanEffect = Estimate::NanEffect;

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

double Remarked(const Estimate& estimate, SeriesRemarks& remarks) {
  switch (estimate.nan_effect) {
    case NanEffect::kNone:
      break;
    case NanEffect::kResultIsNan:
      remarks.Say(Remark::kQuantileIsNan);
      break;
    case NanEffect::kSkewed:
      remarks.Say(Remark::kQuantileSkewed);
      break;
    case NanEffect::kLeftOut:
      remarks.Say(Remark::kFractionWithoutNan);
      break;
  }
  return estimate.value;
}

/// Quantiles of histograms of both kinds.
class QuantileReader {
 public:
  QuantileReader(Evaluator& evaluator, const Expr& argument)
      : lifted_(evaluator.context(), argument.span) {}

  /// `classic` buckets are sorted by it, so that the next quantile finds them so.
  double Read(double q, HistogramAtStep& at, SeriesRemarks& remarks, std::string_view name) {
    if (at.native != nullptr) return Remarked(NativeQuantile(q, *at.native), remarks);
    if (std::isnan(q)) return kNan;
    if (q < 0) return -kInf;
    if (q > 1) return kInf;
    if (!SortBuckets(at.classic)) return kNan;
    const Falls falls = LiftFalls(at.classic);
    if (falls.any) lifted_.Add(name, falls, at.at_ms);
    return at.classic.size() < 2 ? kNan : BucketQuantile(q, at.classic);
  }
  void SayWhatWasLifted() { lifted_.Say(); }

 private:
  LiftedCounts lifted_;
};

/// As OpenMetrics writes quantiles: "1.0" rather than "1".
std::string OpenMetricsNumber(double value) {
  std::string text = FormatDouble(value);
  const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return whole ? text + ".0" : text;
}

Result<Table> HistogramQuantile(Evaluator& evaluator, const Call& call) {
  const Expr& argument = *call.arguments[1];
  HN_TRY(const Column q, QuantileArgument(evaluator, *call.arguments[0]));
  HN_TRY(const Table table, evaluator.EvalVector(argument));
  QuantileReader reader(evaluator, argument);
  Table out;
  for (const HistogramSeries& histogram : CollectHistograms(evaluator, table, argument)) {
    HN_TRY(Series series, evaluator.NewSeries(histogram.labels));
    series.drop_name = true;
    SeriesRemarks remarks(evaluator.context(), argument.span, histogram.labels.name());
    ForEachHistogram(evaluator, histogram, remarks, [&](size_t i, HistogramAtStep& at) {
      series.Put(i, reader.Read(q[i], at, remarks, histogram.labels.name()));
    });
    out.push_back(std::move(series));
  }
  reader.SayWhatWasLifted();
  evaluator.context().Release(CellsOf(table));
  return out;
}

Result<Table> HistogramQuantiles(Evaluator& evaluator, const Call& call) {
  const Expr& argument = *call.arguments[0];
  HN_TRY(const Table table, evaluator.EvalVector(argument));
  const std::string& label = Unparenthesised(*call.arguments[1]).As<StringLiteral>()->value;
  if (label.empty() || !IsValidUtf8(label))
    return InvalidArgument("invalid label name " + Quote(label));
  std::vector<Column> quantiles;
  for (size_t k = 2; k < call.arguments.size(); ++k) {
    HN_TRY(Column q, QuantileArgument(evaluator, *call.arguments[k]));
    quantiles.push_back(std::move(q));
  }
  QuantileReader reader(evaluator, argument);
  Table out;
  for (const HistogramSeries& histogram : CollectHistograms(evaluator, table, argument)) {
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
    SeriesRemarks remarks(evaluator.context(), argument.span, histogram.labels.name());
    ForEachHistogram(evaluator, histogram, remarks, [&](size_t i, HistogramAtStep& at) {
      for (const Column& q : quantiles) {
        by_quantile[OpenMetricsNumber(q[i])].Put(
            i, reader.Read(q[i], at, remarks, histogram.labels.name()));
      }
    });
    for (auto& [text, series] : by_quantile) out.push_back(std::move(series));
  }
  reader.SayWhatWasLifted();
  evaluator.context().Release(CellsOf(table));
  return out;
}

Result<Table> HistogramFraction(Evaluator& evaluator, const Call& call) {
  const Expr& argument = *call.arguments[2];
  HN_TRY(const Column lower, evaluator.EvalScalar(*call.arguments[0]));
  HN_TRY(const Column upper, evaluator.EvalScalar(*call.arguments[1]));
  HN_TRY(const Table table, evaluator.EvalVector(argument));
  Table out;
  for (const HistogramSeries& histogram : CollectHistograms(evaluator, table, argument)) {
    HN_TRY(Series series, evaluator.NewSeries(histogram.labels));
    series.drop_name = true;
    SeriesRemarks remarks(evaluator.context(), argument.span, histogram.labels.name());
    ForEachHistogram(evaluator, histogram, remarks, [&](size_t i, HistogramAtStep& at) {
      if (at.native != nullptr) {
        series.Put(i, Remarked(NativeFraction(lower[i], upper[i], *at.native), remarks));
      } else {
        const bool usable = SortBuckets(at.classic);
        series.Put(i, usable ? BucketFraction(lower[i], upper[i], at.classic) : kNan);
      }
    });
    out.push_back(std::move(series));
  }
  evaluator.context().Release(CellsOf(table));
  return out;
}

using NativeReader = double (*)(const NativeHistogram&);

NativeReader FindReader(std::string_view name) {
  static const std::map<std::string_view, NativeReader> table = {
      {"histogram_count", [](const NativeHistogram& h) { return h.count; }},
      {"histogram_sum", [](const NativeHistogram& h) { return h.sum; }},
      {"histogram_avg", [](const NativeHistogram& h) { return h.sum / h.count; }},
      {"histogram_stdvar", NativeVariance},
      {"histogram_stddev", [](const NativeHistogram& h) { return std::sqrt(NativeVariance(h)); }},
  };
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

/// Numbers are left out.
Result<Table> ReadEach(Evaluator& evaluator, const Call& call, NativeReader read) {
  HN_TRY(Table table, evaluator.EvalVector(*call.arguments[0]));
  for (Series& series : table) {
    series.drop_name = true;
    for (size_t i = 0; i < series.present.size(); ++i) {
      if (!series.present[i]) continue;
      const NativeHistogramPtr& histogram = series.HistogramAt(i);
      if (histogram) {
        series.Put(i, read(*histogram));
      } else {
        series.Remove(i);
      }
    }
    series.histograms = {};
    evaluator.context().Release(std::exchange(series.histogram_charge, 0));
  }
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
  return table;
}

}  // namespace

Result<Table> EvalHistogramCall(Evaluator& evaluator, const Call& call) {
  if (call.function == "histogram_quantile") return HistogramQuantile(evaluator, call);
  if (call.function == "histogram_quantiles") return HistogramQuantiles(evaluator, call);
  if (call.function == "histogram_fraction") return HistogramFraction(evaluator, call);
  const NativeReader read = FindReader(call.function);
  if (read == nullptr) return Internal("function " + call.function + " has no implementation");
  return ReadEach(evaluator, call, read);
}

}  // namespace hinomi::promql
