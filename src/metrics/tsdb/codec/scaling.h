#ifndef HINOMI_METRICS_TSDB_CODEC_SCALING_H_
#define HINOMI_METRICS_TSDB_CODEC_SCALING_H_

#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace hinomi::metrics::codec {

/// How an integer m stands for a double. Kept on disk. Decimals are divided,
/// since that is how the nearest double of a short decimal is found; exporters
/// that count in milliseconds or microseconds leave the marks of their own
/// arithmetic in the last bit, hence the others.
enum class Scale : uint8_t {
  kBits = 0,         ///< the double's bits in an order that follows the numbers'
  kInteger = 1,      ///< m
  kDivide = 2,       ///< m / 10^exponent
  kMultiply = 3,     ///< m * 10^-exponent, that power rounded
  kDivideTwice = 4,  ///< m / 10^(exponent/2) / 10^(exponent/2)
  kBinary = 5,       ///< m * 2^-exponent
};
inline constexpr uint8_t kScales = 6;
inline constexpr unsigned kMaxDecimalExponent = 22;  ///< 10^22 is the last exact power.
inline constexpr unsigned kMaxBinaryExponent = 1000;

struct Scaling {
  Scale scale = Scale::kBits;
  uint16_t exponent = 0;
};

bool IsValid(Scaling scaling);

double ToDouble(Scaling scaling, int64_t m);
void ToDoubles(Scaling scaling, std::span<const int64_t> m, double* values);

/// True, and `m`, if some integer stands for exactly this double, bit for bit.
bool ToInteger(Scaling scaling, double value, int64_t& m);

/// How many of `values` have no such integer; counts no further than limit + 1.
size_t CountMisfits(Scaling scaling, std::span<const double> values, size_t limit);

/// The integers of all values. Appends the places of those without one, where
/// anything may stand.
void ToIntegers(Scaling scaling, std::span<const double> values, int64_t* m,
                std::vector<uint16_t>& misfits);

/// The same order as the numbers', with neighbours differing by 1: a negative
/// double's bits are turned round. Its own inverse.
inline int64_t OrderedBits(double value) {
  const auto bits = std::bit_cast<int64_t>(value);
  return bits ^ (bits < 0 ? std::numeric_limits<int64_t>::max() : 0);
}
inline double FromOrderedBits(int64_t ordered) {
  return std::bit_cast<double>(ordered ^ (ordered < 0 ? std::numeric_limits<int64_t>::max() : 0));
}

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_SCALING_H_
