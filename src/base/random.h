#ifndef HINOMI_BASE_RANDOM_H_
#define HINOMI_BASE_RANDOM_H_

#include <cstdint>

namespace hinomi {

/// Seeded pseudo-random numbers (SplitMix64, Steele et al. 2014) for jitter,
/// sampling and the simulator: the same seed gives the same run. Never for
/// secrets; those come from `os/entropy.h`.
class Random {
  __extension__ using Wide = unsigned __int128;

 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// Uniform in [0, bound); bound > 0.
  uint64_t Below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<Wide>(Next()) * bound) >> 64);
  }
  /// Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  /// True `percent` times in a hundred.
  bool Percent(uint64_t percent) { return Below(100) < percent; }

 private:
  uint64_t state_;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_RANDOM_H_
