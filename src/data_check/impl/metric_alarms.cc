#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "alarms/evaluator.h"
#include "base/strings.h"
#include "data_check/impl/checks.h"
#include "metrics/datapoints.h"

namespace hinomi::data_check::impl {
namespace {

constexpr Duration kLookBack = Duration::Days(1);
/// Fewer say nothing about what is usual.
constexpr size_t kFewestValues = 10;

struct Bounds {
  double lowest = -INFINITY;
  double highest = INFINITY;
};

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Between which values a metric's samples lie, by its name and unit alone.
Bounds BoundsOfSamples(const policy::AlarmDocument& alarm) {
  const std::string_view name = alarm.metric;
  if (IsOneOf(name, {"up", "probe_success"}) || name.ends_with("_ratio")) return {0, 1};
  if (alarm.unit == "Percent" || name.ends_with("Utilization") || name.ends_with("_percent"))
    return {0, 100};
  for (const std::string_view end :
       {"_total", "_count", "_Count", "_bytes", "_seconds", "Count", "ResponseTime"})
    if (name.ends_with(end)) return {0, INFINITY};
  return {};
}

/// The same of what the statistic makes of a period's samples.
Bounds BoundsOf(const policy::AlarmDocument& alarm) {
  Bounds bounds = BoundsOfSamples(alarm);
  if (IsOneOf(alarm.statistic, {"Sum", "SampleCount"}) || alarm.statistic.starts_with("PR") ||
      alarm.statistic.starts_with("tc") || alarm.statistic.starts_with("ts") ||
      alarm.statistic.starts_with("TC") || alarm.statistic.starts_with("TS")) {
    const bool negative = alarm.statistic == "Sum" && bounds.lowest < 0;
    bounds = {negative ? -INFINITY : 0, INFINITY};
  }
  return bounds;
}

/// The alarm's values of the last day, one for each of its periods that has any.
Result<std::vector<double>> ValuesOf(const policy::AlarmDocument& alarm, const World& world,
                                     Instant now) {
  std::vector<double> values;
  const int at_once = alarms::EvaluationRange(alarm.evaluation_periods);
  const Duration step = alarm.period * at_once;
  for (Instant at = now; at > now - kLookBack; at = at - step) {
    HN_TRY(const auto points, world.history.points(alarm, at));
    for (const ops_model::Datapoint& point : points)
      if (point.value && std::isfinite(*point.value)) values.push_back(*point.value);
  }
  std::sort(values.begin(), values.end());
  return values;
}

std::string Shown(const std::map<std::string, std::string>& dimensions) {
  std::string text;
  for (const auto& [name, value] : dimensions)
    text += (text.empty() ? "" : ", ") + name + "=" + value;
  return "{" + text + "}";
}

class MetricAlarmCheck {
 public:
  MetricAlarmCheck(const policy::AlarmDocument& alarm, const World& world, Instant now,
                   std::vector<Finding>& found)
      : alarm_(alarm), world_(world), now_(now), found_(found) {}

  void Run() {
    bool all_there = true;
    for (const policy::MetricQueryDocument& query : alarm_.Metrics())
      all_there = CheckSeries(query) && all_there;
    if (alarm_.math == nullptr) CheckReach();
    if (!all_there) return;
    const auto values = ValuesOf(alarm_, world_, now_);
    if (!values) return NotLookedAt(values.error());
    if (alarm_.math == nullptr && values->size() >= kFewestValues) CheckUnit(*values);
  }

 private:
  void Found(Code code, std::string message) {
    found_.push_back({alarm_.name, code, std::move(message)});
  }
  void NotLookedAt(const Error& error) {
    Found(Code::kNotLookedAt, "could not be looked at: " + error.message);
  }

  /// False where there is nothing to look at.
  bool CheckSeries(const policy::MetricQueryDocument& query) {
    metrics::DatapointQuery wanted;
    wanted.metric = query.metric;
    wanted.dimensions = query.dimensions;
    wanted.unit = query.unit;
    const auto times = metrics::ReadSampleTimes(world_.store, wanted, now_ - kLookBack, now_);
    if (!times) {
      NotLookedAt(times.error());
      return false;
    }
    if (times->empty()) {
      Found(Code::kNothingSelected, WhyNothing(query));
      return false;
    }
    CheckSpacing(*times);
    return true;
  }

  std::string WhyNothing(const policy::MetricQueryDocument& query) const {
    const int64_t from = (now_ - kLookBack).millis(), to = now_.millis();
    const std::vector<metrics::Matcher> by_name = {
        {"__name__", metrics::MatchType::kEqual, query.metric}};
    const auto series = world_.store.SelectLabels(by_name, from, to);
    const std::string none = "nothing of the last day is read: ";
    if (series && !series->empty()) {
      if (!query.unit.empty() && HasSamples(query, ""))
        return none + "no series of " + query.metric + " is in " + query.unit +
               "; take \"unit\" away";
      return none + "no series of " + query.metric + " has exactly the dimensions " +
             Shown(query.dimensions) + "; there " + (series->size() == 1 ? "is " : "are ") +
             std::to_string(series->size()) + " with others, e.g. " + series->front().ToString();
    }
    std::string message = none + "there is no metric " + query.metric;
    const auto names = world_.store.LabelValues("__name__", from, to);
    if (names)
      if (const auto nearest = NearestName(query.metric, *names))
        return message + "; did you mean " + *nearest + "?";
    return message + "; does anything send it?";
  }

  bool HasSamples(const policy::MetricQueryDocument& query, const std::string& unit) const {
    metrics::DatapointQuery wanted;
    wanted.metric = query.metric;
    wanted.dimensions = query.dimensions;
    wanted.unit = unit;
    const auto times = metrics::ReadSampleTimes(world_.store, wanted, now_ - kLookBack, now_);
    return times && !times->empty();
  }

  void CheckSpacing(const std::vector<Instant>& times) {
    if (times.size() <= kFewestValues) return;
    std::vector<Duration> gaps;
    for (size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
    std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2),
                     gaps.end());
    const Duration usual = gaps[gaps.size() / 2];
    // A scrape a little late is no matter.
    if (usual.ToSeconds() <= alarm_.period.ToSeconds() * 1.1) return;
    const Duration told = Duration::Seconds(std::llround(usual.ToSeconds()));
    Found(Code::kPeriodTooShort, "a period is " + FormatDuration(alarm_.period) +
                                     ", but samples come every " + FormatDuration(told) +
                                     ": most periods have none; take a period of at least that");
  }

  void CheckReach() {
    if (alarm_.has_band()) return;
    const Bounds bounds = BoundsOf(alarm_);
    const auto breaches = [this](double value) { return alarms::Breaches(alarm_, {now_, value}); };
    const bool lowest = breaches(bounds.lowest), highest = breaches(bounds.highest);
    const std::string between =
        bounds.highest == INFINITY
            ? "never below " + FormatDouble(bounds.lowest)
            : "between " + FormatDouble(bounds.lowest) + " and " + FormatDouble(bounds.highest);
    const std::string what = alarm_.statistic + " of " + alarm_.metric + " is " + between;
    if (!lowest && !highest)
      Found(Code::kCannotFire,
            what + ", so that the threshold " + alarm_.threshold_text + " can never be reached");
    else if (lowest && highest && bounds.lowest != -INFINITY)
      Found(Code::kAlwaysFires,
            what + ", so that every value breaches the threshold " + alarm_.threshold_text);
  }

  void CheckUnit(const std::vector<double>& values) {
    const double least = values.front(), most = values.back(), middle = values[values.size() / 2];
    const std::string seen = "; the values of the last day lie between " + FormatDouble(least) +
                             " and " + FormatDouble(most);
    if (alarm_.threshold_text.ends_with('%') && least >= 0 && most <= 1 && most > 0 &&
        alarm_.threshold > 1)
      Found(Code::kUnit, "the threshold is " + alarm_.threshold_text + seen +
                             ": are they shares of 1 rather than percent?");
    const bool of_time = ParseDuration(alarm_.threshold_text).has_value() &&
                         !ParseDouble(alarm_.threshold_text).has_value();
    constexpr double kFar = 100;
    if (of_time && alarm_.threshold > 0 && middle >= alarm_.threshold * kFar)
      Found(Code::kUnit, "the threshold " + alarm_.threshold_text + " is compared as " +
                             FormatDouble(alarm_.threshold) + seen +
                             ": are they in a smaller unit, e.g. milliseconds?");
  }

  const policy::AlarmDocument& alarm_;
  const World& world_;
  Instant now_;
  std::vector<Finding>& found_;
};

}  // namespace

std::vector<Finding> CheckMetricAlarms(const policy::OpsFolder& folder, const World& world,
                                       Instant now) {
  std::vector<Finding> found;
  for (const policy::AlarmDocument& alarm : folder.alarms)
    if (alarm.reads_points()) MetricAlarmCheck(alarm, world, now, found).Run();
  return found;
}

}  // namespace hinomi::data_check::impl
