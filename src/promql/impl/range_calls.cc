#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "promql/impl/coarse_read.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/lexer.h"
#include "promql/impl/range_histograms.h"
#include "promql/impl/window.h"
#include "promql/impl/window_columns.h"

namespace hinomi::promql {

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
    w.all_histograms = points_.histograms;
    w.first = first_;
    w.last = last_;
    const size_t size = last_ - first_;
    w.at_ms = w.all_at_ms.subspan(first_, size);
    if (!w.all_values.empty()) w.values = w.all_values.subspan(first_, size);
    if (!w.all_histograms.empty()) w.histograms = w.all_histograms.subspan(first_, size);
    return w;
  }

 private:
  const RangeVector& range_;
  const Points& points_;
  size_t first_ = 0, last_ = 0;
};

Status CheckParameters(const Call& call, const std::vector<Column>& parameters) {
  if (call.function != "double_exponential_smoothing" && call.function != "holt_winters") return {};
  for (size_t k = 0; k < 2; ++k) {
    for (const double f : parameters[k]) {
      if (f > 0 && f < 1) continue;
      return InvalidArgument(std::string("invalid ") + (k == 0 ? "smoothing" : "trend") +
                             " factor. Expected: 0 < " + (k == 0 ? "sf" : "tf") +
                             " < 1, got: " + std::to_string(f));
    }
  }
  return {};
}

/// Once there is a result: of no numbers no quantile is wrong.
void RemarkOnQuantile(QueryContext& context, const Call& call, const Column& quantiles) {
  for (const double q : quantiles) {
    if (q >= 0 && q <= 1) continue;
    context.Warn("quantile value should be between 0 and 1, got " + FormatDouble(q),
                 call.arguments[0]->span);
  }
}

Status CheckMode(const Call& call, RangeMode mode) {
  if (mode == RangeMode::kPlain || FindExtendedFunction(call.function, mode) != nullptr) return {};
  return InvalidArgument(
      mode == RangeMode::kAnchored
          ? "anchored modifier can only be used with: changes, delta, increase, rate, resets - not "
            "with " +
                call.function
          : "smoothed modifier can only be used with: delta, increase, rate - not with " +
                call.function);
}

Result<RangeFunction> FunctionFor(const Call& call, const RangeFunction& function, RangeMode mode) {
  HN_TRY_VOID(CheckMode(call, mode));
  if (mode == RangeMode::kPlain) return function;
  return RangeFunction{FindExtendedFunction(call.function, mode), function.keeps_name, true};
}

Result<Table> AbsentOverTime(Evaluator& evaluator, const Call& call) {
  HN_TRY(const RangeVector range, evaluator.EvalRange(*call.arguments[0]));
  HN_TRY_VOID(CheckMode(call, range.mode));
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

/// A function over one series after the other.
class RangeCall {
 public:
  RangeCall(Evaluator& evaluator, const Call& call, const RangeVector& range,
            const std::vector<Column>& parameters, const RangeFunction& function)
      : evaluator_(evaluator),
        call_(call),
        range_(range),
        parameters_(parameters),
        function_(function),
        // With `@` all steps have one window: computed once unless more than the
        // window enters.
        steps_(range.at_ms && parameters_.empty() && !function.needs_eval_time
                   ? 1
                   : evaluator.grid().count),
        at_step_(parameters_.size()),
        bounds_(evaluator.grid(), range.range_ms, range.offset_ms) {
    if (range.mode == RangeMode::kPlain && !range.at_ms)
      column_function_ = FindColumnFunction(call.function);
  }

  /// Fills the steps of `out`; false if there was nothing to fill in.
  Result<bool> Fill(const Points& points, Series& out) {
    HN_TRY(const bool any,
           points.histograms.empty() ? FillNumbers(points, out) : FillMixed(points, out));
    for (size_t i = steps_; i < evaluator_.grid().count; ++i) out.CopyStep(i, out, 0);
    return any;
  }

 private:
  Result<bool> FillNumbers(const Points& points, Series& out) {
    if (column_function_ != nullptr) {
      HN_TRY_VOID(CountWork(points.values.size()));
      bounds_.Find(points.at_ms);
      column_function_(bounds_, points.values, out.values.data(), out.present.data());
      return !out.Empty();
    }
    WindowCursor cursor(range_, points);
    bool any = false;
    for (size_t i = 0; i < steps_; ++i) {
      const Window window = cursor.At(evaluator_.grid().At(i));
      if (window.size() == 0 && range_.mode == RangeMode::kPlain) continue;
      HN_TRY_VOID(CountWork(window.size()));
      const std::optional<double> value = ApplyToNumbers(window, i);
      if (!value) continue;
      out.Put(i, *value);
      any = true;
    }
    return any;
  }

  Result<bool> FillMixed(const Points& points, Series& out) {
    const Points numbers = OfKind(points, false), histograms = OfKind(points, true);
    WindowCursor all_cursor(range_, points), numbers_cursor(range_, numbers);
    WindowCursor histograms_cursor(range_, histograms);
    SeriesRemarks remarks(evaluator_.context(), call_.arguments[0]->span, points.labels.name());
    const MixedFunction mixed = FindMixedFunction(call_.function);
    bool any = false;
    for (size_t i = 0; i < steps_; ++i) {
      const int64_t at = evaluator_.grid().At(i);
      const MixedWindow window{all_cursor.At(at), numbers_cursor.At(at), histograms_cursor.At(at),
                               range_.mode};
      if (window.all.size() == 0 && range_.mode == RangeMode::kPlain) continue;
      HN_TRY_VOID(CountWork(window.all.size()));
      std::optional<Cell> cell =
          mixed != nullptr ? mixed(window, remarks) : FromNumbers(window, i, remarks);
      if (!cell) continue;
      out.Put(i, *std::move(cell));
      any = true;
    }
    HN_TRY_VOID(evaluator_.context().ChargeHistograms(out));
    return any;
  }

  /// A function that knows numbers only goes on as if there were no histograms.
  std::optional<Cell> FromNumbers(const MixedWindow& window, size_t step, SeriesRemarks& remarks) {
    if (window.numbers.size() == 0) return std::nullopt;
    if (window.histograms.size() > 0) remarks.Say(Remark::kIgnoredInRange);
    const std::optional<double> value = ApplyToNumbers(window.numbers, step);
    if (!value) return std::nullopt;
    return Cell(*value);
  }

  std::optional<double> ApplyToNumbers(const Window& window, size_t step) {
    for (size_t k = 0; k < parameters_.size(); ++k) at_step_[k] = parameters_[k][step];
    return function_.apply(window, at_step_);
  }

  static Points OfKind(const Points& points, bool histograms) {
    Points out;
    for (size_t i = 0; i < points.at_ms.size(); ++i) {
      if ((points.histograms[i] != nullptr) != histograms) continue;
      out.at_ms.push_back(points.at_ms[i]);
      if (histograms) {
        out.histograms.push_back(points.histograms[i]);
      } else {
        out.values.push_back(points.values[i]);
      }
    }
    return out;
  }

  Status CountWork(size_t points) {
    work_ += points;
    if (work_ <= 1'000'000) return {};
    work_ = 0;
    return evaluator_.context().CheckAlive();
  }

  Evaluator& evaluator_;
  const Call& call_;
  const RangeVector& range_;
  const std::vector<Column>& parameters_;
  const RangeFunction function_;
  const size_t steps_;
  std::vector<double> at_step_;
  ColumnFunction column_function_ = nullptr;  ///< Null: window by window.
  WindowBounds bounds_;
  size_t work_ = 0;
};

/// Whether a step has a number: only those tell that a counter is badly named.
bool HasNumbers(const Series& series) {
  if (series.histograms.empty()) return true;
  for (size_t i = 0; i < series.present.size(); ++i) {
    if (series.present[i] && !series.histograms[i]) return true;
  }
  return false;
}

}  // namespace

Result<Table> EvalRangeCall(Evaluator& evaluator, const Expr&, const Call& call) {
  if (call.function == "absent_over_time") return AbsentOverTime(evaluator, call);
  const Expr& argument = Unparenthesised(*call.arguments[0]);
  if (const auto* matrix = argument.As<MatrixSelector>(); matrix && call.arguments.size() == 1) {
    HN_TRY(auto coarse, EvalCoarse(evaluator, *matrix->selector->As<VectorSelector>(), matrix,
                                   &call, argument.span));
    if (coarse) return *std::move(coarse);
  }
  QueryContext& context = evaluator.context();
  const RangeFunction& function = *FindRangeFunction(call.function);
  std::vector<Column> parameters;
  RangeVector range;
  for (const ExprPtr& each : call.arguments) {
    if (each->type == ValueType::kMatrix) {
      HN_TRY(range, evaluator.EvalRange(*each));
    } else {
      HN_TRY(Column column, evaluator.EvalScalar(*each));
      parameters.push_back(std::move(column));
    }
  }
  HN_TRY_VOID(CheckParameters(call, parameters));
  HN_TRY(const RangeFunction chosen, FunctionFor(call, function, range.mode));
  RangeCall range_call(evaluator, call, range, parameters, chosen);
  Table out;
  size_t held = 0;
  for (const Points& points : range.series) {
    HN_TRY_VOID(context.CheckAlive());
    held += points.values.size() + SamplesOf(points.histograms);
    HN_TRY(Series series, evaluator.NewSeries(points.labels));
    series.drop_name = !function.keeps_name || points.drop_name;
    HN_TRY(const bool any, range_call.Fill(points, series));
    if (!any) {
      context.Release(evaluator.grid().count);
      continue;
    }
    if (HasNumbers(series)) RemarkOnName(context, call, series.labels);
    out.push_back(std::move(series));
  }
  if (call.function == "quantile_over_time" && !out.empty())
    RemarkOnQuantile(context, call, parameters[0]);
  context.Release(held);
  return out;
}

}  // namespace hinomi::promql
