// /api/v1/targets and targets/metadata.
#include <algorithm>
#include <set>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/server_api.h"
#include "base/strings.h"
#include "metrics/matcher.h"

namespace hinomi::api {
namespace {

// What Go writes for a time that there is none of.
constexpr const char* kNoTime = "0001-01-01T00:00:00Z";

Json LabelObject(const metrics::Labels& labels) {
  Json out = Json::MakeObject();
  for (const auto& [name, value] : labels.pairs()) out.Set(name, value);
  return out;
}

/// The address of a target as service discovery would have told it.
metrics::Labels DiscoveredLabels(const TargetState& target) {
  const std::string& url = target.target;
  const size_t scheme = url.find("://");
  const size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t path = std::min(url.find('/', host), url.size());
  return metrics::Labels({{"__address__", url.substr(host, path - host)},
                          {"__metrics_path__", path < url.size() ? url.substr(path) : "/"},
                          {"__scheme__", url.substr(0, host == 0 ? 0 : scheme)},
                          {"job", target.job}});
}

/// Of the target's job in targets.yml; zero where it is gone from there.
Duration TimeoutOf(const ServerApiContext& context, const std::string& job) {
  const auto picture = context.picture();
  if (!picture || !picture->policy) return {};
  for (const policy::ScrapeDocument& document : picture->policy->targets.scrapes)
    if (document.job == job) return document.timeout;
  return {};
}

Json ActiveTarget(const ServerApiContext& context, const TargetState& target) {
  return Json::MakeObject()
      .Set("discoveredLabels", LabelObject(DiscoveredLabels(target)))
      .Set("labels", LabelObject(target.labels))
      .Set("scrapePool", target.job)
      .Set("scrapeUrl", target.target)
      .Set("globalUrl", target.target)
      .Set("lastError", target.error)
      .Set("lastScrape", target.last_at == Instant() ? kNoTime : FormatRfc3339(target.last_at))
      .Set("lastScrapeDuration", target.duration.ToSeconds())
      .Set("health", target.state)
      .Set("scrapeInterval", FormatDuration(target.interval))
      .Set("scrapeTimeout", FormatDuration(TimeoutOf(context, target.job)));
}

std::vector<TargetState> ScrapedTargets(const ServerApiContext& context) {
  std::vector<TargetState> targets = context.targets();
  std::erase_if(targets, [](const TargetState& target) { return target.kind != "scrape"; });
  return targets;
}

/// Names of the metrics that have series with these labels within the lookback.
Result<std::set<std::string>> MetricsOf(const ServerApiContext& context,
                                        const metrics::Labels& labels) {
  std::vector<metrics::Matcher> matchers;
  for (const auto& [name, value] : labels.pairs())
    matchers.push_back({name, metrics::MatchType::kEqual, value});
  const int64_t now_ms = context.clock.Now().millis();
  const int64_t from_ms = now_ms - context.queries.limits.lookback.millis() + 1;
  HN_TRY(const auto series, context.metrics.SelectLabels(matchers, from_ms, now_ms));
  std::set<std::string> names;
  for (const metrics::Labels& one : series) names.emplace(one.name());
  return names;
}

/// Whether a family, as metadata names it, has one of these metrics.
bool HasFamily(const std::set<std::string>& names, const std::string& family) {
  for (const char* suffix : {"", "_total", "_bucket", "_count", "_sum", "_info"})
    if (names.contains(family + suffix)) return true;
  return false;
}

struct MetadataScope {
  std::vector<metrics::CompiledMatcher> targets;
  std::string_view metric;
  size_t limit = std::numeric_limits<size_t>::max();
};

std::optional<MetadataScope> ReadMetadataScope(const QueryParameters& parameters,
                                               http::Response& refusal) {
  MetadataScope scope;
  scope.metric = parameters.Get("metric");
  if (const std::string_view text = parameters.Get("limit"); !text.empty()) {
    const auto limit = ParseInt(text);
    if (!limit) {
      refusal = Failure("bad_data", "limit must be a number");
      return std::nullopt;
    }
    if (*limit >= 0) scope.limit = static_cast<size_t>(*limit);
  }
  const std::string_view selector = parameters.Get("match_target");
  if (selector.empty()) return scope;
  const auto matchers = promql::ParseSelector(selector);
  if (!matchers) {
    refusal = BadParameter("match_target", matchers.error().message);
    return std::nullopt;
  }
  auto compiled = metrics::CompileAll(*matchers);
  if (!compiled) {
    refusal = BadParameter("match_target", compiled.error().message);
    return std::nullopt;
  }
  scope.targets = *std::move(compiled);
  return scope;
}

Json MetadataEntry(const TargetState& target, const std::string& metric,
                   const metrics::Metadata& metadata, bool with_name) {
  Json entry = Json::MakeObject().Set("target", LabelObject(target.labels));
  if (with_name) entry.Set("metric", metric);
  return entry.Set("type", metrics::MetricTypeName(metadata.type))
      .Set("help", metadata.help)
      .Set("unit", metadata.unit);
}

}  // namespace

http::Response AnswerTargets(const ServerApiContext& context, const QueryParameters& parameters) {
  const std::string state = ToLowerAscii(parameters.Get("state"));
  const std::string_view pool = parameters.Get("scrapePool");
  Json active = Json::MakeArray();
  // Prometheus' rule, too: what is no state it knows is "any".
  if (state != "dropped")
    for (const TargetState& target : ScrapedTargets(context))
      if (pool.empty() || target.job == pool) active.Append(ActiveTarget(context, target));
  return Success(Json::MakeObject()
                     .Set("activeTargets", std::move(active))
                     .Set("droppedTargets", Json::MakeArray())
                     .Set("droppedTargetCounts", Json::MakeObject())
                     .Dump());
}

http::Response AnswerTargetMetadata(const ServerApiContext& context,
                                    const QueryParameters& parameters) {
  http::Response refusal;
  const auto scope = ReadMetadataScope(parameters, refusal);
  if (!scope) return refusal;
  const std::map<std::string, metrics::Metadata> all = context.metrics.MetricMetadata();
  Json list = Json::MakeArray();
  size_t matched = 0;
  for (const TargetState& target : ScrapedTargets(context)) {
    if (matched == scope->limit) break;
    if (!metrics::MatchesAll(scope->targets, target.labels)) continue;
    ++matched;
    const auto names = MetricsOf(context, target.labels);
    if (!names) return EngineFailure(names.error());
    for (const auto& [family, metadata] : all) {
      if (!scope->metric.empty() && family != scope->metric) continue;
      if (HasFamily(*names, family))
        list.Append(MetadataEntry(target, family, metadata, scope->metric.empty()));
    }
  }
  if (list.as_array().empty()) return Failure("not_found", "specified metadata not found");
  return Success(list.Dump());
}

}  // namespace hinomi::api
