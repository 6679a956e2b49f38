#include "alarms/schedule.h"

#include <algorithm>

namespace hinomi::alarms {
namespace {

bool HasAll(Schedule::LabelPairs labels, const std::map<std::string, std::string>& dimensions) {
  return std::all_of(dimensions.begin(), dimensions.end(), [&labels](const auto& dimension) {
    return std::any_of(labels.begin(), labels.end(), [&dimension](const auto& label) {
      return label.first == dimension.first && label.second == dimension.second;
    });
  });
}

}  // namespace

Schedule::Schedule(const std::vector<policy::AlarmDocument>& alarms, Duration delay_after_data)
    : delay_after_data_(delay_after_data) {
  for (const policy::AlarmDocument& alarm : alarms) {
    const size_t index = planned_.size();
    planned_.push_back({alarm, Instant(), Instant::Max()});
    by_metric_[alarm.metric].push_back(index);
    queue_.emplace(Instant(), index);
  }
}

Duration Schedule::Grid(const policy::AlarmDocument& alarm) {
  return alarm.period < Duration::Seconds(60) ? Duration::Seconds(10) : Duration::Seconds(60);
}

Instant Schedule::NextOnGrid(const policy::AlarmDocument& alarm, Instant t) {
  const int64_t grid = Grid(alarm).nanos();
  int64_t index = t.nanos() / grid;
  if (t.nanos() < 0 && t.nanos() % grid != 0) --index;
  return Instant::FromNanos((index + 1) * grid);
}

std::vector<std::string> Schedule::Touched(std::string_view metric, LabelPairs labels) const {
  std::vector<std::string> touched;
  const auto found = by_metric_.find(metric);
  if (found == by_metric_.end()) return touched;
  for (const size_t index : found->second)
    if (HasAll(labels, planned_[index].alarm.dimensions))
      touched.push_back(planned_[index].alarm.name);
  return touched;
}

void Schedule::Arrived(std::string_view metric, LabelPairs labels, Instant now) {
  const auto found = by_metric_.find(metric);
  if (found == by_metric_.end()) return;
  for (const size_t index : found->second) {
    Planned& planned = planned_[index];
    // The first point of a burst sets the time; later ones do not put it off.
    if (planned.soon != Instant::Max() || !HasAll(labels, planned.alarm.dimensions)) continue;
    Plan(planned, planned.due, now + delay_after_data_);
  }
}

void Schedule::Plan(Planned& planned, Instant due, Instant soon) {
  const auto index = static_cast<size_t>(&planned - planned_.data());
  queue_.erase({std::min(planned.due, planned.soon), index});
  planned.due = due;
  planned.soon = soon;
  queue_.emplace(std::min(due, soon), index);
}

std::optional<Instant> Schedule::NextDue() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

std::vector<std::string> Schedule::TakeDue(Instant now) {
  std::vector<std::string> due;
  if (now < last_taken_)
    for (Planned& planned : planned_) Plan(planned, now, Instant::Max());
  last_taken_ = now;
  while (!queue_.empty() && queue_.begin()->first <= now) {
    Planned& planned = planned_[queue_.begin()->second];
    due.push_back(planned.alarm.name);
    const Instant next = planned.due <= now ? NextOnGrid(planned.alarm, now) : planned.due;
    Plan(planned, next, Instant::Max());
  }
  return due;
}

}  // namespace hinomi::alarms
