#include "metrics/tsdb/codec/choice.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "metrics/tsdb/codec/column.h"

namespace hinomi::metrics::codec {
namespace {

constexpr size_t kMostLooks = 64;
constexpr size_t kFewLooks = 4;
// More misfits than one in so many, and a scaling is none.
constexpr size_t kMisfitsOneIn = 8;

struct Looks {
  std::array<double, kMostLooks> space;
  size_t size = 0;

  std::span<const double> values() const { return {space.data(), size}; }
};

// Finite values spread over all of them.
Looks TakeLooks(std::span<const double> values, size_t most) {
  Looks looks;
  const size_t count = std::min(values.size(), most);
  for (size_t k = 0; k < count; ++k) {
    const double value = values[k * values.size() / count];
    if (std::isfinite(value)) looks.space[looks.size++] = value;
  }
  return looks;
}

Scaling Decimal(unsigned exponent) {
  return exponent == 0 ? Scaling{Scale::kInteger, 0}
                       : Scaling{Scale::kDivide, static_cast<uint16_t>(exponent)};
}

bool Fits(Scaling scaling, double value) {
  int64_t m;
  return ToInteger(scaling, value, m);
}

// How many digits a decimal has behind the point; kMaxDecimalExponent + 1 if it
// is none. Looks around `near` first.
unsigned Digits(double value, unsigned near) {
  unsigned digits = near;
  if (digits <= kMaxDecimalExponent && Fits(Decimal(digits), value)) {
    while (digits > 0 && Fits(Decimal(digits - 1), value)) --digits;
    return digits;
  }
  for (digits = 0; digits <= kMaxDecimalExponent; ++digits)
    if (Fits(Decimal(digits), value)) break;
  return digits;
}

// The digits with which the looks take the fewest bits, misfits and all.
unsigned UsualDigits(std::span<const double> looks) {
  std::array<uint32_t, kMaxDecimalExponent + 2> count{};
  unsigned near = 0;
  unsigned most = 0;
  for (const double value : looks) {
    ++count[near = Digits(value, near)];
    most = std::max(most, std::min(near, kMaxDecimalExponent));
    // True doubles: to look at every number of digits on and on would be dear.
    if (near > kMaxDecimalExponent && count[near] * kMisfitsOneIn > looks.size()) break;
  }
  constexpr double kMisfitBits = 70;
  constexpr double kDigitBits = 3.33;
  unsigned best = 0;
  double best_bits = std::numeric_limits<double>::infinity();
  size_t fitting = 0;
  for (unsigned digits = 0; digits <= most; ++digits) {
    fitting += count[digits];
    const double bits = static_cast<double>(looks.size() - fitting) * kMisfitBits +
                        static_cast<double>(fitting) * digits * kDigitBits;
    if (bits >= best_bits) continue;
    best = digits;
    best_bits = bits;
  }
  return best;
}

// The decimal scaling that fits (nearly) all looks, if there is one.
std::optional<Scaling> LooksDecimal(std::span<const double> looks) {
  if (looks.empty()) return std::nullopt;
  Scaling best = Decimal(UsualDigits(looks));
  size_t least = CountMisfits(best, looks, looks.size());
  const auto consider = [&](Scaling scaling) {
    if (least * 32 <= looks.size()) return;
    const size_t misfits = CountMisfits(scaling, looks, least);
    if (misfits >= least) return;
    best = scaling;
    least = misfits;
  };
  for (const uint16_t exponent : std::initializer_list<uint16_t>{3, 6, 9, 2, 1})
    consider({Scale::kMultiply, exponent});
  for (const uint16_t exponent : std::initializer_list<uint16_t>{6, 12, 18})
    consider({Scale::kDivideTwice, exponent});
  if (least * kMisfitsOneIn > looks.size()) return std::nullopt;
  return best;
}

// The power of two of which all finite values are multiples, if integers of 62
// bits can say how many.
std::optional<Scaling> LooksBinary(std::span<const double> values) {
  int finest = 0;
  int highest = -2000;
  for (const double value : values) {
    if (!std::isfinite(value) || value == 0) continue;
    int exponent;
    const double fraction = std::frexp(value, &exponent);
    const auto mantissa = static_cast<uint64_t>(std::fabs(fraction) * 0x1p53);
    finest = std::max(finest, 53 - exponent - std::countr_zero(mantissa));
    highest = std::max(highest, exponent);
    if (highest + finest > 62 || finest > static_cast<int>(kMaxBinaryExponent)) return std::nullopt;
  }
  return Scaling{Scale::kBinary, static_cast<uint16_t>(finest)};
}

size_t CountFinite(std::span<const double> values) {
  return static_cast<size_t>(
      std::count_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); }));
}

// At the exceptions the numbers go on as before; in front, as after them.
void FillExceptions(ScaledValues& scaled) {
  if (scaled.exceptions.size() == scaled.numbers.size()) return;
  size_t leading = 0;
  while (leading < scaled.exceptions.size() && scaled.exceptions[leading] == leading) ++leading;
  std::fill_n(scaled.numbers.begin(), leading, scaled.numbers[leading]);
  for (const uint16_t place : std::span(scaled.exceptions).subspan(leading))
    scaled.numbers[place] = scaled.numbers[place - 1u];
}

// The values as integers; nullopt where too many do not fit.
std::optional<ScaledValues> Apply(Scaling scaling, std::span<const double> values) {
  ScaledValues scaled;
  scaled.scaling = scaling;
  scaled.numbers.resize(values.size());
  ToIntegers(scaling, values, scaled.numbers.data(), scaled.exceptions);
  if (scaled.exceptions.empty()) return scaled;
  const auto misfits = static_cast<size_t>(
      std::count_if(scaled.exceptions.begin(), scaled.exceptions.end(),
                    [&](uint16_t place) { return std::isfinite(values[place]); }));
  if (misfits * kMisfitsOneIn > CountFinite(values)) return std::nullopt;
  FillExceptions(scaled);
  return scaled;
}

// The values by their bits. NaN and infinities have bits too, but far off.
ScaledValues ApplyBits(std::span<const double> values) {
  ScaledValues scaled;
  scaled.numbers.resize(values.size());
  ToIntegers(scaled.scaling, values, scaled.numbers.data(), scaled.exceptions);
  if (CountFinite(values) == 0) return scaled;
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) scaled.exceptions.push_back(static_cast<uint16_t>(i));
  FillExceptions(scaled);
  return scaled;
}

uint64_t Distance(int64_t a, int64_t b) {
  return a > b ? static_cast<uint64_t>(a) - static_cast<uint64_t>(b)
               : static_cast<uint64_t>(b) - static_cast<uint64_t>(a);
}

// What all distances from the first number are multiples of, 0 if there are none.
uint64_t CommonStep(std::span<const int64_t> numbers) {
  uint64_t step = 0;
  for (const int64_t number : numbers) {
    const uint64_t distance = Distance(number, numbers[0]);
    if (step == 0 || distance % step != 0) step = std::gcd(step, distance);
    if (step == 1) break;
  }
  return step;
}

// The same for powers of two alone, which takes no division.
uint64_t CommonPowerOfTwo(std::span<const int64_t> numbers) {
  uint64_t bits = 0;
  for (const int64_t number : numbers) bits |= Distance(number, numbers[0]);
  return bits & (0 - bits);
}

// Brings the numbers to the steps that they all go in: pages of 4096 bytes, 0.25.
void TakeStep(ScaledValues& scaled, Effort effort) {
  const uint64_t step =
      effort == Effort::kFull ? CommonStep(scaled.numbers) : CommonPowerOfTwo(scaled.numbers);
  constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  constexpr size_t kWorthBits = 24;
  if (step <= 1 || step > kMost) return;
  if (scaled.numbers.size() * static_cast<size_t>(std::bit_width(step) - 1) < kWorthBits) return;
  const auto by = static_cast<int64_t>(step);
  const int64_t lowest = *std::min_element(scaled.numbers.begin(), scaled.numbers.end());
  int64_t offset = lowest % by;
  if (offset < 0) offset += by;
  if (lowest < std::numeric_limits<int64_t>::min() + offset) return;
  scaled.step = by;
  scaled.offset = offset;
  for (int64_t& number : scaled.numbers) number = (number - offset) / by;
}

ScaledValues ScaleTrueDoubles(std::span<const double> values, Effort effort) {
  ScaledValues bits = ApplyBits(values);
  if (effort == Effort::kFast) return bits;
  const std::optional<Scaling> binary = LooksBinary(values);
  if (!binary) return bits;
  std::optional<ScaledValues> other = Apply(*binary, values);
  if (!other || GuessColumnBits(other->numbers) >= GuessColumnBits(bits.numbers)) return bits;
  return std::move(*other);
}

}  // namespace

bool ScaledValues::ToNumber(double value, int64_t& number) const {
  int64_t m;
  if (!ToInteger(scaling, value, m)) return false;
  if (m < std::numeric_limits<int64_t>::min() + offset) return false;
  number = (m - offset) / step;
  return (m - offset) % step == 0;
}

ScaledValues ScaleValues(std::span<const double> values, Effort effort) {
  const size_t looks = effort == Effort::kFull ? kMostLooks : kFewLooks;
  std::optional<ScaledValues> scaled;
  auto decimal = LooksDecimal(TakeLooks(values, looks).values());
  if (decimal) scaled = Apply(*decimal, values);
  // Few looks may have missed a digit.
  if (decimal && !scaled && effort == Effort::kFast) {
    decimal = LooksDecimal(TakeLooks(values, kMostLooks).values());
    if (decimal) scaled = Apply(*decimal, values);
  }
  if (!scaled) scaled = ScaleTrueDoubles(values, effort);
  TakeStep(*scaled, effort);
  return std::move(*scaled);
}

}  // namespace hinomi::metrics::codec
