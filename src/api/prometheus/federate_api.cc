#include "api/prometheus/federate_api.h"

#include <map>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/impl/gzip_answer.h"
#include "api/prometheus/impl/metric_names.h"
#include "api/prometheus/impl/plain_text.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

/// The newest samples by metric and series.
using Newest = std::map<std::string, std::map<metrics::Labels, metrics::Sample>>;

enum class NameForm { kUnderscores, kQuoted };

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  out += '"';
}

void AppendName(std::string& out, std::string_view name, bool of_metric, NameForm form) {
  if (IsClassicName(name, of_metric)) {
    out += name;
  } else if (form == NameForm::kQuoted) {
    AppendQuoted(out, name);
  } else {
    // A character each, not a byte each: UTF-8 goes on with 10xxxxxx.
    for (size_t i = 0; i < name.size(); ++i)
      if ((static_cast<uint8_t>(name[i]) & 0xC0) != 0x80)
        out += IsClassicLetter(name[i], i == 0, of_metric) ? name[i] : '_';
  }
}

metrics::Labels WithExternal(metrics::Labels labels,
                             const std::map<std::string, std::string>& external_labels) {
  for (const auto& [name, value] : external_labels)
    if (labels.Get(name).empty()) labels.Set(name, value);
  return labels;
}

void AppendLine(std::string& out, const std::string& metric, const metrics::Labels& labels,
                const metrics::Sample& sample, NameForm form) {
  // A quoted name stands among the labels.
  const bool inside = form == NameForm::kQuoted && !IsClassicName(metric, true);
  if (!inside) AppendName(out, metric, true, form);
  out += '{';
  if (inside) AppendQuoted(out, metric);
  bool comma = inside;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (std::exchange(comma, true)) out += ',';
    AppendName(out, name, false, form);
    out += '=';
    AppendQuoted(out, value);
  };
  for (const auto& [name, value] : labels.pairs())
    if (name != "__name__") add(name, value);
  if (labels.Get("instance").empty()) add("instance", "");
  out += "} " + FormatDouble(sample.value) + ' ' + std::to_string(sample.at_ms) + '\n';
}

/// Adds what these matchers select.
Status Gather(const metrics::Queryable& queryable, const std::vector<metrics::Matcher>& matchers,
              int64_t now_ms, const promql::QueryLimits& limits,
              metrics::QueryMemory::Share& memory, Newest& newest) {
  const size_t held = memory.taken();
  HN_TRY(const auto found, queryable.Select(matchers, now_ms - limits.lookback.millis() + 1, now_ms,
                                            {limits.max_series, limits.max_samples, &memory}));
  for (const metrics::SeriesColumns& series : found) {
    const std::string metric(series.labels.name());
    if (metric.empty() || series.at_ms.empty()) continue;
    if (!series.histograms.empty() && series.histograms.back() != nullptr) continue;
    if (metrics::IsStaleMarker(series.values.back())) continue;
    newest[metric][series.labels] = {series.at_ms.back(), series.values.back()};
  }
  memory.GiveBackTo(held);
  return {};
}

}  // namespace

http::Response AnswerFederate(const metrics::Queryable& queryable,
                              const promql::QueryLimits& limits, const QueryParameters& parameters,
                              std::string_view accept, const Clock& clock,
                              const std::map<std::string, std::string>& external_labels) {
  std::vector<std::vector<metrics::Matcher>> selectors;
  for (const std::string& text : parameters.All("match[]")) {
    auto matchers = promql::ParseSelector(text);
    if (!matchers) return PlainText(400, matchers.error().message);
    selectors.push_back(*std::move(matchers));
  }
  Newest newest;
  metrics::QueryMemory::Share memory(limits.memory);
  for (const auto& matchers : selectors) {
    const Status done = Gather(queryable, matchers, clock.Now().millis(), limits, memory, newest);
    // Statuses as for queries, without their JSON.
    if (!done) return PlainText(EngineFailure(done.error()).status, done.error().message);
  }
  const bool quoted = accept.find("escaping=allow-utf-8") != std::string_view::npos;
  const NameForm form = quoted ? NameForm::kQuoted : NameForm::kUnderscores;
  http::Response response;
  response.content_type = quoted ? "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8";
  for (const auto& [metric, series] : newest) {
    response.body += "# TYPE ";
    AppendName(response.body, metric, true, form);
    response.body += " untyped\n";
    for (const auto& [labels, sample] : series)
      AppendLine(response.body, metric, WithExternal(labels, external_labels), sample, form);
  }
  return response;
}

void AddFederateRoute(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                      const promql::QueryLimits& limits,
                      std::function<std::map<std::string, std::string>()> external_labels) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/federate";
  route.right = "metrics:read";
  route.lane = http::Lane::kBackground;  // It may select as much as a query.
  route.handler =
      Gzipped([&queryable, &clock, limits,
               external_labels = std::move(external_labels)](const http::Request& request) {
        return AnswerFederate(
            queryable, limits, QueryParameters::From(request), request.Header("Accept"), clock,
            external_labels ? external_labels() : std::map<std::string, std::string>());
      });
  server.Add(std::move(route));
}

}  // namespace hinomi::api
