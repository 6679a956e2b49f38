#include <algorithm>
#include <cmath>

#include "promql/impl/coarse_read.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/selector_columns.h"

namespace hinomi::promql {
namespace {

Result<double> Seconds(const QueryContext& context, const DurationExpr& d) {
  using Kind = DurationExpr::Kind;
  double a = 0, b = 0;
  if (d.left) {
    HN_TRY(a, Seconds(context, *d.left));
  }
  if (d.right) {
    HN_TRY(b, Seconds(context, *d.right));
  }
  switch (d.kind) {
    case Kind::kConstant:
      return d.seconds;
    case Kind::kStep:
      return static_cast<double>(context.step_ms) / 1000;
    case Kind::kRange:
      return static_cast<double>(context.end_ms - context.start_ms) / 1000;
    case Kind::kNegate:
      return -a;
    case Kind::kPlus:
    case Kind::kParen:
      return a;
    case Kind::kAdd:
      return a + b;
    case Kind::kSub:
      return a - b;
    case Kind::kMul:
      return a * b;
    case Kind::kDiv:
    case Kind::kMod:
      if (b == 0) {
        return InvalidArgument(LineAndColumn(context.text, d.span.begin) +
                               (d.kind == Kind::kDiv ? ": division by zero" : ": modulo by zero"));
      }
      return d.kind == Kind::kDiv ? a / b : std::fmod(a, b);
    case Kind::kPow:
      return std::pow(a, b);
    case Kind::kMin:
      return std::min(a, b);
    case Kind::kMax:
      return std::max(a, b);
  }
  return 0.0;
}

/// The times at which the modifiers make a selector look, first and last.
Evaluator::Reach TimesSeen(const Grid& grid, std::optional<int64_t> at, int64_t offset) {
  const int64_t first = at.value_or(grid.At(0));
  const int64_t last = at.value_or(grid.At(grid.count - 1));
  return {first - offset, last - offset};
}

/// Where an instant selector looks, from every step.
struct Sight {
  std::optional<int64_t> at_ms;  ///< `@` pins the time: all steps see the same.
  int64_t offset_ms;
  int64_t lookback_ms;
  bool smoothed;
  bool times;  ///< The samples' times are asked for.

  size_t StepsOf(const Grid& grid) const { return at_ms ? 1 : grid.count; }
  int64_t TimeOf(const Grid& grid, size_t step) const {
    return at_ms.value_or(grid.At(step)) - offset_ms;
  }
};

void RepeatPinned(const Sight& sight, const Grid& grid, Series& series) {
  for (size_t i = sight.StepsOf(grid); i < grid.count; ++i) series.CopyStep(i, series, 0);
}

/// The newest sample that each step sees; false if none sees one.
bool FillNewest(const metrics::SeriesColumns& columns, const Sight& sight, const Grid& grid,
                Series& series) {
  size_t next = 0;
  bool any = false;
  for (size_t i = 0; i < sight.StepsOf(grid); ++i) {
    const int64_t when = sight.TimeOf(grid, i);
    while (next < columns.at_ms.size() && columns.at_ms[next] <= when) ++next;
    if (next == 0 || columns.at_ms[next - 1] <= when - sight.lookback_ms) continue;
    const size_t last = next - 1;
    if (IsStale(columns, last)) continue;
    any = true;
    if (sight.times) {
      series.Put(i, static_cast<double>(columns.at_ms[last]) / 1000);
    } else if (metrics::IsHistogram(columns, last)) {
      series.Put(i, columns.histograms[last]);
    } else {
      series.Put(i, columns.values[last]);
    }
  }
  RepeatPinned(sight, grid, series);
  return any;
}

/// The same on the line between two samples.
bool FillSmoothed(metrics::SeriesColumns& columns, const Sight& sight, const Grid& grid,
                  SeriesRemarks& remarks, Series& series) {
  DropStale(columns);
  size_t next = 0;
  bool any = false;
  for (size_t i = 0; i < sight.StepsOf(grid); ++i) {
    const int64_t when = sight.TimeOf(grid, i);
    while (next < columns.at_ms.size() && columns.at_ms[next] <= when) ++next;
    auto cell = SmoothedAt(columns, next, when, sight.lookback_ms, remarks);
    if (!cell) continue;
    series.Put(i, *std::move(cell));
    any = true;
  }
  RepeatPinned(sight, grid, series);
  return any;
}

/// Where only windows are left that do not answer what is asked.
void WarnOfGoneSamples(QueryContext& context, const VectorSelector& selector, int64_t from_ms,
                       int64_t to_ms, const Span& span) {
  for (const metrics::Resolution& resolution :
       context.queryable.Resolutions(selector.matchers, from_ms, to_ms))
    if (resolution.alone)
      context.Warn(
          "samples of this range are gone but for downsampled ones, which are not read here", span);
}

/// What an instant selector sees of a series, step by step.
void CountSteps(QueryContext& context, const Grid& grid, const Series& series) {
  if (!context.limits.count_samples) return;
  for (size_t i = 0; i < grid.count; ++i)
    if (series.present[i]) context.CountRead(grid, i, 1);
}

/// What the windows of a range vector see, step by step.
void CountWindows(QueryContext& context, const Grid& grid, const RangeVector& range) {
  if (!context.limits.count_samples) return;
  for (const Points& points : range.series) {
    auto first = points.at_ms.begin();
    auto last = first;
    for (size_t i = 0; i < grid.count; ++i) {
      const int64_t end = range.EndOf(grid.At(i));
      while (last != points.at_ms.end() && *last <= end) ++last;
      while (first != last && *first <= end - range.range_ms) ++first;
      context.CountRead(grid, i, static_cast<size_t>(last - first));
    }
  }
}

}  // namespace

Result<int64_t> ResolveDuration(const QueryContext& context, const DurationExpr& duration,
                                bool must_be_positive) {
  HN_TRY(const double seconds, Seconds(context, duration));
  if (!(std::abs(seconds) < 9223372036.0)) {
    return InvalidArgument(LineAndColumn(context.text, duration.span.begin) +
                           ": duration out of range");
  }
  const auto ms = static_cast<int64_t>(std::llround(seconds * 1000));
  if (must_be_positive && ms <= 0) {
    return InvalidArgument(LineAndColumn(context.text, duration.span.begin) +
                           ": duration must be greater than 0");
  }
  return ms;
}

Result<int64_t> Evaluator::OffsetOf(const TimeModifiers& time) const {
  if (!time.offset) return int64_t{0};
  return ResolveDuration(context_, *time.offset, false);
}

std::optional<int64_t> Evaluator::AtOf(const TimeModifiers& time) const {
  switch (time.at) {
    case TimeModifiers::At::kNone:
      return std::nullopt;
    case TimeModifiers::At::kTime:
      return time.at_ms;
    case TimeModifiers::At::kStart:
      return context_.start_ms;
    case TimeModifiers::At::kEnd:
      return context_.end_ms;
  }
  return std::nullopt;
}

Result<Evaluator::Reach> Evaluator::ReachOf(const VectorSelector& selector,
                                            const MatrixSelector* matrix) const {
  const int64_t lookback_ms = context_.limits.lookback.millis();
  int64_t range_ms = lookback_ms;
  if (matrix != nullptr) {
    HN_TRY(range_ms, ResolveDuration(context_, *matrix->range, true));
  }
  HN_TRY(const int64_t offset_ms, OffsetOf(selector.time));
  Reach reach = TimesSeen(grid_, AtOf(selector.time), offset_ms);
  reach.from_ms -= range_ms - 1;
  // Anchored windows need the sample before them, smoothed ones both sides.
  if (matrix != nullptr && selector.mode != RangeMode::kPlain) reach.from_ms -= lookback_ms;
  if (selector.mode == RangeMode::kSmoothed) reach.to_ms += lookback_ms;
  return reach;
}

Result<Table> Evaluator::EvalSelector(const VectorSelector& selector, const Span& span,
                                      bool times) {
  if (!times) {
    HN_TRY(auto coarse, EvalCoarse(*this, selector, nullptr, nullptr, span));
    if (coarse) return *std::move(coarse);
  }
  HN_TRY(const int64_t offset, OffsetOf(selector.time));
  const Sight sight{AtOf(selector.time), offset, context_.limits.lookback.millis(),
                    selector.mode == RangeMode::kSmoothed, times};
  HN_TRY(const Reach reach, ReachOf(selector, nullptr));
  HN_TRY(std::vector<metrics::SeriesColumns> found,
         context_.Select(selector.matchers, reach.from_ms, reach.to_ms));
  Table table;
  table.reserve(found.size());
  size_t held = 0;
  for (metrics::SeriesColumns& columns : found) {
    if ((context_.ticks++ & 255) == 0) HN_TRY_VOID(context_.CheckAlive());
    const size_t samples = columns.values.size() + SamplesOf(columns.histograms);
    HN_TRY_VOID(context_.Charge(samples));
    held += samples;
    if (context_.OnlyStatistics()) KeepStatistics(columns);
    HN_TRY(Series series, NewSeries(std::move(columns.labels)));
    SeriesRemarks remarks(context_, span, series.labels.name());
    const bool any = sight.smoothed ? FillSmoothed(columns, sight, grid_, remarks, series)
                                    : FillNewest(columns, sight, grid_, series);
    if (!any) {
      context_.Release(grid_.count);
      continue;
    }
    CountSteps(context_, grid_, series);
    HN_TRY_VOID(context_.ChargeHistograms(series));
    table.push_back(std::move(series));
  }
  context_.Release(held);
  return table;
}

Result<RangeVector> Evaluator::EvalRange(const Expr& expr) {
  HN_TRY_VOID(context_.CheckAlive());
  if (const auto* paren = expr.As<Paren>()) return EvalRange(*paren->inner);
  if (const auto* matrix = expr.As<MatrixSelector>()) return EvalMatrix(*matrix);
  if (const auto* subquery = expr.As<Subquery>()) return EvalSubquery(*subquery);
  return Internal("a node of type " + std::string(ValueTypeName(expr.type)) +
                  " where a range vector is expected");
}

Result<RangeVector> Evaluator::EvalMatrix(const MatrixSelector& matrix) {
  const VectorSelector& selector = *matrix.selector->As<VectorSelector>();
  RangeVector out;
  HN_TRY(out.range_ms, ResolveDuration(context_, *matrix.range, true));
  HN_TRY(out.offset_ms, OffsetOf(selector.time));
  out.at_ms = AtOf(selector.time);
  out.mode = selector.mode;
  out.lookback_ms = context_.limits.lookback.millis();
  HN_TRY(const Reach reach, ReachOf(selector, &matrix));
  WarnOfGoneSamples(context_, selector, reach.from_ms, reach.to_ms, matrix.selector->span);
  HN_TRY(std::vector<metrics::SeriesColumns> found,
         context_.Select(selector.matchers, reach.from_ms, reach.to_ms));
  out.series.reserve(found.size());
  for (metrics::SeriesColumns& columns : found) {
    const size_t read = columns.values.size() + SamplesOf(columns.histograms);
    HN_TRY_VOID(context_.Charge(read));
    if (context_.OnlyStatistics()) KeepStatistics(columns);
    DropStale(columns);
    context_.Release(read - columns.values.size() - SamplesOf(columns.histograms));
    if (columns.values.empty()) continue;
    Points points;
    points.labels = std::move(columns.labels);
    points.at_ms = std::move(columns.at_ms);
    points.values = std::move(columns.values);
    points.histograms = std::move(columns.histograms);
    out.series.push_back(std::move(points));
  }
  CountWindows(context_, grid_, out);
  return out;
}

Result<Grid> Evaluator::GridOf(const Subquery& subquery) const {
  HN_TRY(const int64_t range_ms, ResolveDuration(context_, *subquery.range, true));
  HN_TRY(const int64_t offset_ms, OffsetOf(subquery.time));
  Grid inner;
  inner.count = 0;
  inner.step_ms = context_.limits.default_step.millis();
  if (subquery.step) {
    HN_TRY(inner.step_ms, ResolveDuration(context_, *subquery.step, true));
  }
  const Reach seen = TimesSeen(grid_, AtOf(subquery.time), offset_ms);
  // Steps are multiples of the resolution, whatever the time of the query;
  // the window is open on the left.
  const int64_t left = seen.from_ms - range_ms;
  inner.start_ms = left / inner.step_ms * inner.step_ms;
  while (inner.start_ms <= left) inner.start_ms += inner.step_ms;
  if (inner.start_ms <= seen.to_ms)
    inner.count = static_cast<size_t>((seen.to_ms - inner.start_ms) / inner.step_ms) + 1;
  return inner;
}

Result<RangeVector> Evaluator::EvalSubquery(const Subquery& subquery) {
  RangeVector out;
  HN_TRY(out.range_ms, ResolveDuration(context_, *subquery.range, true));
  HN_TRY(out.offset_ms, OffsetOf(subquery.time));
  out.at_ms = AtOf(subquery.time);
  HN_TRY(const Grid inner, GridOf(subquery));
  if (inner.count == 0) return out;
  HN_TRY_VOID(context_.Charge(inner.count));
  Evaluator evaluator(context_, inner);
  const HistogramNeed need(&context_.wants_buckets);
  HN_TRY(Table found, evaluator.EvalVector(*subquery.inner));
  const size_t cells = CellsOf(found);
  // A window holds what one name had at its steps, from wherever it came.
  Table table = JoinSameLabels(std::move(found));
  for (Series& series : table) {
    Points points;
    points.labels = std::move(series.labels);
    points.drop_name = series.drop_name;
    for (size_t i = 0; i < inner.count; ++i) {
      if (!series.present[i]) continue;
      points.at_ms.push_back(inner.At(i));
      points.values.push_back(series.values[i]);
      if (!series.histograms.empty())
        points.histograms.push_back(WithoutResetHint(std::move(series.histograms[i])));
    }
    HN_TRY_VOID(context_.Charge(points.values.size() + SamplesOf(points.histograms)));
    if (!points.at_ms.empty()) out.series.push_back(std::move(points));
  }
  context_.Release(inner.count + cells);
  CountWindows(context_, grid_, out);
  return out;
}

}  // namespace hinomi::promql
