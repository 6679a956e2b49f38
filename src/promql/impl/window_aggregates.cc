#include <algorithm>
#include <cmath>
#include <map>

#include "base/kahan.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/window.h"

namespace hinomi::promql {

double SumOfValues(std::span<const double> values) {
  double sum = 0, compensation = 0;
  for (const double v : values) KahanAdd(v, sum, compensation);
  return std::isinf(sum) ? sum : sum + compensation;
}

double AverageOfValues(std::span<const double> values) {
  double sum = values[0], compensation = 0, mean = 0;
  bool incremental = false;
  for (size_t i = 1; i < values.size(); ++i) {
    const auto n = static_cast<double>(i + 1);
    if (!incremental) {
      double next = sum, next_compensation = compensation;
      KahanAdd(values[i], next, next_compensation);
      if (!std::isinf(next)) {
        sum = next;
        compensation = next_compensation;
        continue;
      }
      // The sum overflows: go on with a running mean.
      incremental = true;
      mean = sum / (n - 1);
      compensation /= n - 1;
    }
    const double share = (n - 1) / n;
    mean *= share;
    compensation *= share;
    KahanAdd(values[i] / n, mean, compensation);
  }
  if (incremental) return mean + compensation;
  const auto n = static_cast<double>(values.size());
  return sum / n + compensation / n;
}

namespace {

using Parameters = std::span<const double>;
using Value = std::optional<double>;

Value SumOverTime(const Window& w, Parameters) {
  return SumOfValues(w.values);
}
Value AvgOverTime(const Window& w, Parameters) {
  return AverageOfValues(w.values);
}

Value MinOverTime(const Window& w, Parameters) {
  double least = w.values[0];
  for (const double v : w.values) {
    if (v < least || std::isnan(least)) least = v;
  }
  return least;
}
Value MaxOverTime(const Window& w, Parameters) {
  double most = w.values[0];
  for (const double v : w.values) {
    if (v > most || std::isnan(most)) most = v;
  }
  return most;
}
Value CountOverTime(const Window& w, Parameters) {
  return static_cast<double>(w.size());
}
Value PresentOverTime(const Window&, Parameters) {
  return 1.0;
}
Value LastOverTime(const Window& w, Parameters) {
  return w.values.back();
}
Value FirstOverTime(const Window& w, Parameters) {
  return w.values.front();
}
Value Changes(const Window& w, Parameters) {
  return CountChanges(w.values);
}
Value Resets(const Window& w, Parameters) {
  return CountResets(w.values);
}

/// Welford's method, each sum compensated.
double Variance(std::span<const double> values) {
  double count = 0, mean = 0, mean_c = 0, sum = 0, sum_c = 0;
  for (const double v : values) {
    count += 1;
    const double delta = v - (mean + mean_c);
    KahanAdd(delta / count, mean, mean_c);
    KahanAdd(delta * (v - (mean + mean_c)), sum, sum_c);
  }
  return (sum + sum_c) / count;
}
Value StdvarOverTime(const Window& w, Parameters) {
  return Variance(w.values);
}
Value StddevOverTime(const Window& w, Parameters) {
  return std::sqrt(Variance(w.values));
}

Value QuantileOverTime(const Window& w, Parameters p) {
  std::vector<double> values(w.values.begin(), w.values.end());
  return Quantile(p[0], values);
}
Value MadOverTime(const Window& w, Parameters) {
  // A NaN has no place among the others, and with it neither has the median.
  for (const double v : w.values) {
    if (std::isnan(v)) return kNan;
  }
  std::vector<double> values(w.values.begin(), w.values.end());
  const double median = Quantile(0.5, values);
  for (double& v : values) v = std::abs(v - median);
  return Quantile(0.5, values);
}

double SecondsOf(const Window& w, size_t i) {
  return static_cast<double>(w.at_ms[i]) / 1000;
}
Value TsOfFirst(const Window& w, Parameters) {
  return SecondsOf(w, 0);
}
Value TsOfLast(const Window& w, Parameters) {
  return SecondsOf(w, w.size() - 1);
}
Value TsOfMin(const Window& w, Parameters) {
  size_t found = 0;
  for (size_t i = 1; i < w.size(); ++i) {
    if (w.values[i] <= w.values[found] || std::isnan(w.values[found])) found = i;
  }
  return SecondsOf(w, found);
}
Value TsOfMax(const Window& w, Parameters) {
  size_t found = 0;
  for (size_t i = 1; i < w.size(); ++i) {
    if (w.values[i] >= w.values[found] || std::isnan(w.values[found])) found = i;
  }
  return SecondsOf(w, found);
}

/// Holt's linear method: p = smoothing factor, trend factor.
Value DoubleExponentialSmoothing(const Window& w, Parameters p) {
  if (w.size() < 2) return std::nullopt;
  const double smoothing = p[0], trend_factor = p[1];
  double before = 0, level = w.values[0], trend = w.values[1] - w.values[0];
  for (size_t i = 1; i < w.size(); ++i) {
    if (i > 1) trend = trend_factor * (level - before) + (1 - trend_factor) * trend;
    const double next = smoothing * w.values[i] + (1 - smoothing) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}

}  // namespace

const RangeFunction* FindRangeFunction(std::string_view name) {
  static const std::map<std::string_view, RangeFunction> table = {
      {"sum_over_time", {SumOverTime}},
      {"avg_over_time", {AvgOverTime}},
      {"min_over_time", {MinOverTime}},
      {"max_over_time", {MaxOverTime}},
      {"count_over_time", {CountOverTime}},
      {"present_over_time", {PresentOverTime}},
      {"last_over_time", {LastOverTime, true}},
      {"first_over_time", {FirstOverTime, true}},
      {"stdvar_over_time", {StdvarOverTime}},
      {"stddev_over_time", {StddevOverTime}},
      {"quantile_over_time", {QuantileOverTime}},
      {"mad_over_time", {MadOverTime}},
      {"ts_of_first_over_time", {TsOfFirst}},
      {"ts_of_last_over_time", {TsOfLast}},
      {"ts_of_min_over_time", {TsOfMin}},
      {"ts_of_max_over_time", {TsOfMax}},
      {"changes", {Changes}},
      {"resets", {Resets}},
      {"double_exponential_smoothing", {DoubleExponentialSmoothing}},
      {"holt_winters", {DoubleExponentialSmoothing}},
  };
  const auto it = table.find(name);
  return it == table.end() ? FindRateFunction(name) : &it->second;
}

}  // namespace hinomi::promql
