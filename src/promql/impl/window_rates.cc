#include <algorithm>
#include <cmath>
#include <map>

#include "base/kahan.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/window.h"

namespace hinomi::promql {

double CountChanges(std::span<const double> values) {
  double changes = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    const bool both_nan = std::isnan(values[i]) && std::isnan(values[i - 1]);
    if (values[i] != values[i - 1] && !both_nan) ++changes;
  }
  return changes;
}

double CountResets(std::span<const double> values) {
  double resets = 0;
  for (size_t i = 1; i < values.size(); ++i) resets += values[i] < values[i - 1] ? 1 : 0;
  return resets;
}

double ExtrapolationFactor(const SampledPart& part, bool counter, double first, double increase) {
  const auto sampled = static_cast<double>(part.last_ms - part.first_ms) / 1000;
  const double average = sampled / (part.points - 1);
  auto to_start = static_cast<double>(part.first_ms - part.start_ms) / 1000;
  auto to_end = static_cast<double>(part.end_ms - part.last_ms) / 1000;
  const double threshold = average * 1.1;
  if (to_start >= threshold) to_start = average / 2;
  if (counter) {
    double to_zero = to_start;
    if (increase > 0 && first >= 0) to_zero = sampled * (first / increase);
    to_start = std::min(to_start, to_zero);
  }
  if (to_end >= threshold) to_end = average / 2;
  return (sampled + to_start + to_end) / sampled;
}

double ExtrapolationFactor(const Window& w, bool counter, double first, double increase) {
  const SampledPart part{w.at_ms.front(), w.at_ms.back(), static_cast<double>(w.size()), w.start_ms,
                         w.end_ms};
  return ExtrapolationFactor(part, counter, first, increase);
}

namespace {

/// The difference of the ends; of a counter with what was lost at its resets, the last value
/// before each, added one after the other as Prometheus does.
double DifferenceOf(std::span<const double> values, bool counter) {
  double difference = values.back() - values.front();
  for (size_t i = 1; counter && i < values.size(); ++i) {
    if (values[i] < values[i - 1]) difference += values[i - 1];
  }
  return difference;
}

std::optional<double> Extrapolated(const Window& w, bool counter, bool per_second) {
  if (w.size() < 2) return std::nullopt;
  const double result = DifferenceOf(w.values, counter);
  double factor = ExtrapolationFactor(w, counter, w.values.front(), result);
  if (per_second) factor /= w.range_seconds();
  return result * factor;
}

std::optional<double> Rate(const Window& w, std::span<const double>) {
  return Extrapolated(w, true, true);
}
std::optional<double> Increase(const Window& w, std::span<const double>) {
  return Extrapolated(w, true, false);
}
std::optional<double> Delta(const Window& w, std::span<const double>) {
  return Extrapolated(w, false, false);
}

std::optional<double> LastDifference(const Window& w, bool rate) {
  if (w.size() < 2) return std::nullopt;
  const size_t n = w.size();
  const double last = w.values[n - 1], before = w.values[n - 2];
  double result = last - before;
  if (!rate) return result;
  if (last < before) result = last;
  const int64_t interval = w.at_ms[n - 1] - w.at_ms[n - 2];
  if (interval == 0) return std::nullopt;
  return result / (static_cast<double>(interval) / 1000);
}
std::optional<double> Irate(const Window& w, std::span<const double>) {
  return LastDifference(w, true);
}
std::optional<double> Idelta(const Window& w, std::span<const double>) {
  return LastDifference(w, false);
}

struct Line {
  double slope = 0, intercept = 0;
};

/// Least squares through the points; x = 0 at `origin_ms`.
Line Regress(const Window& w, int64_t origin_ms) {
  bool constant = true;
  double n = 0, sx = 0, cx = 0, sy = 0, cy = 0, sxy = 0, cxy = 0, sxx = 0, cxx = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    constant = constant && w.values[i] == w.values[0];
    const auto x = static_cast<double>(w.at_ms[i] - origin_ms) / 1000;
    n += 1;
    KahanAdd(x, sx, cx);
    KahanAdd(w.values[i], sy, cy);
    KahanAdd(x * w.values[i], sxy, cxy);
    KahanAdd(x * x, sxx, cxx);
  }
  if (constant) {
    if (std::isinf(w.values[0])) return {kNan, kNan};
    return {0, w.values[0]};
  }
  sx += cx, sy += cy, sxy += cxy, sxx += cxx;
  const double covariance = sxy - sx * sy / n, variance = sxx - sx * sx / n;
  const double slope = covariance / variance;
  return {slope, sy / n - slope * sx / n};
}

std::optional<double> Deriv(const Window& w, std::span<const double>) {
  if (w.size() < 2) return std::nullopt;
  return Regress(w, w.at_ms[0]).slope;
}
std::optional<double> PredictLinear(const Window& w, std::span<const double> p) {
  if (w.size() < 2) return std::nullopt;
  const Line line = Regress(w, w.eval_ms);
  return line.slope * p[0] + line.intercept;
}

// Anchored windows begin with the last sample at or before their start, and
// are not extrapolated.
std::optional<std::span<const double>> Anchored(const Window& w) {
  if (w.size() == 0) return std::nullopt;
  const bool before = w.first > 0 && w.all_at_ms[w.first - 1] > w.start_ms - w.lookback_ms;
  const size_t from = before ? w.first - 1 : w.first;
  return w.all_values.subspan(from, w.last - from);
}
std::optional<double> AnchoredDifference(const Window& w, bool counter) {
  const auto values = Anchored(w);
  if (!values) return std::nullopt;
  return DifferenceOf(*values, counter);
}
std::optional<double> AnchoredRate(const Window& w, std::span<const double>) {
  const auto difference = AnchoredDifference(w, true);
  if (!difference) return std::nullopt;
  return *difference / w.range_seconds();
}
std::optional<double> AnchoredIncrease(const Window& w, std::span<const double>) {
  return AnchoredDifference(w, true);
}
std::optional<double> AnchoredDelta(const Window& w, std::span<const double>) {
  return AnchoredDifference(w, false);
}
std::optional<double> AnchoredChanges(const Window& w, std::span<const double>) {
  const auto values = Anchored(w);
  if (!values) return std::nullopt;
  return CountChanges(*values);
}
std::optional<double> AnchoredResets(const Window& w, std::span<const double>) {
  const auto values = Anchored(w);
  if (!values) return std::nullopt;
  return CountResets(*values);
}

/// The value on the line between two neighbours. A counter that was reset between them starts
/// from zero; what it lost is added by whoever compares its values.
double Between(const Window& w, size_t left, int64_t when, bool counter) {
  double a = w.all_values[left];
  const double b = w.all_values[left + 1];
  if (counter && b < a) a = 0;
  const auto share = static_cast<double>(when - w.all_at_ms[left]) /
                     static_cast<double>(w.all_at_ms[left + 1] - w.all_at_ms[left]);
  return a + (b - a) * share;
}

std::optional<double> SmoothedDifference(const Window& w, bool counter) {
  const bool before = w.first > 0 && w.all_at_ms[w.first - 1] > w.start_ms - w.lookback_ms;
  const bool after = w.last < w.all_at_ms.size() && w.all_at_ms[w.last] <= w.end_ms + w.lookback_ms;
  if (w.size() == 0 && !(before && after)) return std::nullopt;
  double start, end;
  if (!before) {
    start = w.values.front();
  } else if (w.all_at_ms[w.first - 1] == w.start_ms || w.first >= w.all_at_ms.size()) {
    start = w.all_values[w.first - 1];
  } else {
    start = Between(w, w.first - 1, w.start_ms, counter);
  }
  const bool on_end = w.size() > 0 && w.at_ms.back() == w.end_ms;
  if (on_end || !after) {
    end = w.values.back();
  } else if (w.last > 0 && (w.size() > 0 || before)) {
    end = Between(w, w.last - 1, w.end_ms, counter);
  } else {
    end = start;
  }
  if (!counter) return end - start;
  double lost = 0, previous = start;
  for (const double value : w.values) {
    if (value < previous) lost += previous;
    previous = value;
  }
  if (end < previous) lost += previous;
  return end - start + lost;
}
std::optional<double> SmoothedRate(const Window& w, std::span<const double>) {
  const auto difference = SmoothedDifference(w, true);
  if (!difference) return std::nullopt;
  return *difference / w.range_seconds();
}
std::optional<double> SmoothedIncrease(const Window& w, std::span<const double>) {
  return SmoothedDifference(w, true);
}
std::optional<double> SmoothedDelta(const Window& w, std::span<const double>) {
  return SmoothedDifference(w, false);
}

}  // namespace

/// The part of the table of range functions that this file holds.
const RangeFunction* FindRateFunction(std::string_view name) {
  static const std::map<std::string_view, RangeFunction> table = {
      {"rate", {Rate}},
      {"increase", {Increase}},
      {"delta", {Delta}},
      {"irate", {Irate}},
      {"idelta", {Idelta}},
      {"deriv", {Deriv}},
      {"predict_linear", {PredictLinear, false, true}},
  };
  const auto it = table.find(name);
  return it == table.end() ? nullptr : &it->second;
}

WindowFunction FindExtendedFunction(std::string_view name, RangeMode mode) {
  static const std::map<std::string_view, WindowFunction> anchored = {
      {"rate", AnchoredRate},       {"increase", AnchoredIncrease}, {"delta", AnchoredDelta},
      {"changes", AnchoredChanges}, {"resets", AnchoredResets},
  };
  static const std::map<std::string_view, WindowFunction> smoothed = {
      {"rate", SmoothedRate},
      {"increase", SmoothedIncrease},
      {"delta", SmoothedDelta},
  };
  const auto& table = mode == RangeMode::kAnchored ? anchored : smoothed;
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace hinomi::promql
