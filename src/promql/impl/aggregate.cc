#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/digest.h"
#include "base/kahan.h"
#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/folded_column.h"
#include "promql/impl/lexer.h"
#include "promql/impl/streamed_fold.h"
#include "promql/impl/window.h"

namespace hinomi::promql {

double Quantile(double q, std::vector<double>& values) {
  if (values.empty() || std::isnan(q)) return kNan;
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  std::sort(values.begin(), values.end(), [](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
    return a < b;
  });
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto lower = static_cast<size_t>(std::max(0.0, std::floor(rank)));
  const size_t upper = std::min(values.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

metrics::Labels GroupLabels(const metrics::Labels& labels, const Aggregate& aggregate) {
  const auto& names = aggregate.grouping;
  std::vector<metrics::Labels::Pair> kept;
  for (const auto& pair : labels.pairs()) {
    const bool listed = std::find(names.begin(), names.end(), pair.first) != names.end();
    if (listed != aggregate.without) kept.push_back(pair);
  }
  metrics::Labels out(std::move(kept));
  return aggregate.without ? WithoutName(out) : out;
}

namespace {

/// The series of a table by their grouping labels.
struct Grouping {
  std::vector<metrics::Labels> labels;
  std::vector<uint8_t> drop_name;
  std::vector<std::vector<size_t>> members;
};

Grouping GroupSeries(const Table& table, const Aggregate& aggregate) {
  Grouping grouping;
  LabelsMap<size_t> ids;
  for (size_t k = 0; k < table.size(); ++k) {
    metrics::Labels labels = GroupLabels(table[k].labels, aggregate);
    const auto [it, inserted] = ids.try_emplace(labels, grouping.labels.size());
    if (inserted) {
      grouping.labels.push_back(std::move(labels));
      grouping.drop_name.push_back(0);
      grouping.members.emplace_back();
    }
    grouping.members[it->second].push_back(k);
    const bool named = !grouping.labels[it->second].name().empty();
    if (named && table[k].drop_name) grouping.drop_name[it->second] = 1;
  }
  return grouping;
}

/// Where a series has a number that the operator takes: count and group take histograms as
/// they take numbers.
std::vector<uint8_t> NumbersOf(AggregateOp op, const Series& series) {
  std::vector<uint8_t> numbers = series.present;
  if (op != AggregateOp::kSum && op != AggregateOp::kAvg) return numbers;
  for (size_t i = 0; i < series.histograms.size(); ++i)
    if (series.histograms[i] != nullptr) numbers[i] = 0;
  return numbers;
}

/// The average of a step whose sum is not finite.
double AverageAt(size_t step, const Table& table, std::span<const size_t> members) {
  std::vector<double> values;
  for (const size_t k : members)
    if (table[k].present[step] && !table[k].HistogramAt(step))
      values.push_back(table[k].values[step]);
  return AverageOfValues(values);
}

Result<Series> FoldGroup(Evaluator& evaluator, const Aggregate& aggregate, const Table& table,
                         std::span<const size_t> members) {
  const AggregateOp op = aggregate.op;
  FoldedColumn column(op, evaluator.grid().count);
  bool histograms = false;
  for (const size_t k : members) {
    column.Add(table[k].values, NumbersOf(op, table[k]));
    histograms |= !table[k].histograms.empty();
  }
  HN_TRY(Series series, evaluator.NewSeries({}));
  for (size_t i = 0; i < column.steps(); ++i) {
    if (!column.Has(i)) continue;
    const double value = column.At(i);
    const bool overflown = op == AggregateOp::kAvg && !std::isfinite(value);
    series.Put(i, overflown ? AverageAt(i, table, members) : value);
  }
  if (histograms && (op == AggregateOp::kSum || op == AggregateOp::kAvg)) {
    HN_TRY_VOID(FoldHistograms(evaluator, aggregate, table, members, series));
  }
  return series;
}

Result<Table> Fold(Evaluator& evaluator, const Aggregate& aggregate, const Table& table,
                   const Grouping& grouping) {
  Table out;
  for (size_t g = 0; g < grouping.labels.size(); ++g) {
    HN_TRY_VOID(evaluator.context().CheckAlive());
    HN_TRY(Series series, FoldGroup(evaluator, aggregate, table, grouping.members[g]));
    series.labels = grouping.labels[g];
    series.drop_name = grouping.drop_name[g] != 0;
    out.push_back(std::move(series));
  }
  return out;
}

Result<Table> Quantiles(Evaluator& evaluator, const Aggregate& aggregate, const Table& table,
                        const Grouping& grouping, const Column& q) {
  for (const double value : q) {
    if (std::isnan(value) || value < 0 || value > 1) {
      evaluator.context().Warn(
          "quantile value should be between 0 and 1, got " + FormatDouble(value),
          aggregate.parameter->span);
    }
  }
  Table out;
  std::vector<double> values;
  for (size_t g = 0; g < grouping.labels.size(); ++g) {
    HN_TRY_VOID(evaluator.context().CheckAlive());
    HN_TRY(Series series, evaluator.NewSeries(grouping.labels[g]));
    series.drop_name = grouping.drop_name[g] != 0;
    for (size_t i = 0; i < q.size(); ++i) {
      values.clear();
      for (const size_t k : grouping.members[g]) {
        if (table[k].present[i]) values.push_back(table[k].values[i]);
      }
      if (!values.empty()) series.Put(i, Quantile(q[i], values));
    }
    out.push_back(std::move(series));
  }
  return out;
}

/// The shortest decimal text without an exponent.
std::string PlainNumber(double value) {
  if (std::isnan(value) || std::isinf(value)) return FormatDouble(value);
  char buffer[400];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return error == std::errc() ? std::string(buffer, end) : FormatDouble(value);
}

Result<Table> CountValues(Evaluator& evaluator, const Aggregate& aggregate,
                          const std::string& label, const Table& table, const Grouping& grouping) {
  if (label.empty() || !IsValidUtf8(label))
    return InvalidArgument("invalid label name " + Quote(label));
  // Values are written before series are grouped: `without` takes their label, too.
  const bool taken =
      aggregate.without && GroupLabels(metrics::Labels({{label, "any"}}), aggregate).empty();
  Table out;
  LabelsMap<size_t> ids;
  for (size_t g = 0; g < grouping.labels.size(); ++g) {
    for (const size_t k : grouping.members[g]) {
      for (size_t i = 0; i < evaluator.grid().count; ++i) {
        if (!table[k].present[i]) continue;
        metrics::Labels labels = grouping.labels[g];
        const NativeHistogramPtr& histogram = table[k].HistogramAt(i);
        if (!taken) {
          labels.Set(label,
                     histogram ? metrics::ToText(*histogram) : PlainNumber(table[k].values[i]));
        }
        const auto [it, inserted] = ids.try_emplace(labels, out.size());
        if (inserted) {
          HN_TRY(Series series, evaluator.NewSeries(std::move(labels)));
          series.drop_name = grouping.drop_name[g] != 0;
          out.push_back(std::move(series));
        }
        Series& series = out[it->second];
        series.Put(i, series.values[i] + 1);
      }
    }
  }
  return out;
}

/// Operators that compare or subtract: they know nothing to do with histograms.
bool OrdersValues(AggregateOp op) {
  switch (op) {
    case AggregateOp::kMin:
    case AggregateOp::kMax:
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kQuantile:
      return true;
    default:
      return false;
  }
}

/// Of none there is nothing to say, however far below one the numbers are.
bool AsksForNone(const Column& counts) {
  return std::all_of(counts.begin(), counts.end(), [](double k) { return k < 1; });
}

Status CheckCounts(const Column& k) {
  for (const double value : k) {
    if (std::isnan(value)) return InvalidArgument("Parameter value is NaN");
    if (value >= 9223372036854775808.0)
      return InvalidArgument("Scalar value " + FormatDouble(value) + " overflows int64");
    if (value <= -9223372036854775808.0)
      return InvalidArgument("Scalar value " + FormatDouble(value) + " underflows int64");
  }
  return {};
}

/// topk, bottomk and limitk choose among the series of each group.
Result<Table> Choose(Evaluator& evaluator, AggregateOp op, Table table, const Grouping& grouping,
                     const Column& limits) {
  const auto better = [op](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return op == AggregateOp::kTopk ? a > b : a < b;
  };
  std::vector<size_t> order;  // Of an instant query: the winners as ranked.
  std::vector<size_t> ranked;
  for (size_t i = 0; i < limits.size(); ++i) {
    if ((i & 63) == 0) HN_TRY_VOID(evaluator.context().CheckAlive());
    for (const std::vector<size_t>& members : grouping.members) {
      ranked.clear();
      for (const size_t k : members) {
        if (table[k].present[i]) ranked.push_back(k);
      }
      if (op != AggregateOp::kLimitk) {
        std::stable_sort(ranked.begin(), ranked.end(), [&](size_t a, size_t b) {
          return better(table[a].values[i], table[b].values[i]);
        });
      }
      const size_t keep =
          limits[i] < 1
              ? 0
              : static_cast<size_t>(std::min(limits[i], static_cast<double>(ranked.size())));
      for (size_t k = keep; k < ranked.size(); ++k) table[ranked[k]].Remove(i);
      ranked.resize(keep);
      if (limits.size() == 1) order.insert(order.end(), ranked.begin(), ranked.end());
    }
  }
  if (limits.size() == 1) {
    Table sorted;
    for (const size_t k : order) sorted.push_back(std::move(table[k]));
    return sorted;
  }
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
  return table;
}

Result<Table> LimitRatio(Evaluator& evaluator, const Aggregate& aggregate, Table table,
                         Column ratios) {
  for (double& ratio : ratios) {
    if (std::isnan(ratio)) return InvalidArgument("Ratio value is NaN");
    if (ratio >= -1 && ratio <= 1) continue;
    const double capped = ratio > 1 ? 1 : -1;
    evaluator.context().Warn("ratio value should be between -1 and 1, got " + FormatDouble(ratio) +
                                 ", capping to " + FormatDouble(capped),
                             aggregate.parameter->span);
    ratio = capped;
  }
  for (Series& series : table) {
    // A series' place in [0, 1) depends on its labels only, so that r and
    // -(1 - r) choose complementary sets.
    const auto place = static_cast<double>(series.labels.Hash() >> 11) * 0x1p-53;
    for (size_t i = 0; i < ratios.size(); ++i) {
      const bool chosen = ratios[i] >= 0 ? place < ratios[i] : place >= 1 + ratios[i];
      if (!chosen) series.Remove(i);
    }
  }
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
  return table;
}

}  // namespace

Result<Table> EvalAggregate(Evaluator& evaluator, const Expr& expr, const Aggregate& aggregate) {
  Column parameter;
  std::string text;
  if (aggregate.op == AggregateOp::kCountValues) {
    text = Unparenthesised(*aggregate.parameter).As<StringLiteral>()->value;
  } else if (aggregate.parameter) {
    HN_TRY(parameter, evaluator.EvalScalar(*aggregate.parameter));
  }
  HN_TRY(std::optional<Table> streamed, EvalStreamedFold(evaluator, aggregate));
  if (streamed) return std::move(*streamed);
  HN_TRY(Table table, evaluator.EvalVector(*aggregate.inner));
  const bool ranks = aggregate.op == AggregateOp::kTopk || aggregate.op == AggregateOp::kBottomk;
  if ((ranks || aggregate.op == AggregateOp::kLimitk) && AsksForNone(parameter)) {
    evaluator.context().Release(CellsOf(table));
    return Table();
  }
  if (OrdersValues(aggregate.op)) {
    IgnoreHistograms(evaluator, aggregate.op, ranks ? expr.span : aggregate.inner->span, table);
  }
  const Grouping grouping = GroupSeries(table, aggregate);
  switch (aggregate.op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kLimitk:
      HN_TRY_VOID(CheckCounts(parameter));
      return Choose(evaluator, aggregate.op, std::move(table), grouping, parameter);
    case AggregateOp::kLimitRatio:
      return LimitRatio(evaluator, aggregate, std::move(table), std::move(parameter));
    default:
      break;
  }
  Result<Table> out = aggregate.op == AggregateOp::kQuantile
                          ? Quantiles(evaluator, aggregate, table, grouping, parameter)
                      : aggregate.op == AggregateOp::kCountValues
                          ? CountValues(evaluator, aggregate, text, table, grouping)
                          : Fold(evaluator, aggregate, table, grouping);
  evaluator.context().Release(CellsOf(table));
  return out;
}

}  // namespace hinomi::promql
