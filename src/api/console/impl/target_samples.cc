#include "api/console/impl/target_samples.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"

namespace hinomi::api::impl {
namespace {

constexpr Duration kLookBack = Duration::Minutes(5);
/// Timestamps that a page brings along may lie a little ahead.
constexpr Duration kLookAhead = Duration::Minutes(1);

std::vector<metrics::Matcher> MatchersOf(const metrics::Labels& labels) {
  std::vector<metrics::Matcher> matchers;
  for (const auto& [name, value] : labels.pairs())
    matchers.push_back({name, metrics::MatchType::kEqual, value});
  return matchers;
}

std::string ValueText(const metrics::SeriesColumns& series, size_t at) {
  if (metrics::IsHistogram(series, at)) return metrics::ToText(*series.histograms[at]);
  return FormatDouble(series.values[at]);
}

Json SampleJson(const metrics::SeriesColumns& series, size_t at, bool ended) {
  Json labels = Json::MakeObject();
  for (const auto& [name, value] : series.labels.pairs()) labels.Set(name, value);
  return Json::MakeObject()
      .Set("series", series.labels.ToString())
      .Set("labels", std::move(labels))
      .Set("value", ValueText(series, at))
      .Set("at", FormatRfc3339(Instant::FromMillis(series.at_ms[at])))
      .Set("ended", ended);
}

/// The newest sample that is no mark of an end.
std::optional<size_t> NewestValue(const metrics::SeriesColumns& series) {
  for (size_t i = series.values.size(); i > 0; --i)
    if (!metrics::IsStaleMarker(series.values[i - 1])) return i - 1;
  return std::nullopt;
}

}  // namespace

Result<Json> NewestSamples(const metrics::Queryable& metrics, const TargetState& target,
                           const SampleQuery& query) {
  const Instant from = query.now - std::max(kLookBack, target.interval * 2);
  std::vector<metrics::SeriesColumns> found;
  if (!target.labels.empty()) {
    HN_TRY(found, metrics.Select(MatchersOf(target.labels), from.millis(),
                                 (query.now + kLookAhead).millis(), {}));
  }
  const std::string match = ToLowerAscii(query.match);
  Json samples = Json::MakeArray();
  uint64_t total = 0;
  for (const metrics::SeriesColumns& series : found) {
    const auto newest = NewestValue(series);
    if (!newest) continue;
    if (!match.empty() && ToLowerAscii(series.labels.ToString()).find(match) == std::string::npos)
      continue;
    if (++total > query.limit) continue;
    samples.Append(SampleJson(series, *newest, *newest + 1 < series.values.size()));
  }
  return Json::MakeObject()
      .Set("samples", std::move(samples))
      .Set("total", total)
      .Set("from", FormatRfc3339(from));
}

}  // namespace hinomi::api::impl
