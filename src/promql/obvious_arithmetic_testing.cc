#include <algorithm>
#include <cmath>

#include "promql/obvious_parts_testing.h"

namespace hinomi::promql::obvious {
namespace {

/// Values so far apart that a sum of them depends on its order, or that leave what doubles hold.
bool AreFarApart(const std::vector<double>& values, long double sum) {
  long double most = 0;
  for (const double value : values) most = std::max<long double>(most, std::abs(value));
  return most > 1e300L || most > std::abs(sum) * 1e6L;
}

/// `long double` has eleven bits and a larger range more than what the engine adds in, so that
/// no compensation and no running mean is needed.
long double LongSum(Evaluation& evaluation, const std::vector<double>& values) {
  long double sum = 0;
  bool exact = true;
  for (const double value : values) {
    sum += value;
    exact = exact && IsExact(value);
  }
  if (!exact && std::isfinite(sum) && AreFarApart(values, sum)) evaluation.LeaveOpen();
  return sum;
}

}  // namespace

double SumOf(Evaluation& evaluation, const std::vector<double>& values) {
  return static_cast<double>(LongSum(evaluation, values));
}

double MeanOf(Evaluation& evaluation, const std::vector<double>& values) {
  return static_cast<double>(LongSum(evaluation, values) / static_cast<long double>(values.size()));
}

double VarianceOf(Evaluation& evaluation, const std::vector<double>& values) {
  evaluation.Round();
  const auto n = static_cast<long double>(values.size());
  const long double mean = LongSum(evaluation, values) / n;
  long double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  // A running variance of numbers that are nearly equal, or that squared are no doubles.
  if (std::isfinite(sum) && (sum / n < mean * mean * 1e-6L || sum > 1e300L || sum < 1e-290L))
    evaluation.LeaveOpen();
  return static_cast<double>(sum / n);
}

double QuantileOf(double q, std::vector<double> values) {
  if (values.empty() || std::isnan(q)) return kNoNumber;
  if (q < 0) return -kEndless;
  if (q > 1) return kEndless;
  // NaN is less than everything.
  const auto numbers =
      std::partition(values.begin(), values.end(), [](double v) { return std::isnan(v); });
  std::sort(numbers, values.end());
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(rank));
  const double low = values[below], high = values[std::min(below + 1, values.size() - 1)];
  const double share = rank - std::floor(rank);
  return low * (1 - share) + high * share;
}

double LeastOf(const std::vector<double>& values) {
  double least = kNoNumber;
  for (const double value : values)
    if (std::isnan(least) || value < least) least = value;
  return least;
}

double GreatestOf(const std::vector<double>& values) {
  double greatest = kNoNumber;
  for (const double value : values)
    if (std::isnan(greatest) || value > greatest) greatest = value;
  return greatest;
}

}  // namespace hinomi::promql::obvious
