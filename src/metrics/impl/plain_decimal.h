#ifndef HINOMI_METRICS_IMPL_PLAIN_DECIMAL_H_
#define HINOMI_METRICS_IMPL_PLAIN_DECIMAL_H_

#include <optional>
#include <string_view>

namespace hinomi::metrics {

/// The whole text as a number if it is as most values are: digits, perhaps with
/// a sign, a point and an exponent, few enough that one multiplication or
/// division of exact doubles rounds right. Then bit for bit what `ParseDouble`
/// gives. Nothing: it may be a number all the same.
std::optional<double> ParsePlainDecimal(std::string_view text);
/// The same of as much of `text` as may belong to such a number, which is taken
/// off; nothing leaves `text` as it was.
std::optional<double> TakePlainDecimal(std::string_view& text);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_PLAIN_DECIMAL_H_
