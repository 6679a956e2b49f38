#include "promql/engine.h"

#include <algorithm>

#include "promql/impl/evaluator.h"

namespace hinomi::promql {
namespace {

/// Drops the names that functions left in place, and joins series that have
/// become one; kInvalidArgument where both have a value at one step.
Result<Table> Finish(Table table) {
  LabelsMap<size_t> seen;
  Table out;
  for (Series& series : table) {
    if (series.Empty()) continue;
    metrics::Labels labels =
        series.drop_name ? WithoutName(series.labels) : std::move(series.labels);
    const auto [it, inserted] = seen.try_emplace(labels, out.size());
    if (inserted) {
      series.labels = std::move(labels);
      out.push_back(std::move(series));
      continue;
    }
    Series& into = out[it->second];
    for (size_t i = 0; i < series.present.size(); ++i) {
      if (!series.present[i]) continue;
      if (into.present[i]) return SameLabelset();
      into.CopyStep(i, series, i);
    }
  }
  return out;
}

void Append(MatrixSeries& out, int64_t at_ms, double value, const NativeHistogramPtr& histogram) {
  if (histogram) {
    out.histograms.push_back({at_ms, histogram});
  } else {
    out.samples.push_back({at_ms, value});
  }
}

Matrix ToMatrix(Table table, const Grid& grid) {
  Matrix matrix;
  matrix.reserve(table.size());
  for (Series& series : table) {
    MatrixSeries& out = matrix.emplace_back();
    out.labels = std::move(series.labels);
    const auto points =
        static_cast<size_t>(std::count(series.present.begin(), series.present.end(), uint8_t{1}));
    if (series.histograms.empty()) out.samples.reserve(points);
    for (size_t i = 0; i < grid.count; ++i) {
      if (!series.present[i]) continue;
      if (series.histograms.empty()) {
        out.samples.push_back({grid.At(i), series.values[i]});
      } else {
        Append(out, grid.At(i), series.values[i], series.histograms[i]);
      }
    }
  }
  std::sort(matrix.begin(), matrix.end(),
            [](const MatrixSeries& a, const MatrixSeries& b) { return a.labels < b.labels; });
  return matrix;
}

/// The value on the line between a point and the next.
double Between(const Points& points, size_t left, int64_t when_ms) {
  const double from = points.values[left], to = points.values[left + 1];
  const auto share = static_cast<double>(when_ms - points.at_ms[left]) /
                     static_cast<double>(points.at_ms[left + 1] - points.at_ms[left]);
  return from + (to - from) * share;
}

/// What an anchored or smoothed range is seen as: a sample at each edge, taken from
/// the points around it, and those in between. Only of numbers, as in Prometheus.
Result<std::vector<metrics::Sample>> ExtendedSamples(const Points& points, int64_t start_ms,
                                                     int64_t end_ms, bool smoothed) {
  std::vector<metrics::Sample> out;
  if (!points.histograms.empty()) {
    return InvalidArgument(std::string(smoothed ? "smoothed" : "anchored") +
                           " modifier is not supported with histograms");
  }
  const std::vector<int64_t>& at = points.at_ms;
  if (at.empty()) return out;
  const auto index = [&at](auto place) { return static_cast<size_t>(place - at.begin()); };
  const auto until = at.end() - 1;
  const size_t inside = index(std::upper_bound(at.begin(), until, start_ms));
  const size_t first = inside > 0 ? inside - 1 : 0;
  const size_t last = smoothed ? index(std::lower_bound(at.begin(), until, end_ms)) : at.size() - 1;
  if (at[last] <= start_ms) return out;
  const bool from_line = smoothed && at[first] < start_ms;
  const bool to_line = smoothed && last > 0 && at[last] > end_ms;
  out.push_back({start_ms, from_line ? Between(points, first, start_ms) : points.values[first]});
  for (size_t i = first; i <= last; ++i) {
    if (at[i] > start_ms && at[i] < end_ms) out.push_back({at[i], points.values[i]});
  }
  out.push_back({end_ms, to_line ? Between(points, last - 1, end_ms) : points.values[last]});
  return out;
}

/// The points of a range vector at one time, as a query of it answers.
Result<Matrix> WindowsOf(RangeVector range, int64_t at_ms) {
  Matrix matrix;
  LabelsMap<size_t> seen;
  const int64_t end = range.EndOf(at_ms), start = end - range.range_ms;
  for (Points& points : range.series) {
    MatrixSeries out;
    out.labels = points.drop_name ? WithoutName(points.labels) : points.labels;
    if (range.mode != RangeMode::kPlain) {
      HN_TRY(out.samples, ExtendedSamples(points, start, end, range.mode == RangeMode::kSmoothed));
    }
    for (size_t i = 0; range.mode == RangeMode::kPlain && i < points.at_ms.size(); ++i) {
      if (points.at_ms[i] > start && points.at_ms[i] <= end) {
        Append(out, points.at_ms[i], points.values[i],
               points.histograms.empty() ? nullptr : points.histograms[i]);
      }
    }
    if (out.samples.empty() && out.histograms.empty()) continue;
    if (!seen.try_emplace(out.labels, 0).second) return SameLabelset();
    matrix.push_back(std::move(out));
  }
  std::sort(matrix.begin(), matrix.end(),
            [](const MatrixSeries& a, const MatrixSeries& b) { return a.labels < b.labels; });
  return matrix;
}

Result<Value> InstantValue(Evaluator& evaluator, const Expr& expr, int64_t at_ms) {
  switch (expr.type) {
    case ValueType::kString:
      return Value(StringValue{at_ms, Unparenthesised(expr).As<StringLiteral>()->value});
    case ValueType::kScalar: {
      HN_TRY(const Column column, evaluator.EvalScalar(expr));
      return Value(ScalarValue{at_ms, column[0]});
    }
    case ValueType::kMatrix: {
      HN_TRY(RangeVector range, evaluator.EvalRange(expr));
      HN_TRY(Matrix matrix, WindowsOf(std::move(range), at_ms));
      return Value(std::move(matrix));
    }
    default: {
      HN_TRY(Table raw, evaluator.EvalVector(expr));
      HN_TRY(Table table, Finish(std::move(raw)));
      Vector vector;
      for (Series& series : table) {
        vector.push_back(
            {std::move(series.labels), at_ms, series.values[0], series.HistogramAt(0)});
      }
      return Value(std::move(vector));
    }
  }
}

}  // namespace

void QuerySamples::NoteDownsampled(std::string_view text, int64_t window_ms) {
  const Downsampled noted{std::string(text), window_ms};
  if (std::find(downsampled.begin(), downsampled.end(), noted) == downsampled.end())
    downsampled.push_back(noted);
}

Result<QueryResult> EvaluateInstant(const metrics::Queryable& queryable, const Expr& expr,
                                    std::string_view text, int64_t at_ms,
                                    const QueryLimits& limits) {
  QueryContext context{queryable, limits, text, at_ms, at_ms, 0, 0, 0, {}, {}};
  const Grid grid{at_ms, 1, 1};
  context.CountOver(grid);
  Evaluator evaluator(context, grid);
  HN_TRY(Value value, InstantValue(evaluator, expr, at_ms));
  return QueryResult{std::move(value), std::move(context.warnings), std::move(context.infos),
                     std::move(context.read)};
}

Result<QueryResult> EvaluateRange(const metrics::Queryable& queryable, const Expr& expr,
                                  std::string_view text, int64_t start_ms, int64_t end_ms,
                                  int64_t step_ms, const QueryLimits& limits) {
  if (expr.type != ValueType::kScalar && expr.type != ValueType::kVector) {
    return InvalidArgument("invalid expression type \"" + std::string(ValueTypeName(expr.type)) +
                           "\" for range query, must be Scalar or instant Vector");
  }
  if (step_ms <= 0)
    return InvalidArgument("zero or negative query resolution step widths are not accepted");
  if (end_ms < start_ms) return InvalidArgument("end timestamp must not be before start time");
  QueryContext context{queryable, limits, text, start_ms, end_ms, step_ms, 0, 0, {}, {}};
  const Grid grid{start_ms, step_ms, static_cast<size_t>((end_ms - start_ms) / step_ms) + 1};
  HN_TRY_VOID(context.Charge(grid.count));
  context.CountOver(grid);
  Evaluator evaluator(context, grid);
  Table table;
  if (expr.type == ValueType::kScalar) {
    Series series = evaluator.Blank({});
    HN_TRY(series.values, evaluator.EvalScalar(expr));
    series.present.assign(grid.count, 1);
    table.push_back(std::move(series));
  } else {
    HN_TRY(Table raw, evaluator.EvalVector(expr));
    HN_TRY(table, Finish(std::move(raw)));
  }
  return QueryResult{ToMatrix(std::move(table), grid), std::move(context.warnings),
                     std::move(context.infos), std::move(context.read)};
}

Result<QueryResult> InstantQuery(const metrics::Queryable& queryable, std::string_view text,
                                 int64_t at_ms, const QueryLimits& limits,
                                 const Features& features) {
  HN_TRY(const ExprPtr expr, Parse(text, features));
  return EvaluateInstant(queryable, *expr, text, at_ms, limits);
}

Result<QueryResult> RangeQuery(const metrics::Queryable& queryable, std::string_view text,
                               int64_t start_ms, int64_t end_ms, int64_t step_ms,
                               const QueryLimits& limits, const Features& features) {
  HN_TRY(const ExprPtr expr, Parse(text, features));
  return EvaluateRange(queryable, *expr, text, start_ms, end_ms, step_ms, limits);
}

}  // namespace hinomi::promql
