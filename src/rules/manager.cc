#include "rules/manager.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace hinomi::rules {
namespace {

// Of all groups together, each with its share: bounds memory to some 50 MB.
constexpr size_t kMostMissed = 1'000'000;
// A clock that was set back is noticed within this time.
constexpr Duration kLongestPause = Duration::Seconds(2);
// A series that was given longer ago is not seen any more, and need not be ended.
constexpr Duration kLookback = Duration::Minutes(5);
// Renamed rules have given their series by then, which must not end.
constexpr int kIntervalsBeforeLeaving = 2;

/// All series of a group.
std::vector<std::string> SeriesOf(const Memory& memory) {
  std::vector<std::string> series = memory.orphans;
  for (const auto& given : memory.given) series.insert(series.end(), given.begin(), given.end());
  std::ranges::sort(series);
  return series;
}

bool Gives(const Memory& memory, const std::string& bytes) {
  return std::ranges::any_of(
      memory.given, [&](const auto& given) { return std::ranges::binary_search(given, bytes); });
}

}  // namespace

/// A group in use. What is not said otherwise is guarded by the manager's lock.
struct Manager::Entry {
  explicit Entry(const policy::RuleGroupDocument& document)
      : group(std::make_shared<const Group>(document)) {}

  const std::shared_ptr<const Group> group;
  std::shared_ptr<const Memory> memory = std::make_shared<const Memory>();
  EntryPtr predecessor;  ///< Whose memory is taken over once it does not run any more.
  bool running = false;
  Instant next;
  /// It may have run before this process did: what it gave then is not known yet.
  bool unknown_past = false;
  GroupState state;
  Memory caught_up;  ///< Of the one task that makes up for what was missed.

  Instrument* evaluations = nullptr;
  Instrument* failures = nullptr;
  Instrument* seconds = nullptr;
  Instrument* iterations = nullptr;
  Instrument* iterations_missed = nullptr;
  Instrument* last_duration = nullptr;
  Instrument* last_evaluation = nullptr;

  /// False while it is not known yet what it takes over.
  bool Ready() {
    if (predecessor == nullptr) return true;
    if (predecessor->running || !predecessor->Ready()) return false;
    memory =
        std::make_shared<const Memory>(TakeOver(*predecessor->group, *predecessor->memory, *group));
    predecessor.reset();
    return true;
  }
};

Manager::Manager(Options options, const metrics::Queryable& store, metrics::Appender& appender,
                 const Clock& clock, Telemetry& telemetry, Log& log)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      telemetry_(telemetry),
      log_(log),
      caught_up_(telemetry.Counter("hinomi_rule_catch_up_iterations_total")),
      catch_up_pending_(telemetry.Gauge("hinomi_rule_catch_up_pending")),
      world_{[this](const promql::Expr& expr, std::string_view text, int64_t at_ms) {
               return options_.query(expr, text, at_ms, stopping_);
             },
             [&appender](const metrics::RawBatch& batch) { return appender.AppendRaw(batch); },
             clock, [this] { return stopping_.load(); }} {
  appender.SetMetadata(kMarkMetric,
                       {metrics::MetricType::kGauge,
                        "Series that one evaluation of a group of rules recorded.", ""});
}

Manager::EntryPtr Manager::MakeEntry(const policy::RuleGroupDocument& document) {
  auto entry = std::make_shared<Entry>(document);
  const Group& group = *entry->group;
  entry->state = {entry->group,
                  std::make_shared<const std::vector<RuleState>>(group.rules().size())};
  const Telemetry::Labels labels = {{"rule_group", group.key()}};
  telemetry_.Gauge("hinomi_rule_group_interval_seconds", labels)
      .Set(group.grid().interval().ToSeconds());
  telemetry_.Gauge("hinomi_rule_group_rules", labels)
      .Set(static_cast<double>(group.rules().size()));
  entry->evaluations = &telemetry_.Counter("hinomi_rule_evaluations_total", labels);
  entry->failures = &telemetry_.Counter("hinomi_rule_evaluation_failures_total", labels);
  entry->seconds = &telemetry_.Counter("hinomi_rule_evaluation_seconds_total", labels);
  entry->iterations = &telemetry_.Counter("hinomi_rule_group_iterations_total", labels);
  entry->iterations_missed =
      &telemetry_.Counter("hinomi_rule_group_iterations_missed_total", labels);
  entry->last_duration = &telemetry_.Gauge("hinomi_rule_group_last_duration_seconds", labels);
  entry->last_evaluation =
      &telemetry_.Gauge("hinomi_rule_group_last_evaluation_timestamp_seconds", labels);
  return entry;
}

void Manager::Report(const std::vector<policy::RuleGroupDocument>& groups) {
  size_t recording = 0, alerting = 0;
  for (const policy::RuleGroupDocument& group : groups)
    for (const policy::RuleDocument& rule : group.rules)
      ++(rule.alert.empty() ? recording : alerting);
  telemetry_.Gauge("hinomi_rule_alerting_rules_not_run").Set(static_cast<double>(alerting));
  if (groups.empty()) return;
  log_.Info("rule files in force", {{"groups", std::to_string(groups.size())},
                                    {"recording_rules", std::to_string(recording)}});
  if (alerting == 0) return;
  log_.Warning(
      "alerting rules of Prometheus' rule files are checked and listed, and not evaluated: no "
      "alert will come of them; alarms.yml has Hinomi's own alarms",
      {{"alerting_rules", std::to_string(alerting)}});
}

void Manager::Use(const std::vector<policy::RuleGroupDocument>& groups, Duration catch_up) {
  std::vector<EntryPtr> fresh;
  {
    const MutexLock lock(mutex_);
    const Instant now = clock_.Now();
    std::map<std::string, EntryPtr> before;
    for (const EntryPtr& entry : entries_) before[entry->group->key()] = entry;
    for (const Leaving& one : leaving_) before.emplace(one.entry->group->key(), one.entry);
    std::map<std::string, Instant> left;
    for (const Leaving& one : leaving_) left[one.entry->group->key()] = one.left_at;
    leaving_.clear();
    for (const policy::RuleGroupDocument& document : groups) {
      const auto known = before.find(document.Key());
      const bool same = known != before.end() && known->second->group->document() == document;
      fresh.push_back(same ? known->second : MakeEntry(document));
      if (!same) {
        fresh.back()->next = fresh.back()->group->grid().After(now);
        fresh.back()->unknown_past = !started_at_;
      }
      if (known == before.end()) continue;
      if (!same) fresh.back()->predecessor = known->second;
      before.erase(known);
    }
    for (auto& [key, entry] : before) {
      telemetry_.Gauge("hinomi_rule_group_rules", {{"rule_group", key}}).Set(0);
      const auto already = left.find(key);
      const Instant left_at = already == left.end() ? now : already->second;
      leaving_.push_back(
          {entry, left_at, left_at + entry->group->grid().interval() * kIntervalsBeforeLeaving});
    }
    std::ranges::sort(fresh, {}, [](const EntryPtr& entry) {
      const policy::RuleGroupDocument& document = entry->group->document();
      return std::tie(document.file, document.name);
    });
    entries_ = std::move(fresh);
    if (!started_at_) {
      started_at_ = now;
      catch_up_from_ = clock_.Monotonic() + options_.settle;
      plan_wanted_ = catch_up > Duration();
    } else if (!missed_.empty()) {
      plan_wanted_ = true;  // Its steps are of groups that may be gone.
    }
    catch_up_ = catch_up;
    missed_.clear();
  }
  Report(groups);
  if (options_.wake) options_.wake();
}

Manager::Due Manager::TakeDue() {
  const MutexLock lock(mutex_);
  const Instant now = clock_.Now();
  Due due{.next = now + kLongestPause};
  if (stopping_) return due;
  TakeDueGroups(now, due);
  TakeLeaving(now, due);
  TakeMissed(now, due);
  return due;
}

void Manager::TakeDueGroups(Instant now, Due& due) {
  for (const EntryPtr& entry : entries_) {
    const Grid& grid = entry->group->grid();
    if (entry->group->recording_count() == 0) continue;
    // The clock was set back.
    if (entry->next > now + grid.interval() * 2) entry->next = grid.After(now);
    if (entry->next > now) {
      due.next = std::min(due.next, entry->next);
      continue;
    }
    if (entry->running || !entry->Ready()) continue;
    const int64_t missed = (now - entry->next) / grid.interval();
    const Instant at = entry->next + grid.interval() * missed;
    entry->iterations->Add(static_cast<double>(missed + 1));
    entry->iterations_missed->Add(static_cast<double>(missed));
    entry->next = at + grid.interval();
    entry->running = true;
    ++running_;
    due.tasks.push_back([this, entry, at] { RunGroup(entry, at); });
  }
}

void Manager::RunGroup(const EntryPtr& entry, Instant at) {
  std::shared_ptr<const Memory> before;
  bool unknown_past = false;
  {
    const MutexLock lock(mutex_);
    before = entry->memory;
    unknown_past = std::exchange(entry->unknown_past, false);
  }
  const Instant began = clock_.Now();
  const Duration began_at = clock_.Monotonic();
  if (unknown_past) before = std::make_shared<const Memory>(PastOf(*entry->group, at));
  Round round = Evaluate(*entry->group, at, *before, world_);
  Count(*entry, round);
  Publish(*entry, round, began, clock_.Monotonic() - began_at);
  {
    const MutexLock lock(mutex_);
    entry->memory = std::make_shared<const Memory>(std::move(round.memory));
    entry->running = false;
    --running_;
  }
  Ended();
}

Memory Manager::PastOf(const Group& group, Instant at) {
  const auto last = LastMark(store_, group.key(), at - kLookback, at - Duration::Millis(1));
  if (!last || !*last) return {};
  return Evaluate(group, **last, {}, world_, Writing::kEndsOnly).memory;
}

void Manager::Count(Entry& entry, const Round& round) {
  for (const Outcome& outcome : round.outcomes) {
    if (!outcome.evaluated) continue;
    entry.evaluations->Add();
    entry.seconds->Add(outcome.took.ToSeconds());
    if (!outcome.status) entry.failures->Add();
  }
}

void Manager::Publish(Entry& entry, const Round& round, Instant began, Duration took) {
  std::shared_ptr<const std::vector<RuleState>> before;
  {
    const MutexLock lock(mutex_);
    before = entry.state.rules;
  }
  auto states = std::make_shared<std::vector<RuleState>>(*before);
  for (size_t i = 0; i < states->size(); ++i) {
    const Outcome& outcome = round.outcomes[i];
    if (!outcome.evaluated) continue;
    RuleState& state = (*states)[i];
    const std::string error = outcome.status ? "" : outcome.status.error().message;
    if (!error.empty() && error != state.last_error && !stopping_) {
      log_.Warning("a recording rule fails; said again when its error changes",
                   {{"group", entry.group->key()},
                    {"rule", entry.group->rules()[i].document.record},
                    {"error", error}});
    }
    state = {outcome.status ? Health::kOk : Health::kErr, error, outcome.took, began};
  }
  entry.last_duration->Set(took.ToSeconds());
  entry.last_evaluation->Set(static_cast<double>(began.millis()) / 1e3);
  const MutexLock lock(mutex_);
  entry.state = {entry.group, std::move(states), took, began};
}

void Manager::TakeLeaving(Instant now, Due& due) {
  std::erase_if(leaving_, [&](const Leaving& leaving) {
    due.next = std::min(due.next, std::max(leaving.due_at, now));
    if (leaving.due_at > now || leaving.entry->running || !leaving.entry->Ready()) return false;
    due.tasks.push_back([this, leaving] { RunLeaving(leaving); });
    return true;
  });
}

void Manager::RunLeaving(const Leaving& leaving) {
  std::vector<std::shared_ptr<const Memory>> others;
  std::shared_ptr<const Memory> gone;
  {
    const MutexLock lock(mutex_);
    gone = leaving.entry->memory;
    for (const EntryPtr& entry : entries_) others.push_back(entry->memory);
  }
  std::vector<std::string> series = SeriesOf(*gone);
  std::erase_if(series, [&](const std::string& bytes) {
    return std::ranges::any_of(others, [&](const auto& other) { return Gives(*other, bytes); });
  });
  const Group& group = *leaving.entry->group;
  Status ended =
      EndSeries(world_, series, (leaving.left_at - group.document().query_offset).millis());
  if (ended && group.recording_count() > 0)
    ended = EndSeries(world_, {MarkBytes(group.key())}, leaving.left_at.millis());
  if (!ended) {
    log_.Failed("the series of a group of rules that is gone could not be ended",
                {{"group", group.key()}, {"error", ended.error().message}});
  }
  Ended();
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
    from = until - catch_up_;
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
      Evaluate(*entry.group, missed.step.at, entry.caught_up, world_, missed.step.writing);
  Count(entry, round);
  entry.caught_up = std::move(round.memory);
  if (missed.step.writing == Writing::kAll && round.whole) caught_up_.Add();
  {
    const MutexLock lock(mutex_);
    catching_up_ = false;
  }
  Ended();
}

void Manager::Ended() {
  if (options_.wake) options_.wake();
}

std::vector<GroupState> Manager::Groups() const {
  const MutexLock lock(mutex_);
  std::vector<GroupState> groups;
  for (const EntryPtr& entry : entries_) groups.push_back(entry->state);
  return groups;
}

}  // namespace hinomi::rules
