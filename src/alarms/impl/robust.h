#ifndef HINOMI_ALARMS_IMPL_ROBUST_H_
#define HINOMI_ALARMS_IMPL_ROBUST_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace hinomi::alarms::impl {

/// From a median absolute deviation to the standard deviation of a normal distribution.
constexpr double kMadScale = 1.4826;

/// The value below which `share` of them lie; 0 of none.
inline double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  const auto at = values.begin() + static_cast<ptrdiff_t>(rank);
  std::ranges::nth_element(values, at);
  return *at;
}

/// The mean of the two in the middle of an even number; 0 of none.
inline double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

/// The median of three: what two votes say, decided by a casting one.
inline double CastingVote(double a, double b, double casting) {
  return std::clamp(casting, std::min(a, b), std::max(a, b));
}

/// A spread of `count` observations, drawn to a broader one as if that were `weight` more.
inline double DrawnTo(double broader, double weight, double own, double count) {
  const double squares = count * own * own + weight * broader * broader;
  return std::sqrt(squares / (count + weight));
}

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_ROBUST_H_
