#include <utility>

#include "api/prometheus/impl/answer.h"
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

std::optional<TimeSpan> ReadTimeSpan(const QueryParameters& parameters, http::Response& refusal) {
  TimeSpan span;
  for (const auto& [name, at_ms] :
       {std::pair("start", &span.from_ms), std::pair("end", &span.to_ms)}) {
    const std::string_view text = parameters.Get(name);
    if (text.empty()) continue;
    const auto time = ParseTime(text);
    if (!time) {
      refusal = BadParameter(name, time.error().message);
      return std::nullopt;
    }
    *at_ms = *time;
  }
  if (span.to_ms >= span.from_ms) return span;
  refusal = BadParameter("end", "end timestamp must not be before start time");
  return std::nullopt;
}

std::optional<std::vector<std::vector<metrics::Matcher>>> ReadSelectors(
    const QueryParameters& parameters, http::Response& refusal) {
  std::vector<std::vector<metrics::Matcher>> selectors;
  for (const std::string& text : parameters.All("match[]")) {
    auto matchers = promql::ParseSelector(text);
    if (!matchers) {
      refusal = BadParameter("match[]", matchers.error().message);
      return std::nullopt;
    }
    selectors.push_back(*std::move(matchers));
  }
  return selectors;
}

}  // namespace hinomi::api
