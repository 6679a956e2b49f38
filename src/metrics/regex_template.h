#ifndef HINOMI_METRICS_REGEX_TEMPLATE_H_
#define HINOMI_METRICS_REGEX_TEMPLATE_H_

#include <re2/re2.h>

#include <span>
#include <string>
#include <string_view>

namespace hinomi::metrics {

/// Fills `$1`, `${name}` and `$$` from the groups of a match of `re`, as Go's
/// regexp.Expand does, which Prometheus uses: a name goes as far as letters, digits and
/// underscores do, unknown groups are empty, a `$` before anything else stays.
std::string ExpandTemplate(std::string_view text, const RE2& re,
                           std::span<const re2::StringPiece> groups);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_REGEX_TEMPLATE_H_
