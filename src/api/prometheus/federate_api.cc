#include "api/prometheus/federate_api.h"

#include <map>
#include <memory>
#include <optional>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/impl/gzip_answer.h"
#include "api/prometheus/impl/metric_names.h"
#include "api/prometheus/impl/plain_text.h"
#include "api/prometheus/impl/turn.h"
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

using Selectors = std::vector<std::vector<metrics::Matcher>>;

/// One answer, which may have to wait for its turn.
struct Federation {
  const metrics::Queryable& queryable;
  promql::QueryLimits limits;
  Selectors selectors;
  int64_t now_ms = 0;
  NameForm form = NameForm::kUnderscores;
  std::map<std::string, std::string> external_labels;

  int64_t from_ms() const { return now_ms - limits.lookback.millis() + 1; }
};

/// Adds what these matchers select.
Status Gather(const Federation& asked, const std::vector<metrics::Matcher>& matchers,
              metrics::QueryMemory::Share& memory, Newest& newest) {
  const size_t held = memory.taken();
  HN_TRY(const auto found,
         asked.queryable.Select(matchers, asked.from_ms(), asked.now_ms,
                                {asked.limits.max_series, asked.limits.max_samples, &memory}));
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

http::Response Run(const Federation& asked) {
  Newest newest;
  metrics::QueryMemory::Share memory(asked.limits.memory);
  for (const auto& matchers : asked.selectors) {
    const Status done = Gather(asked, matchers, memory, newest);
    // Statuses as for queries, without their JSON.
    if (!done) return PlainText(EngineFailure(done.error()).status, done.error().message);
  }
  http::Response response;
  response.content_type = asked.form == NameForm::kQuoted
                              ? "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
                              : "text/plain; version=0.0.4; charset=utf-8";
  for (const auto& [metric, series] : newest) {
    response.body += "# TYPE ";
    AppendName(response.body, metric, true, asked.form);
    response.body += " untyped\n";
    for (const auto& [labels, sample] : series)
      AppendLine(response.body, metric, WithExternal(labels, asked.external_labels), sample,
                 asked.form);
  }
  return response;
}

std::optional<promql::QueryEstimate> EstimateOf(const Federation& asked) {
  std::vector<Selection> selections;
  for (const auto& matchers : asked.selectors)
    selections.push_back({matchers, asked.from_ms(), asked.now_ms});
  return EstimateSelections(asked.queryable, selections);
}

}  // namespace

http::Response AnswerFederate(const metrics::Queryable& queryable, const QueryApiConfig& config,
                              const QueryParameters& parameters, std::string_view accept,
                              const Clock& clock,
                              const std::map<std::string, std::string>& external_labels) {
  const bool quoted = accept.find("escaping=allow-utf-8") != std::string_view::npos;
  const auto asked =
      std::make_shared<Federation>(Federation{queryable,
                                              config.limits,
                                              {},
                                              clock.Now().millis(),
                                              quoted ? NameForm::kQuoted : NameForm::kUnderscores,
                                              external_labels});
  for (const std::string& text : parameters.All("match[]")) {
    auto matchers = promql::ParseSelector(text);
    if (!matchers) return PlainText(400, matchers.error().message);
    asked->selectors.push_back(*std::move(matchers));
  }
  return AnswerInTurn(
      {config.gate, clock, clock.Monotonic() + config.longest_wait}, EstimateOf(*asked),
      [asked] { return Run(*asked); }, RequestTooBusy);
}

void AddFederateRoute(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                      const QueryApiConfig& config,
                      std::function<std::map<std::string, std::string>()> external_labels) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/federate";
  route.right = "metrics:read";
  route.lane = http::Lane::kBackground;  // It may select as much as a query.
  route.handler =
      Gzipped([&queryable, &clock, config,
               external_labels = std::move(external_labels)](const http::Request& request) {
        return AnswerFederate(
            queryable, config, QueryParameters::From(request), request.Header("Accept"), clock,
            external_labels ? external_labels() : std::map<std::string, std::string>());
      });
  server.Add(std::move(route));
}

}  // namespace hinomi::api
