#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "base/zone.h"
#include "data_check/impl/checks.h"

namespace hinomi::data_check::impl {
namespace {

constexpr int kNights = 7;
/// So many of them are no accident.
constexpr size_t kAlmostAll = 5;
constexpr int64_t kEvening = 22, kMorning = 6;
constexpr double kBearableAWeek = 2;

/// The day on which the night began in which `t` lies, by the zone's clocks; nothing by day.
std::optional<int64_t> NightOf(const std::string& zone, Instant t) {
  const int64_t local = (t + OffsetAt(zone, t).offset).seconds();
  const int64_t day = local / 86'400, hour = local % 86'400 / 3'600;
  if (hour >= kEvening) return day;
  return hour < kMorning ? std::optional(day - 1) : std::nullopt;
}

std::string WhatToDo(const control::BacktestSum& sum) {
  if (!sum.threshold) return "; look at them with `hinomi alarm backtest --from 7d`";
  return "; a threshold of " + FormatDouble(*sum.threshold) +
         " would have opened at most two incidents in the week";
}

}  // namespace

std::vector<Finding> CheckNights(const policy::OpsFolder& folder, const World& world, Instant now) {
  control::BacktestOptions options;
  options.from = now - Duration::Days(kNights);
  options.to = now;
  options.incidents_a_week = kBearableAWeek;
  const auto run = control::Backtest(folder, world.history, options);
  if (!run)
    return {{"", Code::kNotLookedAt,
             "the nights of the last week were not looked at: " + run.error().message}};
  std::map<std::string, std::set<int64_t>> nights;
  for (const control::BacktestIncident& incident : run->incidents)
    if (incident.severity <= ops_model::Severity::kError)
      if (const auto night = NightOf(folder.server.time_zone, incident.opened_at))
        nights[incident.alarm].insert(*night);
  std::vector<Finding> found;
  for (const auto& [alarm, its] : nights) {
    if (its.size() < kAlmostAll) continue;
    const auto sum = run->alarms.find(alarm);
    found.push_back({alarm, Code::kNightly,
                     "would have opened incidents in " + std::to_string(its.size()) +
                         " nights of the last week (22:00 to 06:00)" +
                         (sum == run->alarms.end() ? "" : WhatToDo(sum->second))});
  }
  return found;
}

}  // namespace hinomi::data_check::impl
