// What the manager makes up for after a time down.
#include <algorithm>
#include <utility>

#include "rules/impl/entry.h"
#include "rules/manager.h"

namespace hinomi::rules {
namespace {

// Of all groups together, each with its share: bounds memory to some 50 MB.
constexpr size_t kMostMissed = 1'000'000;
// A series that was given longer ago is not seen any more, and need not be ended.
constexpr Duration kLookback = Duration::Minutes(5);

}  // namespace

World Manager::PastWorld() const {
  World world = world_;
  world.alerts = false;
  return world;
}

Memory Manager::PastOf(const Group& group, Instant at) {
  if (group.recording_count() == 0) return {};
  const auto last = LastMark(store_, group.key(), at - kLookback, at - Duration::Millis(1));
  if (!last || !*last) return {};
  return Evaluate(group, **last, {}, PastWorld(), Writing::kEndsOnly).memory;
}

void Manager::TakeMissed(Instant now, Due& due) {
  catch_up_pending_.Set(static_cast<double>(missed_.size()));
  // What is due now goes first.
  if (catching_up_ || running_ > 0 || clock_.Monotonic() < catch_up_from_) return;
  if (plan_wanted_) {
    plan_wanted_ = false;
    catching_up_ = true;
    due.tasks.push_back([this] { PlanMissed(); });
    return;
  }
  // The last steps look at the first evaluation after the start: it has to be there.
  if (missed_.empty() || missed_.front().step.at > now ||
      missed_.front().step.at >= missed_.front().entry->next) {
    return;
  }
  catching_up_ = true;
  due.tasks.push_back([this, missed = missed_.front()] { RunMissed(missed); });
  missed_.pop_front();
}

void Manager::PlanMissed() {
  std::vector<EntryPtr> entries;
  {
    const MutexLock lock(mutex_);
    entries = entries_;
  }
  std::vector<Missed> missed = FindMissed(entries);
  {
    const MutexLock lock(mutex_);
    catching_up_ = false;
    if (entries == entries_) {
      missed_.assign(missed.begin(), missed.end());
    } else {
      plan_wanted_ = true;
    }
  }
  Ended();
}

std::vector<Manager::Missed> Manager::FindMissed(const std::vector<EntryPtr>& entries) {
  Instant from, until;
  {
    const MutexLock lock(mutex_);
    until = *started_at_ + Duration::Millis(1);
    from = until - settings_.catch_up;
  }
  std::vector<Missed> missed;
  const auto marks = ReadMarks(store_, from, until);
  if (!marks) {
    log_.Failed("what recording rules missed cannot be told, so nothing is made up for",
                {{"error", marks.error().message}});
    return missed;
  }
  for (const EntryPtr& entry : entries) {
    const Grid& grid = entry->group->grid();
    const auto known = marks->find(entry->group->key());
    if (known == marks->end() || entry->group->recording_count() == 0) continue;
    const auto share = static_cast<int64_t>(kMostMissed / entries.size());
    const Instant furthest = std::max(from, until - grid.interval() * share);
    for (const CatchUpStep& step : MissedSteps(grid, known->second, furthest, until))
      missed.push_back({entry, step});
  }
  std::ranges::stable_sort(missed, {}, [](const Missed& one) { return one.step.at; });
  const auto times = std::ranges::count_if(
      missed, [](const Missed& one) { return one.step.writing == Writing::kAll; });
  if (times > 0) {
    log_.Info("recording rules make up for evaluations that were missed",
              {{"evaluations", std::to_string(times)}});
  }
  return missed;
}

void Manager::RunMissed(const Missed& missed) {
  Entry& entry = *missed.entry;
  if (missed.step.first) entry.caught_up = Memory();
  Round round =
      Evaluate(*entry.group, missed.step.at, entry.caught_up, PastWorld(), missed.step.writing);
  Count(entry, round);
  entry.caught_up = std::move(round.memory);
  if (missed.step.writing == Writing::kAll && round.whole) caught_up_.Add();
  {
    const MutexLock lock(mutex_);
    catching_up_ = false;
  }
  Ended();
}

}  // namespace hinomi::rules
