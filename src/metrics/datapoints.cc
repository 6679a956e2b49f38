#include "metrics/datapoints.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

bool HasExactly(const Labels& labels, const std::map<std::string, std::string>& dimensions) {
  size_t counted = 0;
  for (const auto& [name, value] : labels.pairs()) {
    const auto dimension = dimensions.find(name);
    if (dimension != dimensions.end()) {
      if (dimension->second != value) return false;
      ++counted;
    } else if (name != "__name__" && name != "job" && name != "instance") {
      return false;
    }
  }
  return counted == dimensions.size();
}

double Percentile(std::vector<double>& values, double percentile) {
  std::sort(values.begin(), values.end());
  const double rank = percentile / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, values.size() - 1);
  // Equal neighbours first: two infinities have no difference.
  if (values[below] == values[above]) return values[below];
  return values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
}

double Apply(const Statistic& statistic, std::vector<double>& values) {
  const auto sum = [&] { return std::accumulate(values.begin(), values.end(), 0.0); };
  switch (statistic.kind) {
    case Statistic::Kind::kAverage:
      return sum() / static_cast<double>(values.size());
    case Statistic::Kind::kSum:
      return sum();
    case Statistic::Kind::kMinimum:
      return *std::min_element(values.begin(), values.end());
    case Statistic::Kind::kMaximum:
      return *std::max_element(values.begin(), values.end());
    case Statistic::Kind::kSampleCount:
      return static_cast<double>(values.size());
    case Statistic::Kind::kPercentile:
      return Percentile(values, statistic.percentile);
  }
  return 0;
}

}  // namespace

Result<Statistic> Statistic::Parse(std::string_view name) {
  if (name == "Average") return Statistic{Kind::kAverage};
  if (name == "Sum") return Statistic{Kind::kSum};
  if (name == "Minimum") return Statistic{Kind::kMinimum};
  if (name == "Maximum") return Statistic{Kind::kMaximum};
  if (name == "SampleCount") return Statistic{Kind::kSampleCount};
  if (name.starts_with('p')) {
    const auto percentile = ParseDouble(name.substr(1));
    if (percentile && *percentile >= 0 && *percentile <= 100)
      return Statistic{Kind::kPercentile, *percentile};
  }
  return InvalidArgument("unknown statistic \"" + std::string(name) +
                         "\"; known are Average, Sum, Minimum, Maximum, SampleCount and "
                         "percentiles such as p95");
}

Result<std::vector<std::optional<double>>> ReadDatapoints(const Queryable& source,
                                                          const DatapointQuery& query) {
  const int64_t period_ms = query.period.millis();
  if (period_ms <= 0 || query.count <= 0)
    return InvalidArgument("datapoints of " + query.metric + " need a period and a count above 0");
  const auto count = static_cast<size_t>(query.count);
  const int64_t end_ms = query.end.millis();
  const int64_t start_ms = end_ms - period_ms * query.count;

  std::vector<Matcher> matchers = {{"__name__", MatchType::kEqual, query.metric}};
  for (const auto& [name, value] : query.dimensions)
    matchers.push_back({name, MatchType::kEqual, value});
  HN_TRY(const auto selected, source.Select(matchers, start_ms, end_ms - 1, {}));

  std::vector<std::vector<double>> buckets(count);
  for (const SeriesColumns& series : selected) {
    if (!HasExactly(series.labels, query.dimensions)) continue;
    for (size_t i = 0; i < series.at_ms.size(); ++i)
      if (!IsHistogram(series, i) && !std::isnan(series.values[i]))
        buckets[static_cast<size_t>((series.at_ms[i] - start_ms) / period_ms)].push_back(
            series.values[i]);
  }
  std::vector<std::optional<double>> datapoints(count);
  for (size_t i = 0; i < count; ++i)
    if (!buckets[i].empty()) datapoints[i] = Apply(query.statistic, buckets[i]);
  return datapoints;
}

}  // namespace hinomi::metrics
