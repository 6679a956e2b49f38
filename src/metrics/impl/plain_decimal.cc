#include "metrics/impl/plain_decimal.h"

#include <cstdint>

namespace hinomi::metrics {
namespace {

// Whole numbers up to 2^53 and these powers are exact as doubles, so that their
// product or quotient is rounded once, as the decimal itself would be.
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kMostPower = 22;
constexpr uint64_t kMostExact = uint64_t{1} << 53;
constexpr int kMostDigits = 18;  // Of whose number there is no overflow.

/// Digits that add up to one number.
struct DigitRun {
  uint64_t number = 0;
  int digits = 0;

  const char* Take(const char* at, const char* end) {
    for (; at != end; ++at) {
      const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*at)) - '0';
      if (digit > 9) break;
      number = number * 10 + digit;
      if (++digits > kMostDigits) break;
    }
    return at;
  }
};

}  // namespace

std::optional<double> ParsePlainDecimal(std::string_view text) {
  const auto value = TakePlainDecimal(text);
  return text.empty() ? value : std::nullopt;
}

std::optional<double> TakePlainDecimal(std::string_view& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  DigitRun mantissa;
  at = mantissa.Take(at, end);
  int power = 0;
  if (at != end && *at == '.') {
    const int whole_digits = mantissa.digits;
    at = mantissa.Take(at + 1, end);
    power = whole_digits - mantissa.digits;
  }
  if (mantissa.digits == 0 || mantissa.number > kMostExact) return std::nullopt;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    const bool small = at != end && *at == '-';
    if (small || (at != end && *at == '+')) ++at;
    DigitRun exponent;
    at = exponent.Take(at, end);
    if (exponent.digits == 0 || exponent.digits > 4) return std::nullopt;
    power += small ? -static_cast<int>(exponent.number) : static_cast<int>(exponent.number);
  }
  if (power > kMostPower || power < -kMostPower) return std::nullopt;
  auto value = static_cast<double>(mantissa.number);
  value = power < 0 ? value / kPowersOfTen[-power] : value * kPowersOfTen[power];
  // More digits than are taken are left, and are no end of a number.
  text.remove_prefix(static_cast<size_t>(at - text.data()));
  return negative ? -value : value;
}

}  // namespace hinomi::metrics
