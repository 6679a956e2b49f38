#include <algorithm>
#include <cmath>
#include <functional>

#include "promql/obvious_parts_testing.h"

// Functions of range vectors, one window after the other.
namespace hinomi::promql::obvious {

double Between(const metrics::Sample& a, const metrics::Sample& b, int64_t at_ms, bool counter) {
  const double from = counter && b.value < a.value ? 0 : a.value;
  const auto share = static_cast<double>(at_ms - a.at_ms) / static_cast<double>(b.at_ms - a.at_ms);
  return from + (b.value - from) * share;
}

std::optional<Window> Extended(const Window& window, const Windows& windows, bool counter) {
  const int64_t start_ms = windows.start_ms, end_ms = windows.end_ms;
  std::optional<metrics::Sample> before, after;
  std::vector<metrics::Sample> inside;
  for (const metrics::Sample& sample : window.samples) {
    if (sample.at_ms <= start_ms) before = sample;
    if (sample.at_ms > start_ms && sample.at_ms <= end_ms) inside.push_back(sample);
    if (sample.at_ms > end_ms && !after) after = sample;
  }
  if (inside.empty() && !(before && after)) return std::nullopt;
  // All of them in one row: the edges lie between neighbours.
  std::vector<metrics::Sample> row = inside;
  if (before) row.insert(row.begin(), *before);
  if (after) row.push_back(*after);
  const bool smoothed = windows.mode == RangeMode::kSmoothed;
  double left = row.front().value, right = row.back().value;
  if (smoothed && before && before->at_ms < start_ms)
    left = Between(row[0], row[1], start_ms, counter);
  if (smoothed && after) right = Between(row[row.size() - 2], row.back(), end_ms, counter);
  if (!inside.empty() && inside.back().at_ms == end_ms) {
    right = inside.back().value;
    inside.pop_back();
  }
  Window out{window.labels, window.drop_name, {{start_ms, left}}};
  out.samples.insert(out.samples.end(), inside.begin(), inside.end());
  out.samples.push_back({end_ms, right});
  return out;
}

namespace {

using Samples = std::vector<metrics::Sample>;

/// What a function sees of one element.
struct OneWindow {
  Evaluation& evaluation;
  const Samples& samples;  ///< One at least.
  int64_t start_ms, end_ms;
  int64_t at_ms;                ///< The time of the evaluation.
  std::vector<double> scalars;  ///< The other arguments.
  RangeMode mode;               ///< Unless plain, `samples` begin and end with the window.

  std::vector<double> Values() const {
    std::vector<double> values;
    for (const metrics::Sample& sample : samples) values.push_back(sample.value);
    return values;
  }
  const metrics::Sample& first() const { return samples.front(); }
  const metrics::Sample& last() const { return samples.back(); }
};
using Outcome = std::optional<double>;

double Seconds(int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

/// Whether a counter began anew between two samples.
bool IsReset(Evaluation& evaluation, double before, double after) {
  evaluation.Decide(before, after);
  return after < before;
}

/// The difference of the ends; of a counter with what it lost at resets.
double Difference(const OneWindow& w, bool counter) {
  double difference = w.last().value - w.first().value;
  for (size_t i = 1; counter && i < w.samples.size(); ++i) {
    const double before = w.samples[i - 1].value;
    if (IsReset(w.evaluation, before, w.samples[i].value)) difference += before;
  }
  for (const double value : w.Values())  // Digits are lost beside large numbers.
    if (!IsExact(value) && std::abs(value) > 1e5 * std::abs(difference)) w.evaluation.LeaveOpen();
  return difference;
}

/// The difference as far as the window goes: to its edge if that is nearer than 1.1 average
/// intervals, else half an interval further; a counter not beyond its zero. In `seconds`.
Outcome Extrapolate(const OneWindow& w, bool counter, double seconds = 1) {
  if (w.mode != RangeMode::kPlain) return Difference(w, counter) / seconds;
  if (w.samples.size() < 2) return std::nullopt;
  const double difference = Difference(w, counter);
  const double covered = Seconds(w.last().at_ms - w.first().at_ms);
  const double interval = covered / static_cast<double>(w.samples.size() - 1);
  double before = Seconds(w.first().at_ms - w.start_ms);
  double after = Seconds(w.end_ms - w.last().at_ms);
  if (before >= interval * 1.1) before = interval / 2;
  if (after >= interval * 1.1) after = interval / 2;
  if (counter && difference > 0 && w.first().value >= 0)
    before = std::min(before, covered * (w.first().value / difference));
  return difference * ((covered + before + after) / covered / seconds);
}

Outcome BetweenLastTwo(const OneWindow& w, bool rate) {
  if (w.samples.size() < 2) return std::nullopt;
  const metrics::Sample &last = w.last(), &before = w.samples[w.samples.size() - 2];
  w.evaluation.Decide(last.value, before.value);
  if (!rate) return last.value - before.value;
  const double increase = last.value < before.value ? last.value : last.value - before.value;
  return increase / Seconds(last.at_ms - before.at_ms);
}

struct Straight {
  double slope, at_origin;
};

/// Least squares.
Straight LineThrough(const OneWindow& w, int64_t origin_ms) {
  const double first = w.first().value;
  const bool level = std::all_of(w.samples.begin(), w.samples.end(),
                                 [&](const metrics::Sample& s) { return s.value == first; });
  if (level) return std::isinf(first) ? Straight{kNoNumber, kNoNumber} : Straight{0, first};
  w.evaluation.Round();
  const auto n = static_cast<long double>(w.samples.size());
  long double x_mean = 0, y_mean = 0, most = 0;
  for (const metrics::Sample& s : w.samples) {
    x_mean += Seconds(s.at_ms - origin_ms) / n;
    y_mean += s.value / n;
    most = std::max<long double>(most, std::abs(s.value));
  }
  long double covariance = 0, variance = 0;
  for (const metrics::Sample& s : w.samples) {
    const long double x = Seconds(s.at_ms - origin_ms) - x_mean;
    covariance += x * (s.value - y_mean);
    variance += x * x;
  }
  const long double slope = covariance / variance;
  // What is lost where large numbers are subtracted.
  const long double reach = Seconds(w.last().at_ms - w.first().at_ms);
  if (std::abs(slope) * reach < most * 1e-4L || most > 1e290L) w.evaluation.LeaveOpen();
  if (std::isfinite(slope) && most < 1e-290L) w.evaluation.LeaveOpen();
  const long double at_origin = y_mean - slope * x_mean;
  if (std::abs(at_origin) < std::abs(y_mean) * 1e-4L) w.evaluation.LeaveOpen();
  return {static_cast<double>(slope), static_cast<double>(at_origin)};
}

Outcome Deriv(const OneWindow& w) {
  if (w.samples.size() < 2) return std::nullopt;
  return LineThrough(w, w.first().at_ms).slope;
}

Outcome PredictLinear(const OneWindow& w) {
  if (w.samples.size() < 2) return std::nullopt;
  const Straight line = LineThrough(w, w.at_ms);
  const double ahead = line.slope * w.scalars[0];
  const double found = ahead + line.at_origin;
  if (std::abs(found) < 1e-4 * std::abs(ahead)) w.evaluation.LeaveOpen();
  return found;
}

Outcome DoubleExponentialSmoothing(const OneWindow& w) {
  if (w.samples.size() < 2) return std::nullopt;
  const double smoothing = w.scalars[0], trending = w.scalars[1];
  double level = w.samples[0].value, trend = w.samples[1].value - w.samples[0].value;
  for (size_t i = 1; i < w.samples.size(); ++i) {
    const double was = level;
    level = smoothing * w.samples[i].value + (1 - smoothing) * (level + trend);
    trend = trending * (level - was) + (1 - trending) * trend;
  }
  return level;
}

Outcome Changes(const OneWindow& w) {
  double changes = 0;
  for (size_t i = 1; i < w.samples.size(); ++i) {
    const double a = w.samples[i - 1].value, b = w.samples[i].value;
    w.evaluation.Decide(a, b);
    const bool same = a == b || (std::isnan(a) && std::isnan(b));
    changes += same ? 0 : 1;
  }
  return changes;
}

Outcome Resets(const OneWindow& w) {
  double resets = 0;
  for (size_t i = 1; i < w.samples.size(); ++i)
    resets += IsReset(w.evaluation, w.samples[i - 1].value, w.samples[i].value) ? 1 : 0;
  return resets;
}

Outcome MedianDeviation(const OneWindow& w) {
  std::vector<double> values = w.Values();
  for (const double value : values)
    if (std::isnan(value)) return kNoNumber;
  const double median = QuantileOf(0.5, values);
  for (double& value : values) value = std::abs(value - median);
  return QuantileOf(0.5, values);
}

/// When the least or greatest value was last reached.
Outcome TimeOf(const OneWindow& w, double value) {
  Outcome at;
  for (const metrics::Sample& sample : w.samples) {
    w.evaluation.Decide(sample.value, value);
    if (sample.value == value || std::isnan(value)) at = Seconds(sample.at_ms);
  }
  return at;
}

using Function = std::function<Outcome(const OneWindow&)>;

const std::map<std::string, Function>& Functions() {
  static const auto* functions = new std::map<std::string, Function>{
      {"rate",
       [](const OneWindow& w) { return Extrapolate(w, true, Seconds(w.end_ms - w.start_ms)); }},
      {"increase", [](const OneWindow& w) { return Extrapolate(w, true); }},
      {"delta", [](const OneWindow& w) { return Extrapolate(w, false); }},
      {"irate", [](const OneWindow& w) { return BetweenLastTwo(w, true); }},
      {"idelta", [](const OneWindow& w) { return BetweenLastTwo(w, false); }},
      {"deriv", Deriv},
      {"predict_linear", PredictLinear},
      {"double_exponential_smoothing", DoubleExponentialSmoothing},
      {"changes", Changes},
      {"resets", Resets},
      {"sum_over_time", [](const OneWindow& w) { return SumOf(w.evaluation, w.Values()); }},
      {"avg_over_time", [](const OneWindow& w) { return MeanOf(w.evaluation, w.Values()); }},
      {"min_over_time", [](const OneWindow& w) { return LeastOf(w.Values()); }},
      {"max_over_time", [](const OneWindow& w) { return GreatestOf(w.Values()); }},
      {"count_over_time", [](const OneWindow& w) { return static_cast<double>(w.samples.size()); }},
      {"present_over_time", [](const OneWindow&) { return 1.0; }},
      {"stdvar_over_time", [](const OneWindow& w) { return VarianceOf(w.evaluation, w.Values()); }},
      {"stddev_over_time",
       [](const OneWindow& w) { return std::sqrt(VarianceOf(w.evaluation, w.Values())); }},
      {"quantile_over_time",
       [](const OneWindow& w) { return QuantileOf(w.scalars[0], w.Values()); }},
      {"mad_over_time", MedianDeviation},
      {"last_over_time", [](const OneWindow& w) { return w.last().value; }},
      {"first_over_time", [](const OneWindow& w) { return w.first().value; }},
      {"ts_of_last_over_time", [](const OneWindow& w) { return Seconds(w.last().at_ms); }},
      {"ts_of_first_over_time", [](const OneWindow& w) { return Seconds(w.first().at_ms); }},
      {"ts_of_min_over_time", [](const OneWindow& w) { return TimeOf(w, LeastOf(w.Values())); }},
      {"ts_of_max_over_time", [](const OneWindow& w) { return TimeOf(w, GreatestOf(w.Values())); }},
  };
  return *functions;
}

/// Which functions know of anchored and smoothed ranges.
Status CheckMode(const std::string& name, RangeMode mode) {
  const bool rate = name == "rate" || name == "increase" || name == "delta";
  const bool counts = name == "changes" || name == "resets";
  if (mode == RangeMode::kPlain || rate || (counts && mode == RangeMode::kAnchored)) return {};
  return InvalidArgument("not with anchored or smoothed ranges");
}

Result<Elements> AbsentOverTime(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  HN_TRY(const Windows windows, evaluation.Range(*call.arguments[0], at_ms));
  HN_TRY_VOID(CheckMode(call.function, windows.mode));
  if (!windows.elements.empty()) return Elements();
  return Elements{{LabelsWithoutValue(*call.arguments[0]), false, 1}};
}

}  // namespace

Result<std::optional<Elements>> CallOverRange(Evaluation& evaluation, const Call& call,
                                              int64_t at_ms) {
  if (call.function == "absent_over_time") {
    HN_TRY(Elements absent, AbsentOverTime(evaluation, call, at_ms));
    return std::optional(std::move(absent));
  }
  const auto function = Functions().find(call.function);
  if (function == Functions().end()) return std::optional<Elements>();
  Windows windows;
  std::vector<double> scalars;
  for (const ExprPtr& argument : call.arguments) {
    if (argument->type == ValueType::kMatrix) {
      HN_TRY(windows, evaluation.Range(*argument, at_ms));
    } else {
      HN_TRY(const double scalar, evaluation.Scalar(*argument, at_ms));
      scalars.push_back(scalar);
    }
  }
  const std::string& name = call.function;
  HN_TRY_VOID(CheckMode(name, windows.mode));
  const bool keeps_name = name == "last_over_time" || name == "first_over_time";
  const bool counter = name == "rate" || name == "increase";
  Elements out;
  for (const Window& found : windows.elements) {
    const bool plain = windows.mode == RangeMode::kPlain;
    const auto window = plain ? std::optional(found) : Extended(found, windows, counter);
    if (!window) continue;
    const Outcome value = function->second({evaluation, window->samples, windows.start_ms,
                                            windows.end_ms, at_ms, scalars, windows.mode});
    if (value) out.push_back({found.labels, !keeps_name || found.drop_name, *value});
  }
  return std::optional(std::move(out));
}

}  // namespace hinomi::promql::obvious
