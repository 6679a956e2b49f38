#include <string_view>

#include "base/strings.h"
#include "http/server.h"

namespace hinomi::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view ValueOf(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

std::string_view Request::QueryValue(std::string_view name) const {
  return ValueOf(query, name);
}

std::string_view Request::PathValue(std::string_view name) const {
  return ValueOf(path_parameters, name);
}

}  // namespace hinomi::http
