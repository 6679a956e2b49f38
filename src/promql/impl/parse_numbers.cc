#include "promql/impl/parse_numbers.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include "base/clock.h"
#include "base/strings.h"

namespace hinomi::promql {
namespace {

std::optional<double> Integer(std::string_view digits, int base) {
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return static_cast<double>(value);
}

}  // namespace

std::optional<double> ParseNumber(std::string_view text) {
  std::string plain = ToLowerAscii(text);
  if (plain == "inf") return std::numeric_limits<double>::infinity();
  if (plain == "nan") return std::numeric_limits<double>::quiet_NaN();
  for (size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] == '_' && i + 1 < plain.size() && plain[i + 1] == '_') return std::nullopt;
  }
  std::erase(plain, '_');
  if (plain.starts_with("0x")) return Integer(std::string_view(plain).substr(2), 16);
  const bool octal =
      plain.size() > 1 && plain[0] == '0' &&
      std::all_of(plain.begin(), plain.end(), [](char c) { return c >= '0' && c <= '7'; });
  if (octal) return Integer(std::string_view(plain).substr(1), 8);
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (end != plain.data() + plain.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const bool tiny = plain.find("e-") != std::string::npos;
    return tiny ? 0.0 : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<double> ParseDurationSeconds(std::string_view text) {
  const Result<Duration> duration = ParseDuration(text);
  if (!duration) return std::nullopt;
  return static_cast<double>(duration->millis()) / 1000.0;
}

}  // namespace hinomi::promql
