#include "metrics/datapoints.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hinomi::metrics {
namespace {

/// Labels that say where a sample comes from and what it is measured in, not what it is of.
bool IsAside(std::string_view label) {
  return label == "__name__" || label == "job" || label == "instance" || label == kUnitLabel;
}

bool IsMeant(const Labels& labels, const DatapointQuery& query) {
  size_t counted = 0;
  for (const auto& [name, value] : labels.pairs()) {
    if (name == kUnitLabel && !query.unit.empty() && value != query.unit) return false;
    const auto dimension = query.dimensions.find(name);
    if (dimension != query.dimensions.end()) {
      if (dimension->second != value) return false;
      ++counted;
    } else if (!IsAside(name)) {
      return false;
    }
  }
  return counted == query.dimensions.size();
}

/// Puts the series' numbers into the periods to which they belong.
void Share(const SeriesColumns& series, const std::vector<int64_t>& edges_ms,
           std::vector<std::vector<double>>& periods) {
  size_t period = 0;
  for (size_t i = 0; i < series.at_ms.size(); ++i) {
    if (IsHistogram(series, i) || std::isnan(series.values[i])) continue;
    while (period < periods.size() && series.at_ms[i] >= edges_ms[period + 1]) ++period;
    if (period == periods.size()) return;
    if (series.at_ms[i] >= edges_ms[period]) periods[period].push_back(series.values[i]);
  }
}

std::vector<Matcher> MatchersOf(const DatapointQuery& query) {
  std::vector<Matcher> matchers = {{"__name__", MatchType::kEqual, query.metric}};
  for (const auto& [name, value] : query.dimensions)
    matchers.push_back({name, MatchType::kEqual, value});
  return matchers;
}

}  // namespace

Result<std::vector<std::optional<PeriodValue>>> ReadDatapoints(const Queryable& source,
                                                               const DatapointQuery& query) {
  std::vector<int64_t> edges_ms;
  for (const Instant edge : query.edges) edges_ms.push_back(edge.millis());
  if (edges_ms.size() < 2 || !std::is_sorted(edges_ms.begin(), edges_ms.end()) ||
      std::adjacent_find(edges_ms.begin(), edges_ms.end()) != edges_ms.end()) {
    return InvalidArgument("datapoints of " + query.metric +
                           " need at least one period, none of them empty");
  }
  HN_TRY(const auto selected,
         source.Select(MatchersOf(query), edges_ms.front(), edges_ms.back() - 1, {}));

  std::vector<std::vector<double>> periods(edges_ms.size() - 1);
  for (const SeriesColumns& series : selected)
    if (IsMeant(series.labels, query)) Share(series, edges_ms, periods);

  std::vector<std::optional<PeriodValue>> datapoints(periods.size());
  for (size_t i = 0; i < periods.size(); ++i) {
    if (periods[i].empty()) continue;
    const uint64_t samples = periods[i].size();
    if (const auto value = query.statistic.Of(periods[i])) datapoints[i] = {*value, samples};
  }
  return datapoints;
}

Result<std::vector<Instant>> ReadSampleTimes(const Queryable& source, const DatapointQuery& query,
                                             Instant from, Instant to) {
  // A day at a time: years of samples do not fit into memory at once, their times do.
  constexpr int64_t kStep = 86'400'000;
  std::vector<int64_t> times;
  for (int64_t at = from.millis(); at <= to.millis(); at += kStep) {
    const int64_t last = std::min(at + kStep - 1, to.millis());
    HN_TRY(const auto selected, source.Select(MatchersOf(query), at, last, {}));
    for (const SeriesColumns& series : selected) {
      if (!IsMeant(series.labels, query)) continue;
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        if (!IsHistogram(series, i) && !std::isnan(series.values[i]))
          times.push_back(series.at_ms[i]);
    }
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  std::vector<Instant> instants;
  for (const int64_t t : times) instants.push_back(Instant::FromMillis(t));
  return instants;
}

}  // namespace hinomi::metrics
