#include "metrics/tsdb/codec/scaling.h"

#include <array>
#include <bit>
#include <cmath>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace hinomi::metrics::codec {
namespace {

constexpr std::array<double, kMaxDecimalExponent + 1> kPowers{
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::array<double, kMaxDecimalExponent + 1> kInverses{
    1e-0,  1e-1,  1e-2,  1e-3,  1e-4,  1e-5,  1e-6,  1e-7,  1e-8,  1e-9,  1e-10, 1e-11,
    1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21, 1e-22};

// Integers that are divided or multiplied lie within 2^51, which SSE2 can turn
// into doubles two at a time: as the low bits of a double's fraction.
constexpr double kNarrow = 0x1p51;
constexpr double kWide = 0x1p63;
double FromNarrow(int64_t m) {
  constexpr double kMiddle = 0x1.8p52;
  return std::bit_cast<double>(static_cast<uint64_t>(m) + std::bit_cast<uint64_t>(kMiddle)) -
         kMiddle;
}
struct Wide {
  double operator()(int64_t m) const { return static_cast<double>(m); }
};

// Below 2^63 in size.
int64_t Nearest(double value) {
#ifdef __SSE2__
  return _mm_cvtsd_si64(_mm_set_sd(value));  // llrint() is a call that sets errno.
#else
  return std::llrint(value);
#endif
}

double PowerOfTwo(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(1023 + exponent) << 52);
}

// The two directions of a scaling.
template <typename Down>
struct Arithmetic {
  double up;
  double limit;  // Of what `up` makes of a value.
  Down down;

  double ToDouble(int64_t m) const { return down(m); }
  bool ToInteger(double value, int64_t& m) const {
    const double scaled = value * up;
    if (!(std::fabs(scaled) < limit)) return false;  // NaN too.
    m = Nearest(scaled);
    return std::bit_cast<uint64_t>(down(m)) == std::bit_cast<uint64_t>(value);
  }
};

struct BitsArithmetic {
  double ToDouble(int64_t m) const { return FromOrderedBits(m); }
  bool ToInteger(double value, int64_t& m) const {
    m = OrderedBits(value);
    return true;
  }
};

// Calls use(arithmetic): the loops over values know what they do.
template <typename Use>
auto With(Scaling scaling, Use use) {
  const auto decimal = [&](auto down) {
    return use(Arithmetic<decltype(down)>{kPowers[scaling.exponent], kNarrow, down});
  };
  switch (scaling.scale) {
    case Scale::kBits:
      break;
    case Scale::kInteger:
      return use(Arithmetic<Wide>{1, kWide, {}});
    case Scale::kDivide:
      return decimal([p = kPowers[scaling.exponent]](int64_t m) { return FromNarrow(m) / p; });
    case Scale::kMultiply:
      return decimal([p = kInverses[scaling.exponent]](int64_t m) { return FromNarrow(m) * p; });
    case Scale::kDivideTwice:
      return decimal(
          [p = kPowers[scaling.exponent / 2]](int64_t m) { return FromNarrow(m) / p / p; });
    case Scale::kBinary: {
      const auto down = [p = PowerOfTwo(-scaling.exponent)](int64_t m) {
        return static_cast<double>(m) * p;
      };
      return use(Arithmetic<decltype(down)>{PowerOfTwo(scaling.exponent), kWide, down});
    }
  }
  return use(BitsArithmetic{});
}

}  // namespace

bool IsValid(Scaling scaling) {
  switch (scaling.scale) {
    case Scale::kBits:
    case Scale::kInteger:
      return scaling.exponent == 0;
    case Scale::kDivide:
    case Scale::kMultiply:
      return scaling.exponent <= kMaxDecimalExponent;
    case Scale::kDivideTwice:
      return scaling.exponent <= kMaxDecimalExponent && scaling.exponent % 2 == 0;
    case Scale::kBinary:
      return scaling.exponent <= kMaxBinaryExponent;
  }
  return false;
}

double ToDouble(Scaling scaling, int64_t m) {
  return With(scaling, [m](const auto& arithmetic) { return arithmetic.ToDouble(m); });
}

void ToDoubles(Scaling scaling, std::span<const int64_t> m, double* values) {
  // In blocks of a known length, which the compiler vectorises.
  constexpr size_t kBlock = 8;
  With(scaling, [&](const auto& arithmetic) {
    size_t i = 0;
    for (; i + kBlock <= m.size(); i += kBlock)
      for (size_t j = 0; j < kBlock; ++j) values[i + j] = arithmetic.ToDouble(m[i + j]);
    for (; i < m.size(); ++i) values[i] = arithmetic.ToDouble(m[i]);
  });
}

bool ToInteger(Scaling scaling, double value, int64_t& m) {
  return With(scaling, [&](const auto& arithmetic) { return arithmetic.ToInteger(value, m); });
}

size_t CountMisfits(Scaling scaling, std::span<const double> values, size_t limit) {
  return With(scaling, [&](const auto& arithmetic) {
    size_t misfits = 0;
    int64_t m;
    for (const double value : values)
      if (!arithmetic.ToInteger(value, m) && ++misfits > limit) break;
    return misfits;
  });
}

void ToIntegers(Scaling scaling, std::span<const double> values, int64_t* m,
                std::vector<uint16_t>& misfits) {
  With(scaling, [&](const auto& arithmetic) {
    for (size_t i = 0; i < values.size(); ++i)
      if (!arithmetic.ToInteger(values[i], m[i])) misfits.push_back(static_cast<uint16_t>(i));
  });
}

}  // namespace hinomi::metrics::codec
