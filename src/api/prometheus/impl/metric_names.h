#ifndef HINOMI_API_PROMETHEUS_IMPL_METRIC_NAMES_H_
#define HINOMI_API_PROMETHEUS_IMPL_METRIC_NAMES_H_

#include <string_view>

namespace hinomi::api {

/// Whether a letter may stand in a name of the classic form: ASCII letters, digits
/// (not first), `_` and, of metrics, `:`.
constexpr bool IsClassicLetter(char c, bool first, bool of_metric) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (of_metric && c == ':') ||
         (!first && c >= '0' && c <= '9');
}

/// Whether a name can stand without quotes.
constexpr bool IsClassicName(std::string_view name, bool of_metric) {
  for (size_t i = 0; i < name.size(); ++i)
    if (!IsClassicLetter(name[i], i == 0, of_metric)) return false;
  return !name.empty();
}

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_METRIC_NAMES_H_
