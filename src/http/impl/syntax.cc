#include "http/impl/syntax.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/strings.h"

namespace hinomi::http {
namespace {

bool IsTokenCharacter(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenCharacter);
}

bool IsFieldValue(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return IsControl(c) && c != '\t'; });
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus_is_blank ? ' ' : text[i]);
    }
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> ParseQuery(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (text.empty()) return pairs;
  for (const std::string_view part : Split(text, '&')) {
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    auto name = PercentDecode(part.substr(0, equals), true);
    auto value = PercentDecode(equals < part.size() ? part.substr(equals + 1) : "", true);
    if (!name.has_value() || !value.has_value()) return std::nullopt;
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

std::optional<Target> ParseTarget(std::string_view target) {
  if (target.empty() || target[0] != '/') return std::nullopt;
  for (const char c : target) {
    if (IsControl(c) || c == ' ' || c == '#') return std::nullopt;
  }
  const size_t question = target.find('?');
  Target parsed;
  const auto segments =
      Split(target.substr(1, question == std::string_view::npos ? question : question - 1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    auto segment = PercentDecode(segments[i], false);
    if (!segment.has_value()) return std::nullopt;
    // What two readers could take for two different paths is refused, not tidied.
    const bool last = i + 1 == segments.size();
    if (*segment == "." || *segment == ".." || (segment->empty() && !last)) return std::nullopt;
    if (std::ranges::any_of(*segment, [](char c) { return IsControl(c) || c == '\\'; })) {
      return std::nullopt;
    }
    parsed.path += "/" + *segment;
    parsed.segments.push_back(*std::move(segment));
  }
  auto query = ParseQuery(question == std::string_view::npos ? "" : target.substr(question + 1));
  if (!query.has_value()) return std::nullopt;
  parsed.query = *std::move(query);
  return parsed;
}

std::optional<std::string> HostName(std::string_view host) {
  std::string_view name;
  std::string_view port;
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    name = host.substr(1, end - 1);
    port = host.substr(end + 1);
    if (!IsIpLiteral(std::string(name)) || name.find(':') == std::string_view::npos) {
      return std::nullopt;
    }
  } else {
    const size_t colon = std::min(host.find(':'), host.size());
    name = host.substr(0, colon);
    port = host.substr(colon);
  }
  if (!port.empty()) {
    if (port[0] != ':') return std::nullopt;
    const auto number = ParseUint(port.substr(1));
    if (port.size() > 1 && (!number.has_value() || *number > 65535)) return std::nullopt;
  }
  if (name.empty() || name.size() > 253) return std::nullopt;
  for (const char c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_' || c == ':';
    if (!fits) return std::nullopt;
  }
  return ToLowerAscii(name);
}

bool IsIpLiteral(const std::string& host) {
  uint8_t bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace hinomi::http
