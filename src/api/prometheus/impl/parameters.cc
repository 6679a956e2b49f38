#include "api/prometheus/query_api.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

/// Undoes application/x-www-form-urlencoded; a broken escape stays as it is.
std::string FormDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size()) {
      const auto byte = HexDecode(text.substr(i + 1, 2));
      if (byte && byte->size() == 1) {
        out += static_cast<char>((*byte)[0]);
        i += 2;
      } else {
        out += text[i];
      }
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

QueryParameters QueryParameters::From(const http::Request& request) {
  QueryParameters out;
  out.values_ = request.query;
  if (request.method == "POST" && !request.body.empty()) {
    for (const std::string_view part : Split(request.body, '&')) {
      const size_t equals = part.find('=');
      const std::string_view name = part.substr(0, equals);
      if (name.empty()) continue;
      const std::string_view value =
          equals == std::string_view::npos ? "" : part.substr(equals + 1);
      out.Add(FormDecode(name), FormDecode(value));
    }
  }
  return out;
}

void QueryParameters::Add(std::string name, std::string value) {
  values_.emplace_back(std::move(name), std::move(value));
}

std::string_view QueryParameters::Get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::string> QueryParameters::All(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : values_) {
    if (key == name) out.push_back(value);
  }
  return out;
}

}  // namespace hinomi::api
