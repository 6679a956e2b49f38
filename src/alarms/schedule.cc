#include "alarms/schedule.h"

#include <algorithm>

#include "alarms/evaluator.h"

namespace hinomi::alarms {
namespace {

/// Labels that say where a sample comes from, not what it is of (metrics/datapoints.h).
bool IsAside(std::string_view label) {
  return label == "job" || label == "instance" || label == "Unit";
}

std::string_view MetricOf(Schedule::LabelPairs labels) {
  for (const auto& [name, value] : labels)
    if (name == "__name__") return value;
  return {};
}

void AddTo(std::string& key, std::string_view name, std::string_view value) {
  key.append(1, '\0').append(name).append(1, '\0').append(value);
}

bool HasAll(Schedule::LabelPairs labels, const std::map<std::string, std::string>& dimensions) {
  return std::all_of(dimensions.begin(), dimensions.end(), [&labels](const auto& dimension) {
    return std::any_of(labels.begin(), labels.end(), [&dimension](const auto& label) {
      return label.first == dimension.first && label.second == dimension.second;
    });
  });
}

/// How far back an evaluation sees.
Duration LookBack(const policy::AlarmDocument& alarm) {
  // A wall clock shows whole periods of which the last may be over almost as long.
  const int more = alarm.wall_clock_zone.empty() ? 0 : 2;
  return alarm.period * (PeriodsLookedAt(alarm) + more);
}

}  // namespace

Schedule::Schedule(const std::vector<policy::AlarmDocument>& alarms, Waits waits) : waits_(waits) {
  for (size_t i = 0; i < alarms.size(); ++i) {
    const policy::AlarmDocument& alarm = alarms[i];
    if (!alarm.reads_points()) continue;
    const size_t place = planned_.size();
    planned_.push_back({.alarm = alarm});
    index_of_.push_back(i);
    queue_.emplace(Instant(), place);
    for (const policy::MetricQueryDocument& query : alarm.Metrics()) AddReader(query, place);
  }
}

void Schedule::AddReader(const policy::MetricQueryDocument& query, size_t place) {
  metrics_.insert(query.metric);
  std::string key = query.metric;
  bool aside = false;
  for (const auto& [name, value] : query.dimensions) {
    AddTo(key, name, value);
    aside = aside || IsAside(name);
  }
  if (aside)
    aside_by_metric_[query.metric].push_back({query.dimensions, place});
  else
    by_key_[key].push_back(place);
}

Duration Schedule::Grid(const policy::AlarmDocument& alarm) {
  if (alarm.period >= Duration::Seconds(60)) return Duration::Seconds(60);
  return std::min(alarm.period, Duration::Seconds(10));
}

Instant Schedule::NextOnGrid(const policy::AlarmDocument& alarm, Instant t) {
  const int64_t grid = Grid(alarm).nanos();
  int64_t index = t.nanos() / grid;
  if (t.nanos() < 0 && t.nanos() % grid != 0) --index;
  return Instant::FromNanos((index + 1) * grid);
}

std::string Schedule::KeyOf(LabelPairs labels) {
  std::string key(MetricOf(labels));
  for (const auto& [name, value] : labels)
    if (name != "__name__" && !IsAside(name)) AddTo(key, name, value);
  return key;
}

std::vector<size_t> Schedule::Touched(LabelPairs labels) const {
  std::vector<size_t> touched;
  if (const auto found = by_key_.find(KeyOf(labels)); found != by_key_.end())
    for (const size_t place : found->second) touched.push_back(index_of_[place]);
  if (aside_by_metric_.empty()) return touched;
  const auto aside = aside_by_metric_.find(std::string(MetricOf(labels)));
  if (aside != aside_by_metric_.end())
    for (const AsideReader& reader : aside->second)
      if (HasAll(labels, reader.dimensions)) touched.push_back(index_of_[reader.place]);
  return touched;
}

void Schedule::Arrived(LabelPairs labels, Instant newest, Instant now) {
  const auto arrived = [&](size_t place) {
    Planned& planned = planned_[place];
    // Points of a clock that is ahead count as of when they are looked at.
    const Instant as_of = std::min(AsOf(newest), now + waits_.after_data);
    if (as_of + LookBack(planned.alarm) <= planned.looked_at) return;
    planned.seen = std::max(planned.seen, as_of);
    // The first point of a burst sets the time; later ones do not put it off.
    const bool first = planned.data == Instant();
    planned.data = std::max({planned.data, as_of, planned.looked_at});
    if (first) Plan(place, std::min(planned.due, now + waits_.after_data));
  };
  if (const auto found = by_key_.find(KeyOf(labels)); found != by_key_.end())
    for (const size_t place : found->second) arrived(place);
  if (aside_by_metric_.empty()) return;
  const auto aside = aside_by_metric_.find(std::string(MetricOf(labels)));
  if (aside == aside_by_metric_.end()) return;
  for (const AsideReader& reader : aside->second)
    if (HasAll(labels, reader.dimensions)) arrived(reader.place);
}

void Schedule::Plan(size_t index, Instant due) {
  queue_.erase({planned_[index].due, index});
  planned_[index].due = due;
  queue_.emplace(due, index);
}

void Schedule::PlanNext(size_t index, Instant data_due) {
  Planned& planned = planned_[index];
  planned.grid = NextOnGrid(planned.alarm, planned.looked_at);
  Plan(index, std::min(data_due, planned.grid + waits_.lateness));
}

std::optional<Instant> Schedule::NextDue() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

void Schedule::Take(size_t index, Instant now, std::vector<Due>& due) {
  Planned& planned = planned_[index];
  const auto look = [&](Instant at) {
    due.push_back({index_of_[index], at});
    planned.looked_at = at;
  };
  if (planned.looked_at == Instant()) {
    look(now);
  } else {
    // The newest point of the grid before which nothing is waited for any more.
    const Instant settled = std::max(std::min(planned.seen, now), now - waits_.lateness);
    const Duration grid = Grid(planned.alarm);
    const Instant newest = NextOnGrid(planned.alarm, settled) - grid;
    if (newest >= planned.grid && newest > planned.looked_at) look(newest);
    if (planned.data > now) return PlanNext(index, planned.data);
    if (planned.data != Instant()) look(std::max(planned.data, planned.looked_at));
  }
  planned.data = Instant();
  PlanNext(index, Instant::Max());
}

std::vector<Schedule::Due> Schedule::TakeDue(Instant now) {
  std::vector<Due> due;
  if (now < last_taken_) {
    for (size_t i = 0; i < planned_.size(); ++i) {
      planned_[i].looked_at = planned_[i].seen = planned_[i].data = Instant();
      Plan(i, now);
    }
  }
  last_taken_ = now;
  while (!queue_.empty() && queue_.begin()->first <= now) Take(queue_.begin()->second, now, due);
  return due;
}

}  // namespace hinomi::alarms
