#include "metrics/tsdb/log_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

// value      tag bytes
// tag        length | scale * 16 | 0x80 where it is negative
// scale 0    the first `length` bytes of the double, from the sign on; the others
//            are 0. Never negative by the tag
// scale s    a whole number of `length` bytes, the lowest first, / 10^(s - 1)
namespace hinomi::metrics {
namespace {

constexpr size_t kMostValueBytes = 9;
constexpr uint8_t kLengthMask = 0x0F;
constexpr uint8_t kNegative = 0x80;
constexpr size_t kMostWholeBytes = 6;
constexpr double kWholeLimit = 0x1p48;
constexpr std::array<double, 7> kTens{1, 10, 100, 1000, 1e4, 1e5, 1e6};
// Few numbers have more digits behind the point, and those of one digit less are
// found as well: so a double that is none of these is found out by four trials.
constexpr std::array<uint8_t, 4> kTrials{0, 2, 3, 6};

static_assert(std::endian::native == std::endian::little);

struct Whole {
  uint64_t number = 0;
  uint8_t exponent = 0;
};

/// Finds number / 10^exponent that is `magnitude` to the last bit; false if none is.
bool FindWhole(double magnitude, Whole& whole) {
  for (const uint8_t exponent : kTrials) {
    const double scaled = magnitude * kTens[exponent];
    if (!(scaled < kWholeLimit)) return false;  // Also not a number.
    whole.number = static_cast<uint64_t>(scaled + 0.5);
    whole.exponent = exponent;
    const auto rounded = static_cast<double>(whole.number);
    // Spares most of the divisions: the product of a decimal is that near.
    if (std::fabs(rounded - scaled) > scaled * 0x1p-51) continue;
    if (rounded / kTens[exponent] == magnitude) return true;
  }
  return false;
}

/// Where the bytes of the value end; there is room for kMostValueBytes.
char* PutValue(double value, char* at) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto length = static_cast<size_t>(8 - std::countr_zero(bits) / 8);
  Whole whole;
  const double magnitude = std::fabs(value);
  // Zero, in no bytes at all, is best as it is; so is the negative one.
  if (magnitude != 0 && FindWhole(magnitude, whole)) {
    const auto bytes = static_cast<size_t>((std::bit_width(whole.number) + 7) / 8);
    if (bytes <= length && bytes <= kMostWholeBytes) {
      *at++ = static_cast<char>(bytes | static_cast<size_t>(whole.exponent + 1) << 4 |
                                (value < 0 ? kNegative : 0));
      std::memcpy(at, &whole.number, sizeof(whole.number));
      return at + bytes;
    }
  }
  *at++ = static_cast<char>(length);
  const uint64_t first = length == 0 ? 0 : bits >> (64 - 8 * length);
  std::memcpy(at, &first, sizeof(first));
  return at + length;
}

/// The value at `at`, which goes on behind it; false if it is damaged or cut.
bool TakeValue(const char*& at, const char* end, double& value) {
  if (at == end) return false;
  const auto tag = static_cast<uint8_t>(*at++);
  const size_t length = tag & kLengthMask;
  const size_t scale = (tag & ~kNegative) >> 4;
  if (length > (scale == 0 ? 8 : kMostWholeBytes) || (tag & kNegative && scale == 0)) return false;
  const auto left = static_cast<size_t>(end - at);
  if (length > left) return false;
  uint64_t number = 0;
  std::memcpy(&number, at, std::min(left, sizeof(number)));
  // Without what follows.
  number = length == 0 ? 0 : number << (64 - 8 * length);
  at += length;
  if (scale == 0) {
    value = std::bit_cast<double>(number);
    return true;
  }
  const double magnitude =
      static_cast<double>(length == 0 ? 0 : number >> (64 - 8 * length)) / kTens[scale - 1];
  value = tag & kNegative ? -magnitude : magnitude;
  return true;
}

}  // namespace

void AppendLogValues(std::span<const double> values, std::string& out) {
  const size_t before = out.size();
  out.resize(before + values.size() * kMostValueBytes);
  char* at = out.data() + before;
  for (const double value : values) at = PutValue(value, at);
  out.resize(static_cast<size_t>(at - out.data()));
}

void ReadLogValues(ByteReader& in, std::span<double> values) {
  const std::string_view bytes = in.Rest();
  const char* at = bytes.data();
  for (double& value : values) {
    if (TakeValue(at, bytes.data() + bytes.size(), value)) continue;
    in.Fail();
    return;
  }
  (void)in.Bytes(static_cast<uint64_t>(at - bytes.data()));
}

}  // namespace hinomi::metrics
