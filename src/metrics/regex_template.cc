#include "metrics/regex_template.h"

#include <cctype>
#include <cstdint>
#include <optional>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

/// The group's text, "" for one that is unknown or took no part.
std::string_view GroupNamed(const std::string& name, const RE2& re,
                            std::span<const re2::StringPiece> groups) {
  std::optional<uint64_t> number = ParseUint(name);
  if (!number) {
    const auto found = re.NamedCapturingGroups().find(name);
    if (found != re.NamedCapturingGroups().end()) number = static_cast<uint64_t>(found->second);
  }
  if (!number || *number >= groups.size() || groups[*number].data() == nullptr) return {};
  return {groups[*number].data(), groups[*number].size()};
}

}  // namespace

std::string ExpandTemplate(std::string_view text, const RE2& re,
                           std::span<const re2::StringPiece> groups) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    size_t at = i + 1;
    if (text[at] == '$') {
      out += '$';
      i = at;
      continue;
    }
    const bool braces = text[at] == '{';
    if (braces) ++at;
    size_t end = at;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
      ++end;
    if (end == at || (braces && (end >= text.size() || text[end] != '}'))) {
      out += '$';
      continue;
    }
    out += GroupNamed(std::string(text.substr(at, end - at)), re, groups);
    i = braces ? end : end - 1;
  }
  return out;
}

}  // namespace hinomi::metrics
