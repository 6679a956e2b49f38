#ifndef HINOMI_PROMQL_IMPL_PARSE_NUMBERS_H_
#define HINOMI_PROMQL_IMPL_PARSE_NUMBERS_H_

#include <optional>
#include <string_view>

namespace hinomi::promql {

/// A number as a query writes it: 12, 0x1F, 0755 (octal), 1e3, 1_000, Inf, NaN.
std::optional<double> ParseNumber(std::string_view text);
/// "1h30m" in seconds; nothing if it does not fit (292 years).
std::optional<double> ParseDurationSeconds(std::string_view text);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_PARSE_NUMBERS_H_
