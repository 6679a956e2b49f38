#include "services/impl/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace hinomi::services::impl {

using ops_model::Datapoint;

namespace {

constexpr size_t kHighPeriods = 3;
constexpr size_t kLowPeriods = 15;
// AWS' margin, so that scaling in does not call for scaling out.
constexpr double kLowShare = 0.9;
// More replicas than any policy may have.
constexpr double kAbsurd = 1e6;

int RoundedUp(double count) {
  return static_cast<int>(std::ceil(std::clamp(count, 0.0, kAbsurd)));
}

bool IsFigure(const Datapoint& point) {
  return point.value && std::isfinite(*point.value);
}

}  // namespace

std::string Figure(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

double Beyond(const policy::AlarmDocument& alarm, double value) {
  const bool low = alarm.comparison == policy::Comparison::kLessThan ||
                   alarm.comparison == policy::Comparison::kLessThanOrEqual;
  return low ? alarm.threshold - value : value - alarm.threshold;
}

std::optional<double> NewestValue(const std::vector<Datapoint>& newest_first) {
  for (const Datapoint& point : newest_first)
    if (IsFigure(point)) return point.value;
  return std::nullopt;
}

int AfterStep(const std::vector<policy::ScalingStepDocument>& steps, double beyond, int present) {
  const policy::ScalingStepDocument* fits = nullptr;
  for (const policy::ScalingStepDocument& step : steps)
    if (step.beyond <= beyond) fits = &step;
  if (fits == nullptr) return present;
  if (fits->add > 0) return present + fits->add;
  const auto more = static_cast<int64_t>(present) * fits->percent / 100;
  return present + static_cast<int>(std::max<int64_t>(more, 1));
}

TargetVerdict AfterTarget(double target, const std::vector<Datapoint>& newest_first, int present) {
  TargetVerdict verdict{present, 0};
  if (!(target > 0) || present < 1) return verdict;
  std::vector<double> newest;
  for (const Datapoint& point : newest_first)
    if (newest.size() < kHighPeriods && IsFigure(point)) newest.push_back(*point.value);
  if (newest.size() == kHighPeriods &&
      std::all_of(newest.begin(), newest.end(), [&](double v) { return v > target; })) {
    verdict.value = newest.front();
    verdict.count = std::max(RoundedUp(present * newest.front() / target), present + 1);
    return verdict;
  }
  if (newest_first.size() < kLowPeriods) return verdict;
  double highest = 0;
  for (size_t i = 0; i < kLowPeriods; ++i) {
    const Datapoint& point = newest_first[i];
    if (!IsFigure(point) || *point.value >= kLowShare * target) return verdict;
    highest = std::max(highest, *point.value);
  }
  verdict.value = highest;
  if (RoundedUp(present * highest / target) < present) verdict.count = present - 1;
  return verdict;
}

Duration PauseAfterTry(int attempt) {
  const int doublings = std::clamp(attempt - 1, 0, 6);
  return std::min(Duration::Seconds(int64_t{1} << doublings), Duration::Seconds(60));
}

}  // namespace hinomi::services::impl
