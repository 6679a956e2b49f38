#include "promql/impl/window_columns.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>

#include "base/kahan.h"
#include "base/wide.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/window.h"

namespace hinomi::promql {

WindowBounds::WindowBounds(const Grid& grid, int64_t range_ms, int64_t offset_ms)
    : grid_(grid),
      range_ms_(range_ms),
      offset_ms_(offset_ms),
      first_(grid.count),
      last_(grid.count) {}

void WindowBounds::Find(std::span<const int64_t> at_ms) {
  if (std::ranges::equal(at_ms, at_ms_)) return;
  at_ms_.assign(at_ms.begin(), at_ms.end());
  edges_.clear();
  size_t first = 0, last = 0;
  for (size_t i = 0; i < grid_.count; ++i) {
    const int64_t end_ms = grid_.At(i) - offset_ms_;
    while (last < at_ms.size() && at_ms[last] <= end_ms) ++last;
    while (first < last && at_ms[first] <= end_ms - range_ms_) ++first;
    first_[i] = static_cast<uint32_t>(first);
    last_[i] = static_cast<uint32_t>(last);
  }
}

std::span<const WindowBounds::Edges> WindowBounds::edges() {
  if (edges_.empty()) {
    edges_.resize(grid_.count);
    for (size_t i = 0; i < grid_.count; ++i)
      if (last_[i] - first_[i] >= 2) edges_[i] = EdgesOf(i);
  }
  return edges_;
}

WindowBounds::Edges WindowBounds::EdgesOf(size_t step) const {
  // As Extrapolated() of one window has it, up to where values come in.
  const int64_t end_ms = grid_.At(step) - offset_ms_;
  const int64_t first_ms = at_ms_[first_[step]], last_ms = at_ms_[last_[step] - 1];
  Edges edges;
  edges.sampled = static_cast<double>(last_ms - first_ms) / 1000;
  const double average = edges.sampled / static_cast<double>(last_[step] - first_[step] - 1);
  const double threshold = average * 1.1;
  edges.to_start = static_cast<double>(first_ms - (end_ms - range_ms_)) / 1000;
  if (edges.to_start >= threshold) edges.to_start = average / 2;
  edges.to_end = static_cast<double>(end_ms - last_ms) / 1000;
  if (edges.to_end >= threshold) edges.to_end = average / 2;
  edges.factor = (edges.sampled + edges.to_start + edges.to_end) / edges.sampled;
  edges.per_second = edges.factor / range_seconds();
  return edges;
}

namespace {

/// Whether any value is less than the one before; looked at side by side.
HN_ALSO_FOR_AVX2 bool AnyFalls(std::span<const double> values) {
  constexpr size_t kLanes = 8;
  double least[kLanes] = {};
  const auto look = [&](size_t lane, size_t i) {
    const double step = values[i] - values[i - 1];
    least[lane] = step < least[lane] ? step : least[lane];
  };
  size_t i = 1;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) look(lane, i + lane);
  for (size_t lane = 0; i < values.size(); ++i, ++lane) look(lane, i);
  return std::any_of(least, least + kLanes, [](double step) { return step < 0; });
}

/// What a counter lost at its resets, window by window. They are few, and added anew for each
/// window: differences of one running sum would lose small ones beside large ones.
class LostAtResets {
 public:
  explicit LostAtResets(std::span<const double> values) : values_(values) {
    if (!AnyFalls(values)) return;
    for (size_t i = 1; i < values.size(); ++i)
      if (values[i] < values[i - 1]) resets_.push_back(i);
  }
  bool any() const { return !resets_.empty(); }
  /// A difference with what was lost within samples first to last added to it, one loss after the
  /// other, as Prometheus does; neither end ever falls from one call to the next.
  double AddTo(double difference, size_t first, size_t last) {
    while (next_ < resets_.size() && resets_[next_] <= first) ++next_;
    for (size_t i = next_; i < resets_.size() && resets_[i] <= last; ++i)
      difference += values_[resets_[i] - 1];
    return difference;
  }

 private:
  std::span<const double> values_;
  std::vector<size_t> resets_;  ///< The first sample after each.
  size_t next_ = 0;
};

/// Whether a counter would have been zero within the part before its first sample that
/// is extrapolated. Without a division, so that it may say so where it is only nearly so.
bool MayReachZero(double difference, double first, const WindowBounds::Edges& edges) {
  return difference > 0 && first >= 0 &&
         first * edges.sampled <= edges.to_start * difference * 1.001;
}

/// By what the difference is stretched then: a counter never was below zero.
double FactorFromZero(double difference, double first, const WindowBounds::Edges& edges) {
  const double to_zero = edges.sampled * (first / difference);
  const double to_start = std::min(edges.to_start, to_zero);
  return (edges.sampled + to_start + edges.to_end) / edges.sampled;
}

enum class Difference { kRate, kIncrease, kDelta };

template <Difference kind>
void DifferenceColumn(WindowBounds& bounds, std::span<const double> values, double* out,
                      uint8_t* present) {
  constexpr bool kCounter = kind != Difference::kDelta;
  LostAtResets lost(kCounter ? values : std::span<const double>());
  const std::span<const WindowBounds::Edges> edges = bounds.edges();
  [[maybe_unused]] const double range_seconds = bounds.range_seconds();
  for (size_t i = 0; i < bounds.steps(); ++i) {
    const size_t first = bounds.first(i), last = bounds.last(i);
    present[i] = last - first >= 2 ? 1 : 0;
    if (present[i] == 0) continue;
    double difference = values[last - 1] - values[first];
    double factor = kind == Difference::kRate ? edges[i].per_second : edges[i].factor;
    if constexpr (kCounter) {
      if (lost.any()) difference = lost.AddTo(difference, first, last - 1);
      if (MayReachZero(difference, values[first], edges[i])) {
        factor = FactorFromZero(difference, values[first], edges[i]);
        if constexpr (kind == Difference::kRate) factor /= range_seconds;
      }
    }
    out[i] = difference * factor;
  }
}

/// A sum with what rounding took from it: four sums beside each other, each by Knuth's TwoSum,
/// so that no addition waits for the one before.
struct CompensatedSum {
  double sum = 0;
  double compensation = 0;
  double largest = 0;  ///< Of the magnitudes that were added; says nothing of NaN.

  /// Whether the order of adding does not matter: nothing came near the end of doubles, and
  /// nothing was so much larger than the sum that small numbers were lost beside it.
  bool IsSettled() const {
    return largest < 1e300 && largest <= std::abs(sum) * 1e15 && !std::isnan(compensation);
  }
};
HN_ALSO_FOR_AVX2 CompensatedSum SumOf(std::span<const double> values) {
  constexpr size_t kLanes = 4;
  double sum[kLanes] = {}, error[kLanes] = {}, largest[kLanes] = {};
  const auto add = [&](size_t lane, double value) {
    const double next = sum[lane] + value;
    const double taken = next - sum[lane];
    error[lane] += (sum[lane] - (next - taken)) + (value - taken);
    sum[lane] = next;
    largest[lane] = std::max(largest[lane], std::abs(value));
  };
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) add(lane, values[i + lane]);
  for (size_t lane = 0; i < values.size(); ++i, ++lane) add(lane, values[i]);
  CompensatedSum all{sum[0], error[0], *std::max_element(largest, largest + kLanes)};
  for (size_t lane = 1; lane < kLanes; ++lane) {
    KahanAdd(sum[lane], all.sum, all.compensation);
    all.compensation += error[lane];
  }
  return all;
}

/// Calls with every window that is not empty, and marks it.
template <typename OfWindow>
void ForEachWindow(const WindowBounds& bounds, std::span<const double> values, double* out,
                   uint8_t* present, OfWindow of_window) {
  for (size_t i = 0; i < bounds.steps(); ++i) {
    const size_t first = bounds.first(i), last = bounds.last(i);
    present[i] = last > first ? 1 : 0;
    if (present[i] != 0) out[i] = of_window(values.subspan(first, last - first));
  }
}

double SumOfWindow(std::span<const double> window) {
  const CompensatedSum sum = SumOf(window);
  return sum.IsSettled() ? sum.sum + sum.compensation : SumOfValues(window);
}
double AverageOfWindow(std::span<const double> window) {
  const CompensatedSum sum = SumOf(window);
  const auto n = static_cast<double>(window.size());
  return sum.IsSettled() ? sum.sum / n + sum.compensation / n : AverageOfValues(window);
}
/// `Beyond` a b: a is further out. NaN counts where there is nothing else.
template <typename Beyond>
double FurthestOfWindow(std::span<const double> window) {
  double furthest = window[0];
  for (const double value : window)
    if (Beyond()(value, furthest) || std::isnan(furthest)) furthest = value;
  return furthest;
}
/// The same of numbers, for which nothing has to be asked.
template <typename Beyond>
double FurthestOfNumbers(std::span<const double> window) {
  double furthest = window[0];
  for (const double value : window) furthest = Beyond()(value, furthest) ? value : furthest;
  return furthest;
}
bool AnyNan(std::span<const double> values) {
  bool any = false;
  for (const double value : values) any |= std::isnan(value);
  return any;
}
double CountOfWindow(std::span<const double> window) {
  return static_cast<double>(window.size());
}
double LastOfWindow(std::span<const double> window) {
  return window.back();
}
double OneForWindow(std::span<const double>) {
  return 1;
}

template <double (*kOfWindow)(std::span<const double>)>
void OverTimeColumn(WindowBounds& bounds, std::span<const double> values, double* out,
                    uint8_t* present) {
  ForEachWindow(bounds, values, out, present, kOfWindow);
}

template <typename Beyond>
void FurthestColumn(WindowBounds& bounds, std::span<const double> values, double* out,
                    uint8_t* present) {
  const auto of_any = [](auto window) { return FurthestOfWindow<Beyond>(window); };
  const auto of_numbers = [](auto window) { return FurthestOfNumbers<Beyond>(window); };
  if (AnyNan(values)) {
    ForEachWindow(bounds, values, out, present, of_any);
  } else {
    ForEachWindow(bounds, values, out, present, of_numbers);
  }
}

}  // namespace

ColumnFunction FindColumnFunction(std::string_view name) {
  static const std::map<std::string_view, ColumnFunction> table = {
      {"rate", DifferenceColumn<Difference::kRate>},
      {"increase", DifferenceColumn<Difference::kIncrease>},
      {"delta", DifferenceColumn<Difference::kDelta>},
      {"sum_over_time", OverTimeColumn<SumOfWindow>},
      {"avg_over_time", OverTimeColumn<AverageOfWindow>},
      {"min_over_time", FurthestColumn<std::less<>>},
      {"max_over_time", FurthestColumn<std::greater<>>},
      {"count_over_time", OverTimeColumn<CountOfWindow>},
      {"last_over_time", OverTimeColumn<LastOfWindow>},
      {"present_over_time", OverTimeColumn<OneForWindow>},
  };
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace hinomi::promql
