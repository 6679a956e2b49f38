#include "alarms/evaluator.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "alarms/impl/reasons.h"
#include "base/strings.h"

namespace hinomi::alarms {

using ops_model::AlarmState;
using ops_model::Datapoint;
using policy::MissingData;

namespace {

/// Whether a verdict is put into words: most are looked at for their state alone.
enum class Words { kNone, kAll };

/// The real points of the evaluation range, newest first.
struct Real {
  std::vector<const Datapoint*> points;
  int oldest_age = 0;    ///< In periods; the newest point has age 1.
  int without_band = 0;  ///< Values that nobody can judge.
};

Real RealPoints(const policy::AlarmDocument& alarm, std::span<const Datapoint> newest_first) {
  const int range = EvaluationRange(alarm.evaluation_periods);
  Real real;
  for (int age = 1; age <= range && static_cast<size_t>(age) <= newest_first.size(); ++age) {
    const Datapoint& point = newest_first[static_cast<size_t>(age - 1)];
    if (!point.value || std::isnan(*point.value)) continue;
    if (alarm.has_band() && !point.band) {
      ++real.without_band;
      continue;
    }
    real.points.push_back(&point);
    real.oldest_age = age;
  }
  return real;
}

Verdict WithoutAnyPoint(const policy::AlarmDocument& alarm) {
  switch (alarm.treat_missing_data) {
    case MissingData::kMissing:
      return {AlarmState::kInsufficientData, impl::InsufficientReason(alarm.evaluation_periods),
              "no_data"};
    case MissingData::kIgnore:
      return {std::nullopt, impl::InsufficientReason(alarm.evaluation_periods),
              "missing_data_ignored"};
    case MissingData::kBreaching:
      return {AlarmState::kAlarm, impl::NothingReceivedReason(alarm), "missing_data_breaching"};
    case MissingData::kNotBreaching:
      return {AlarmState::kOk, impl::NothingReceivedReason(alarm), "missing_data_not_breaching"};
  }
  return {};
}

/// Data came: neither that it is missing nor that it is good would be true.
Verdict WithoutAnyBand(const policy::AlarmDocument& alarm, int values, std::string_view no_band) {
  Verdict verdict{AlarmState::kInsufficientData, impl::NoBandReason(values, no_band), "no_band"};
  if (alarm.treat_missing_data == MissingData::kIgnore) verdict.state.reset();
  return verdict;
}

/// `missing`: how many of the N points were filled by the alarm's mode; zero
/// where the mode leaves them out of account.
Verdict FromCounts(const policy::AlarmDocument& alarm, const std::vector<const Datapoint*>& used,
                   int missing, Words words) {
  const auto count = static_cast<int>(std::ranges::count_if(
      used, [&alarm](const Datapoint* point) { return Breaches(alarm, *point); }));
  const int filled_breaching = alarm.treat_missing_data == MissingData::kBreaching ? missing : 0;
  const bool to_alarm = count + filled_breaching >= alarm.datapoints_to_alarm;
  if (words == Words::kNone) return {to_alarm ? AlarmState::kAlarm : AlarmState::kOk, "", ""};
  std::vector<Datapoint> breaching, good;
  for (const Datapoint* point : used)
    (Breaches(alarm, *point) ? breaching : good).push_back(*point);
  const std::vector<Datapoint>& shown = to_alarm ? breaching : good;
  // The filled ones alone decided: no real point speaks for the state.
  std::string reason = shown.empty() ? impl::FilledReason(alarm, missing)
                                     : impl::ThresholdReason(alarm, to_alarm, shown, missing);
  if (to_alarm) {
    const bool by_filling = static_cast<int>(breaching.size()) < alarm.datapoints_to_alarm;
    return {AlarmState::kAlarm, std::move(reason),
            by_filling ? "missing_data_breaching" : "threshold_crossed"};
  }
  return {AlarmState::kOk, std::move(reason),
          shown.empty() ? "missing_data_not_breaching" : "threshold_not_crossed"};
}

/// Fewer points than are asked for, all of them bad, the oldest old enough.
Verdict AllBreaching(const policy::AlarmDocument& alarm, const Real& real, Words words) {
  if (words == Words::kNone) return {AlarmState::kAlarm, "", ""};
  std::vector<Datapoint> points;
  for (const Datapoint* point : real.points) points.push_back(*point);
  return {AlarmState::kAlarm, impl::ThresholdReason(alarm, true, points, 0), "threshold_crossed"};
}

}  // namespace

uint64_t SamplesNeeded(std::string_view statistic) {
  if (!statistic.starts_with('p')) return 0;
  const double share = ParseDouble(statistic.substr(1)).value_or(0) / 100;
  const double rest = share < 0.5 ? share : 1 - share;
  // p99.9 has a rest of 0.001, which doubles miss by a hair.
  return rest > 0 ? static_cast<uint64_t>(std::llround(std::ceil(10 / rest - 1e-6))) : 0;
}

bool Breaches(const policy::AlarmDocument& alarm, const Datapoint& point) {
  if (!point.value || (alarm.has_band() && !point.band)) return false;
  const double value = *point.value;
  const ops_model::Band band = point.band.value_or(ops_model::Band());
  switch (alarm.comparison) {
    case policy::Comparison::kGreaterThanOrEqual:
      return value >= alarm.threshold;
    case policy::Comparison::kGreaterThan:
      return value > alarm.threshold;
    case policy::Comparison::kLessThan:
      return value < alarm.threshold;
    case policy::Comparison::kLessThanOrEqual:
      return value <= alarm.threshold;
    case policy::Comparison::kOutsideBand:
      return value < band.lower || value > band.upper;
    case policy::Comparison::kBelowBand:
      return value < band.lower;
    case policy::Comparison::kAboveBand:
      return value > band.upper;
  }
  return false;
}

namespace {

Verdict Judge(const policy::AlarmDocument& alarm, std::span<const Datapoint> newest_first,
              std::string_view no_band, Words words) {
  const int n = alarm.evaluation_periods;
  Real real = RealPoints(alarm, newest_first);
  // Enough real points: older ones reach in for those that are missing.
  if (real.points.size() > static_cast<size_t>(n)) real.points.resize(static_cast<size_t>(n));
  const auto count = static_cast<int>(real.points.size());
  if (count == 0 && real.without_band > 0) return WithoutAnyBand(alarm, real.without_band, no_band);
  if (count == 0) return WithoutAnyPoint(alarm);
  if (const uint64_t needed = alarm.ignore_low_samples ? SamplesNeeded(alarm.statistic) : 0)
    for (const Datapoint* point : real.points)
      if (point->samples < needed)
        return {std::nullopt, impl::LowSamplesReason(alarm, point->samples, needed),
                "too_few_samples"};
  if (count == n) return FromCounts(alarm, real.points, 0, words);
  const MissingData mode = alarm.treat_missing_data;
  const bool fills = mode == MissingData::kBreaching || mode == MissingData::kNotBreaching;
  // Data that came and cannot be judged is not missing: nothing is filled beside it.
  if (fills && real.without_band == 0) return FromCounts(alarm, real.points, n - count, words);

  const bool only_breaching =
      std::all_of(real.points.begin(), real.points.end(),
                  [&alarm](const Datapoint* p) { return Breaches(alarm, *p); });
  if (!only_breaching) return FromCounts(alarm, real.points, 0, words);
  // A stream that ends, or begins, with a bad point must not alarm before it
  // had the time to show M of them; nor is it OK without one good point.
  if (mode != MissingData::kIgnore && real.oldest_age >= alarm.datapoints_to_alarm)
    return AllBreaching(alarm, real, words);
  return {std::nullopt, impl::InsufficientReason(n - count),
          mode == MissingData::kIgnore ? "missing_data_ignored" : "too_few_datapoints"};
}

}  // namespace

Verdict Evaluate(const policy::AlarmDocument& alarm, std::span<const Datapoint> newest_first,
                 std::string_view no_band) {
  return Judge(alarm, newest_first, no_band, Words::kAll);
}

std::optional<AlarmState> StateFrom(const policy::AlarmDocument& alarm,
                                    std::span<const Datapoint> newest_first) {
  return Judge(alarm, newest_first, "", Words::kNone).state;
}

}  // namespace hinomi::alarms
