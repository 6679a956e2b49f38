#pragma once

#include <cstdint>

namespace hinomi::bench {

/// splitmix64: one state per series, so that the data does not depend on the order in
/// which series are generated, nor on a library's idea of a distribution.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Bits() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// In [0, 1).
  double Uniform() { return static_cast<double>(Bits() >> 11) * 0x1.0p-53; }

  /// Roughly normal around 0, standard deviation 0.577, never beyond 2.
  double Bell() { return Uniform() + Uniform() + Uniform() + Uniform() - 2; }

 private:
  uint64_t state_;
};

}  // namespace hinomi::bench
