#include "promql/impl/coarse_read.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "promql/impl/window.h"

namespace hinomi::promql {
namespace {

using metrics::SampleWindow;

/// Where a grid has no times of windows, its steps are at least so many windows apart: what
/// an answer is older than its step is less than a twelfth of the way to the next one.
constexpr int64_t kLeastWindows = 12;

/// A range and what its samples come to; one at least.
struct CoarseWindow {
  const SampleWindow& all;
  int64_t start_ms;
  int64_t end_ms;
  double share;
};
using CoarseFunction = std::optional<double> (*)(const CoarseWindow& w);

template <double SampleWindow::* kField>
std::optional<double> FieldOf(const CoarseWindow& w) {
  return w.all.*kField;
}
template <double SampleWindow::* kField>
std::optional<double> ShareOf(const CoarseWindow& w) {
  return w.share == 1 ? w.all.*kField : w.all.*kField * w.share;
}
std::optional<double> CoarseAverage(const CoarseWindow& w) {
  return w.all.sum / w.all.count;
}
std::optional<double> CoarseLast(const CoarseWindow& w) {
  return w.all.last.value;
}
std::optional<double> CoarseFirst(const CoarseWindow& w) {
  return w.all.first.value;
}
std::optional<double> CoarsePresent(const CoarseWindow&) {
  return 1;
}

std::optional<double> CoarseDifference(const CoarseWindow& w, bool counter) {
  if (w.all.count < 2) return std::nullopt;
  const double first = w.all.first.value;
  const double difference = w.all.last.value - first + (counter ? w.all.lost : 0);
  const SampledPart part{w.all.first.at_ms, w.all.last.at_ms, w.all.count, w.start_ms, w.end_ms};
  return difference * ExtrapolationFactor(part, counter, first, difference);
}
std::optional<double> CoarseRate(const CoarseWindow& w) {
  const auto increase = CoarseDifference(w, true);
  if (!increase) return std::nullopt;
  return *increase / (static_cast<double>(w.end_ms - w.start_ms) / 1000);
}
std::optional<double> CoarseIncrease(const CoarseWindow& w) {
  const auto increase = CoarseDifference(w, true);
  if (!increase) return std::nullopt;
  return *increase * w.share;
}
std::optional<double> CoarseDelta(const CoarseWindow& w) {
  const auto delta = CoarseDifference(w, false);
  if (!delta) return std::nullopt;
  return *delta * w.share;
}

CoarseFunction FindCoarseFunction(std::string_view name) {
  static const std::map<std::string_view, CoarseFunction> table = {
      {"", CoarseLast},
      {"avg_over_time", CoarseAverage},
      {"count_over_time", ShareOf<&SampleWindow::count>},
      {"delta", CoarseDelta},
      {"first_over_time", CoarseFirst},
      {"increase", CoarseIncrease},
      {"last_over_time", CoarseLast},
      {"max_over_time", FieldOf<&SampleWindow::max>},
      {"min_over_time", FieldOf<&SampleWindow::min>},
      {"present_over_time", CoarsePresent},
      {"rate", CoarseRate},
      {"sum_over_time", ShareOf<&SampleWindow::sum>},
  };
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

int64_t RoundDown(int64_t at_ms, int64_t window_ms) {
  return metrics::WindowEnd(at_ms - window_ms + 1, window_ms);
}

int64_t StepTime(const Grid& grid, const CoarseRead& read, size_t step) {
  return read.at_ms.value_or(grid.At(step)) - read.offset_ms;
}

CoarseRead InWindows(CoarseRead read, int64_t window_ms) {
  read.window_ms = window_ms;
  if (read.function.empty()) return read;
  const int64_t asked_ms = read.range_ms;
  read.range_ms = metrics::WindowEnd(asked_ms, window_ms);
  read.share = static_cast<double>(asked_ms) / static_cast<double>(read.range_ms);
  return read;
}

/// Whether windows do instead of samples that are there.
bool Suits(const QueryContext& context, const Grid& grid, const CoarseRead& read,
           int64_t window_ms) {
  const bool windowed = !read.function.empty();
  const bool steps = grid.count > 1 && !read.at_ms;
  if (!steps && !windowed) return false;  // One sample a series is soon read.
  const bool aligned = StepTime(grid, read, 0) % window_ms == 0 &&
                       (!steps || grid.step_ms % window_ms == 0) &&
                       (!windowed || read.range_ms % window_ms == 0);
  if (aligned) return true;
  return steps && context.step_ms > 0 && grid.step_ms >= kLeastWindows * window_ms &&
         (!windowed || read.range_ms >= kLeastWindows * window_ms);
}

/// What of the windows each step sees.
class CoarseSteps {
 public:
  CoarseSteps(const Grid& grid, const CoarseRead& read)
      : grid_(grid), read_(read), function_(FindCoarseFunction(read.function)) {}

  /// False if no step sees anything.
  bool Fill(std::span<const SampleWindow> windows, Column& values, std::vector<uint8_t>& present) {
    const size_t steps = read_.at_ms ? 1 : grid_.count;
    const int64_t reach_ms = read_.range_ms + (read_.function.empty() ? read_.window_ms : 0);
    size_t first = 0, last = 0;
    bool any = false;
    for (size_t i = 0; i < steps; ++i) {
      const int64_t end_ms = RoundDown(StepTime(grid_, read_, i), read_.window_ms);
      while (last < windows.size() && windows[last].end_ms <= end_ms) ++last;
      while (first < last && windows[first].end_ms <= end_ms - reach_ms) ++first;
      const auto value = At(windows.subspan(first, last - first), end_ms);
      present[i] = value ? 1 : 0;
      if (value) values[i] = *value;
      any |= value.has_value();
    }
    std::fill(values.begin() + static_cast<ptrdiff_t>(steps), values.end(), values[0]);
    std::fill(present.begin() + static_cast<ptrdiff_t>(steps), present.end(), present[0]);
    return any;
  }

 private:
  std::optional<double> At(std::span<const SampleWindow> windows, int64_t end_ms) const {
    if (windows.empty()) return std::nullopt;
    if (read_.function.empty()) {
      const SampleWindow& newest = windows.back();
      if (newest.ended || newest.last.at_ms <= end_ms - read_.range_ms) return std::nullopt;
      return newest.last.value;
    }
    const SampleWindow all = metrics::FoldWindows(windows);
    if (all.count == 0) return std::nullopt;
    return function_({all, end_ms - read_.range_ms, end_ms, read_.share});
  }

  const Grid& grid_;
  const CoarseRead& read_;
  CoarseFunction function_;
};

}  // namespace

Result<std::optional<CoarseRead>> ChooseCoarseRead(Evaluator& evaluator,
                                                   const VectorSelector& selector,
                                                   const MatrixSelector* matrix,
                                                   std::string_view function) {
  const QueryContext& context = evaluator.context();
  const Grid& grid = evaluator.grid();
  if (selector.mode != RangeMode::kPlain || FindCoarseFunction(function) == nullptr)
    return std::optional<CoarseRead>();
  CoarseRead read;
  read.selector = &selector;
  read.function = function;
  read.range_ms = context.limits.lookback.millis();
  if (matrix != nullptr) {
    HN_TRY(read.range_ms, ResolveDuration(context, *matrix->range, true));
    read.keeps_name = FindRangeFunction(function)->keeps_name;
  }
  HN_TRY(read.offset_ms, evaluator.OffsetOf(selector.time));
  read.at_ms = evaluator.AtOf(selector.time);
  const std::vector<metrics::Resolution> resolutions =
      context.queryable.Resolutions(selector.matchers, StepTime(grid, read, 0) - read.range_ms + 1,
                                    StepTime(grid, read, grid.count - 1));
  // Where samples are gone, what reaches back as far as is asked for; the coarsest does.
  for (auto it = resolutions.rbegin(); it != resolutions.rend(); ++it)
    if (it->alone) return std::optional(InWindows(read, it->window_ms));
  for (auto it = resolutions.rbegin(); it != resolutions.rend(); ++it)
    if (Suits(context, grid, read, it->window_ms))
      return std::optional(InWindows(read, it->window_ms));
  return std::optional<CoarseRead>();
}

Result<bool> VisitCoarse(Evaluator& evaluator, const CoarseRead& read, const Span& span,
                         const CoarseVisitor& visit) {
  QueryContext& context = evaluator.context();
  const Grid& grid = evaluator.grid();
  CoarseSteps steps(grid, read);
  Column values(grid.count);
  std::vector<uint8_t> present(grid.count);
  const int64_t reach_ms =
      read.range_ms + (read.function.empty() ? read.window_ms : 0) - read.window_ms;
  const auto take = [&](metrics::SeriesWindows& series) -> Status {
    if ((context.ticks++ & 63) == 0) HN_TRY_VOID(context.CheckAlive());
    if (!steps.Fill(series.windows, values, present)) return {};
    return visit(series.labels, values, present);
  };
  const metrics::SelectLimits limits{context.limits.max_series, context.limits.max_samples,
                                     &context.memory};
  HN_TRY(const bool visited,
         context.queryable.VisitWindows(
             read.selector->matchers,
             metrics::WindowEnd(RoundDown(StepTime(grid, read, 0), read.window_ms) - reach_ms,
                                read.window_ms),
             RoundDown(StepTime(grid, read, grid.count - 1), read.window_ms), read.window_ms,
             limits, take));
  if (visited)
    context.read.NoteDownsampled(context.text.substr(span.begin, span.end - span.begin),
                                 read.window_ms);
  return visited;
}

Result<std::optional<Table>> EvalCoarse(Evaluator& evaluator, const VectorSelector& selector,
                                        const MatrixSelector* matrix, const Call* call,
                                        const Span& span) {
  HN_TRY(const auto read,
         ChooseCoarseRead(evaluator, selector, matrix,
                          call != nullptr ? std::string_view(call->function) : ""));
  if (!read) return std::optional<Table>();
  QueryContext& context = evaluator.context();
  const Grid& grid = evaluator.grid();
  Table table;
  const auto take = [&](metrics::Labels& labels, Column& values,
                        const std::vector<uint8_t>& present) -> Status {
    if (call != nullptr) RemarkOnName(context, *call, labels);
    HN_TRY(Series series, evaluator.NewSeries(std::move(labels)));
    series.drop_name = !read->keeps_name;
    for (size_t i = 0; i < grid.count; ++i) {
      if (present[i] == 0) continue;
      series.Put(i, values[i]);
      context.CountRead(grid, i, 1);
    }
    table.push_back(std::move(series));
    return {};
  };
  HN_TRY(const bool visited, VisitCoarse(evaluator, *read, span, take));
  return visited ? std::optional(std::move(table)) : std::nullopt;
}

}  // namespace hinomi::promql
