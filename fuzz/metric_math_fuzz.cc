// modules: hn_metric_math
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "metric_math/metric_math.h"

namespace {

using namespace hinomi;

constexpr size_t kPoints = 12;

metric_math::Points RandomPoints(Random& random) {
  static constexpr double kOdd[] = {0, -1, 1e-300, 1e300, -1e300, NAN, INFINITY};
  metric_math::Points points(kPoints);
  for (auto& point : points) {
    if (random.Percent(25)) continue;
    point = random.Percent(20) ? kOdd[random.Below(std::size(kOdd))] : random.Unit() * 100;
  }
  return points;
}

metric_math::Input RandomInput(size_t seed) {
  Random random(seed);
  metric_math::Input input;
  input.grid = {Instant::FromSeconds(1'796'083'080), Duration::Minutes(1), kPoints};
  for (const char* id : {"m1", "m2", "m3"}) input.metrics[id] = RandomPoints(random);
  input.band = [](std::string_view, const metric_math::Grid& grid,
                  double k) -> Result<metric_math::BandPoints> {
    return metric_math::BandPoints{metric_math::Points(grid.count, k),
                                   metric_math::Points(grid.count)};
  };
  return input;
}

void CheckRoundTrip(const metric_math::Expr& expr) {
  const std::string printed = metric_math::Format(expr);
  if (printed.size() > metric_math::kMaxExpressionBytes) return;  // Blanks made it longer.
  const auto again = metric_math::Parse(printed);
  HN_CHECK(again.has_value());
  HN_CHECK(metric_math::Format(**again) == printed);
}

/// What may be a threshold is read as a band, of an entry that can be evaluated by itself.
void CheckAsBand(metric_math::EntrySet set, const std::string& text) {
  set.entries.front().return_data = true;
  set.entries.back().return_data = false;
  set.threshold_id = set.entries.back().id;
  const auto compiled = metric_math::MetricMath::Compile(set);
  if (!compiled) return;
  const auto call = metric_math::BandOf(**metric_math::Parse(text));
  HN_CHECK(call.has_value());
  HN_CHECK(call->spreads.value_or(1) > 0);
  HN_CHECK(call->spreads_offset < text.size());
  const metric_math::Input input = RandomInput(text.size());
  HN_CHECK(compiled->EvaluateBand(input).has_value());
  HN_CHECK(compiled->EvaluateEntry(call->of, input)->points.size() == kPoints);
}

}  // namespace

// What is read prints as a text that reads as the same; findings point into it; what has no
// mistake can be evaluated on any points and gives one a period, each of them a finite number.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto expr = metric_math::Parse(text)) CheckRoundTrip(**expr);
  metric_math::EntrySet set;
  for (const char* id : {"m1", "m2", "m3"}) set.entries.push_back({id, "", Duration::Minutes(1)});
  set.entries.push_back({"e1", "m1 / m2"});
  set.entries.push_back({"e2", text, {}, true});
  for (const metric_math::Finding& finding : metric_math::CheckSet(set)) {
    HN_CHECK(!finding.message.empty());
    HN_CHECK(finding.offset.value_or(0) <= text.size());
  }
  CheckAsBand(set, text);
  const auto compiled = metric_math::MetricMath::Compile(set);
  if (!compiled) return 0;
  for (const size_t seed : {size, size + 1}) {
    const auto result = compiled->Evaluate(RandomInput(seed));
    HN_CHECK(result.has_value());
    HN_CHECK(result->points.size() == kPoints);
    for (const auto& point : result->points) HN_CHECK(!point || std::isfinite(*point));
  }
  return 0;
}
