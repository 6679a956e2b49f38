#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/lexer.h"
#include "promql/impl/window.h"

namespace hinomi::promql {
namespace {

/// The window of each step over one series, found by moving two ends.
class WindowCursor {
 public:
  WindowCursor(const RangeVector& range, const Points& points) : range_(range), points_(points) {}

  Window At(int64_t step_ms) {
    Window w;
    w.end_ms = range_.EndOf(step_ms);
    w.start_ms = w.end_ms - range_.range_ms;
    w.eval_ms = step_ms;
    w.lookback_ms = range_.lookback_ms;
    const auto& at = points_.at_ms;
    while (last_ < at.size() && at[last_] <= w.end_ms) ++last_;
    while (first_ < last_ && at[first_] <= w.start_ms) ++first_;
    w.all_at_ms = at;
    w.all_values = points_.values;
    w.first = first_;
    w.last = last_;
    w.at_ms = w.all_at_ms.subspan(first_, last_ - first_);
    w.values = w.all_values.subspan(first_, last_ - first_);
    return w;
  }

 private:
  const RangeVector& range_;
  const Points& points_;
  size_t first_ = 0, last_ = 0;
};

Status CheckParameters(QueryContext& context, const Call& call,
                       const std::vector<Column>& parameters) {
  if (call.function == "quantile_over_time") {
    for (const double q : parameters[0]) {
      if (std::isnan(q) || q < 0 || q > 1) {
        context.Warn("quantile value should be between 0 and 1, got " + FormatDouble(q),
                     call.arguments[0]->span);
      }
    }
  }
  if (call.function == "double_exponential_smoothing" || call.function == "holt_winters") {
    for (size_t k = 0; k < 2; ++k) {
      for (const double f : parameters[k]) {
        if (f > 0 && f < 1) continue;
        return InvalidArgument(std::string("invalid ") + (k == 0 ? "smoothing" : "trend") +
                               " factor. Expected: 0 < " + (k == 0 ? "sf" : "tf") +
                               " < 1, got: " + std::to_string(f));
      }
    }
  }
  return {};
}

/// rate() of what does not look like a counter is probably a mistake.
void RemarkOnName(QueryContext& context, const Call& call, const metrics::Labels& labels) {
  if (call.function != "rate" && call.function != "increase") return;
  const std::string_view name = labels.name();
  if (name.empty()) return;
  for (const char* suffix : {"_total", "_sum", "_count", "_bucket"}) {
    if (name.ends_with(suffix)) return;
  }
  context.Inform(
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
          Quote(name),
      call.arguments[0]->span);
}

Result<Table> AbsentOverTime(Evaluator& evaluator, const Call& call) {
  HN_TRY(const RangeVector range, evaluator.EvalRange(*call.arguments[0]));
  HN_TRY(Series out, evaluator.NewSeries(LabelsOfAbsent(*call.arguments[0])));
  std::vector<uint8_t> seen(evaluator.grid().count);
  for (const Points& points : range.series) {
    WindowCursor cursor(range, points);
    for (size_t i = 0; i < seen.size(); ++i) {
      if (cursor.At(evaluator.grid().At(i)).size() > 0) seen[i] = 1;
    }
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i]) out.Put(i, 1);
  }
  Table table;
  if (!out.Empty()) table.push_back(std::move(out));
  return table;
}

Result<RangeFunction> FunctionFor(const Call& call, const RangeFunction& function, RangeMode mode) {
  if (mode == RangeMode::kPlain) return function;
  const WindowFunction extended = FindExtendedFunction(call.function, mode);
  if (extended != nullptr) return RangeFunction{extended, function.keeps_name, true};
  return InvalidArgument(
      mode == RangeMode::kAnchored
          ? "anchored modifier can only be used with: changes, delta, increase, rate, resets - not "
            "with " +
                call.function
          : "smoothed modifier can only be used with: delta, increase, rate - not with " +
                call.function);
}

}  // namespace

Result<Table> EvalRangeCall(Evaluator& evaluator, const Expr&, const Call& call) {
  if (call.function == "absent_over_time") return AbsentOverTime(evaluator, call);
  QueryContext& context = evaluator.context();
  const RangeFunction& function = *FindRangeFunction(call.function);
  std::vector<Column> parameters;
  RangeVector range;
  for (const ExprPtr& argument : call.arguments) {
    if (argument->type == ValueType::kMatrix) {
      HN_TRY(range, evaluator.EvalRange(*argument));
    } else {
      HN_TRY(Column column, evaluator.EvalScalar(*argument));
      parameters.push_back(std::move(column));
    }
  }
  HN_TRY_VOID(CheckParameters(context, call, parameters));
  HN_TRY(const RangeFunction chosen, FunctionFor(call, function, range.mode));
  // With `@` all steps have one window: computed once unless more than the
  // window enters.
  const bool once = range.at_ms && parameters.empty() && !function.needs_eval_time;
  const Grid& grid = evaluator.grid();
  std::vector<double> at_step(parameters.size());
  Table out;
  size_t work = 0, held = 0;
  for (const Points& points : range.series) {
    HN_TRY_VOID(context.CheckAlive());
    held += points.values.size();
    HN_TRY(Series series, evaluator.NewSeries(points.labels));
    series.drop_name = !function.keeps_name || points.drop_name;
    WindowCursor cursor(range, points);
    bool any = false;
    for (size_t i = 0; i < grid.count; ++i) {
      if (once && i > 0) {
        series.values[i] = series.values[0];
        series.present[i] = series.present[0];
        continue;
      }
      const Window window = cursor.At(grid.At(i));
      if (window.size() == 0 && range.mode == RangeMode::kPlain) continue;
      work += window.size();
      if (work > 1'000'000) {
        work = 0;
        HN_TRY_VOID(context.CheckAlive());
      }
      for (size_t k = 0; k < parameters.size(); ++k) at_step[k] = parameters[k][i];
      const std::optional<double> value = chosen.apply(window, at_step);
      if (!value) continue;
      series.Put(i, *value);
      any = true;
    }
    if (!any) {
      context.Release(grid.count);
      continue;
    }
    RemarkOnName(context, call, series.labels);
    out.push_back(std::move(series));
  }
  context.Release(held);
  return out;
}

}  // namespace hinomi::promql
