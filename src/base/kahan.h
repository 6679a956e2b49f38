#ifndef HINOMI_BASE_KAHAN_H_
#define HINOMI_BASE_KAHAN_H_

#include <cmath>

namespace hinomi {

/// Adds with Neumaier's compensation (Kahan–Babuška summation): the sum is
/// `sum + compensation`. Of an infinite sum there is nothing to compensate.
inline void KahanAdd(double increment, double& sum, double& compensation) {
  const double t = sum + increment;
  if (std::isinf(t)) {
    compensation = 0;
  } else if (std::abs(sum) >= std::abs(increment)) {
    compensation += (sum - t) + increment;
  } else {
    compensation += (increment - t) + sum;
  }
  sum = t;
}

}  // namespace hinomi

#endif  // HINOMI_BASE_KAHAN_H_
