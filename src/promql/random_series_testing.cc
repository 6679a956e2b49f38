#include "promql/random_series_testing.h"

#include <algorithm>
#include <limits>

namespace hinomi::promql {
namespace {

enum class Shape { kCounter, kGauge, kSwitch };

double OddValue(Choices& choices) {
  using Limits = std::numeric_limits<double>;
  if (choices.OneIn(2)) return Limits::quiet_NaN();
  return choices.Of(
      {Limits::infinity(), -Limits::infinity(), 1e308, -1e308, 5e-324, 1e-300, -0.0, 1e15, 0.1});
}

/// When a series has samples: an own rhythm, with jitter and gaps, and not always from the
/// beginning to the end.
std::vector<int64_t> RandomTimes(Choices& choices, int64_t start_ms) {
  const int64_t interval_ms = choices.Of<int64_t>({60'000, 30'000, 60'000, 45'000, 120'000});
  const bool jitters = choices.OneIn(3);
  int64_t at_ms = start_ms, end_ms = start_ms + kRandomSeriesMs;
  if (choices.OneIn(5)) at_ms += static_cast<int64_t>(choices.Below(20)) * 61'000;
  if (choices.OneIn(5)) end_ms -= static_cast<int64_t>(choices.Below(20)) * 61'000;
  std::vector<int64_t> times;
  while (at_ms < end_ms) {
    times.push_back(at_ms);
    at_ms += interval_ms;
    if (jitters) at_ms += static_cast<int64_t>(choices.Below(5'000)) - 2'500;
    if (choices.OneIn(25)) at_ms += interval_ms * static_cast<int64_t>(choices.Below(8));
  }
  return times;
}

double NextValue(Choices& choices, Shape shape, double before) {
  const auto step = static_cast<double>(choices.Below(64));
  switch (shape) {
    case Shape::kCounter:
      if (choices.OneIn(15)) return static_cast<double>(choices.Below(4));
      return choices.OneIn(6) ? before : before + step / 4;
    case Shape::kGauge:
      return choices.OneIn(6) ? before : before + (step - 32) / 8;
    case Shape::kSwitch:
      return choices.OneIn(4) ? 1 - before : before;
  }
  return before;
}

obvious::Series RandomOne(Choices& choices, metrics::Labels labels, Shape shape, int64_t start_ms) {
  obvious::Series series{std::move(labels), {}};
  double value = shape == Shape::kCounter ? static_cast<double>(choices.Below(300))
                                          : static_cast<double>(choices.Below(2));
  const bool odd = choices.OneIn(5), ends_at_times = choices.OneIn(4);
  for (const int64_t at_ms : RandomTimes(choices, start_ms)) {
    value = NextValue(choices, shape, value);
    double sample = value;
    if (odd && choices.OneIn(4)) sample = OddValue(choices);
    if (ends_at_times && choices.OneIn(10)) sample = metrics::StaleMarker();
    series.samples.push_back({at_ms, sample});
  }
  return series;
}

/// Counts of one histogram's buckets: each at least those below.
void AddBuckets(Choices& choices, const metrics::Labels& labels, int64_t start_ms,
                obvious::Data& data) {
  const std::vector<int64_t> times = RandomTimes(choices, start_ms);
  const bool lacks_last = choices.OneIn(8), falls = choices.OneIn(4), odd = choices.OneIn(6);
  std::vector<double> below(times.size());
  double total = 0;
  for (const char* le : {"0.1", "0.5", "1", "+Inf"}) {
    if (lacks_last && std::string_view(le) == "+Inf") break;
    obvious::Series series{labels, {}};
    series.labels.Set("le", le);
    for (size_t i = 0; i < times.size(); ++i) {
      if (i == 0 || choices.OneIn(12)) total = 0;
      total += static_cast<double>(choices.Below(6));
      below[i] += total;
      const bool fallen = falls && choices.OneIn(6);
      const double count = fallen ? below[i] / 2 : below[i];
      series.samples.push_back({times[i], odd && choices.OneIn(8) ? OddValue(choices) : count});
    }
    data.push_back(std::move(series));
  }
}

}  // namespace

obvious::Data RandomData(Choices& choices, int64_t start_ms) {
  obvious::Data data;
  const auto add = [&](Shape shape, std::vector<metrics::Labels::Pair> pairs) {
    if (choices.OneIn(7)) return;
    data.push_back(RandomOne(choices, metrics::Labels(std::move(pairs)), shape, start_ms));
  };
  for (const char* job : {"api", "db"}) {
    for (const char* instance : {"1", "2"}) {
      add(Shape::kCounter, {{"__name__", "requests_total"}, {"job", job}, {"instance", instance}});
      add(Shape::kGauge, {{"__name__", "temperature"}, {"job", job}, {"instance", instance}});
      add(Shape::kSwitch, {{"__name__", "up"}, {"job", job}, {"instance", instance}});
      for (const char* code : {"404", "500"}) {
        add(Shape::kCounter,
            {{"__name__", "errors_total"}, {"job", job}, {"instance", instance}, {"code", code}});
      }
    }
    add(Shape::kGauge, {{"__name__", "quota"}, {"job", job}});
    if (!choices.OneIn(4))
      AddBuckets(choices, metrics::Labels({{"__name__", "latency_bucket"}, {"job", job}}), start_ms,
                 data);
  }
  add(Shape::kGauge, {{"__name__", "quota"}});
  // The same value under another name.
  add(Shape::kGauge, {{"__name__", "quota"}, {"instance", "api"}});
  std::sort(data.begin(), data.end(),
            [](const obvious::Series& a, const obvious::Series& b) { return a.labels < b.labels; });
  return data;
}

}  // namespace hinomi::promql
