#include "rules/manager.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "rules/impl/entry.h"

namespace hinomi::rules {
namespace {

// A clock that was set back is noticed within this time.
constexpr Duration kLongestPause = Duration::Seconds(2);
// Renamed rules have given their series by then, which must not end.
constexpr int kIntervalsBeforeLeaving = 2;
// As Prometheus: before the second one, scraping and recording rules may not have given all.
constexpr int kEvaluationsUntilRestore = 2;

// Groups that fall due within this time are looked at together, those of short intervals within a
// part of theirs: to wake threads costs as much as some rules.
constexpr Duration kTogether = Duration::Millis(500);
constexpr int64_t kPartsOfInterval = 20;

/// When somebody has to look at what is due at `due`.
Instant LookAt(Instant due, Duration interval) {
  const Duration slot = std::min(kTogether, interval / kPartsOfInterval);
  if (slot.nanos() <= 1) return due;
  const int64_t into = due.nanos() % slot.nanos();
  return into <= 0 ? due : due + (slot - Duration::Nanos(into));
}

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
             clock,
             [this] { return stopping_.load(); },
             {},
             true} {
  appender.SetMetadata(kMarkMetric,
                       {metrics::MetricType::kGauge,
                        "Series that one evaluation of a group of rules recorded.", ""});
}

Manager::EntryPtr Manager::MakeEntry(const policy::RuleGroupDocument& document) {
  auto entry = std::make_shared<Entry>(document);
  const Group& group = *entry->group;
  entry->state.group = entry->group;
  entry->state.rules = std::make_shared<const std::vector<RuleState>>(group.rules().size());
  entry->state.alerts.resize(group.rules().size());
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
  entry->alerts_pending = &telemetry_.Gauge("hinomi_rule_group_alerts_pending", labels);
  entry->alerts_firing = &telemetry_.Gauge("hinomi_rule_group_alerts_firing", labels);
  entry->last_evaluation =
      &telemetry_.Gauge("hinomi_rule_group_last_evaluation_timestamp_seconds", labels);
  return entry;
}

void Manager::Report(const std::vector<policy::RuleGroupDocument>& groups) {
  size_t recording = 0, alerting = 0;
  for (const policy::RuleGroupDocument& group : groups)
    for (const policy::RuleDocument& rule : group.rules)
      ++(rule.alert.empty() ? recording : alerting);
  telemetry_.Gauge("hinomi_rule_alerting_rules_not_run").Set(0);
  if (groups.empty()) return;
  log_.Info("rule files in force", {{"groups", std::to_string(groups.size())},
                                    {"recording_rules", std::to_string(recording)},
                                    {"alerting_rules", std::to_string(alerting)}});
}

void Manager::Use(const std::vector<policy::RuleGroupDocument>& groups, const Settings& settings) {
  {
    const MutexLock lock(mutex_);
    const Instant now = clock_.Now();
    ReplaceEntries(groups, now);
    if (!started_at_) {
      started_at_ = now;
      catch_up_from_ = clock_.Monotonic() + options_.settle;
      plan_wanted_ = settings.catch_up > Duration();
    } else if (!missed_.empty()) {
      plan_wanted_ = true;  // Its steps are of groups that may be gone.
    }
    settings_ = settings;
    missed_.clear();
  }
  Report(groups);
  if (options_.wake) options_.wake();
}

void Manager::ReplaceEntries(const std::vector<policy::RuleGroupDocument>& groups, Instant now) {
  std::map<std::string, Leaving> before;
  for (const EntryPtr& entry : entries_) {
    const Duration patience = entry->group->grid().interval() * kIntervalsBeforeLeaving;
    before[entry->group->key()] = {entry, now, now + patience};
  }
  for (const Leaving& one : leaving_) before.emplace(one.entry->group->key(), one);
  entries_.clear();
  for (const policy::RuleGroupDocument& document : groups) {
    const auto known = before.find(document.Key());
    entries_.push_back(
        Continue(document, known == before.end() ? nullptr : known->second.entry, now));
    if (known != before.end()) before.erase(known);
  }
  std::ranges::sort(entries_, {}, [](const EntryPtr& entry) {
    const policy::RuleGroupDocument& document = entry->group->document();
    return std::tie(document.file, document.name);
  });
  leaving_.clear();
  for (auto& [key, one] : before) {
    for (const char* gauge : {"hinomi_rule_group_rules", "hinomi_rule_group_alerts_pending",
                              "hinomi_rule_group_alerts_firing"})
      telemetry_.Gauge(gauge, {{"rule_group", key}}).Set(0);
    leaving_.push_back(std::move(one));
  }
}

Manager::EntryPtr Manager::Continue(const policy::RuleGroupDocument& document,
                                    const EntryPtr& before, Instant now) {
  if (before != nullptr && before->group->document() == document) return before;
  EntryPtr entry = MakeEntry(document);
  entry->next = entry->group->grid().After(now);
  entry->unknown_past = !started_at_ || (before != nullptr && before->unknown_past);
  entry->predecessor = before;
  return entry;
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
  waited_for_ = false;
  for (const EntryPtr& entry : entries_) {
    const Grid& grid = entry->group->grid();
    if (entry->group->rules().empty()) continue;
    // The clock was set back.
    if (entry->next > now + grid.interval() * 2) entry->next = grid.After(now);
    if (entry->next > now) {
      due.next = std::min(due.next, LookAt(entry->next, grid.interval()));
      continue;
    }
    if (entry->running || !entry->Ready()) {
      waited_for_ = true;
      continue;
    }
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

World Manager::PresentWorld() const {
  World world = world_;
  const MutexLock lock(mutex_);
  world.surroundings = settings_.surroundings;
  return world;
}

std::shared_ptr<const Memory> Manager::MemoryBefore(const EntryPtr& entry, Instant at) {
  std::shared_ptr<const Memory> known;
  bool unknown_past = false;
  {
    const MutexLock lock(mutex_);
    known = entry->memory;
    unknown_past = std::exchange(entry->unknown_past, false);
  }
  if (!unknown_past) return known;
  Memory past = PastOf(*entry->group, at);
  past.until_restore = kEvaluationsUntilRestore;
  return std::make_shared<const Memory>(std::move(past));
}

void Manager::RunGroup(const EntryPtr& entry, Instant at) {
  const std::shared_ptr<const Memory> before = MemoryBefore(entry, at);
  const Instant began = clock_.Now();
  const Duration began_at = clock_.Monotonic();
  Round round = Evaluate(*entry->group, at, *before, PresentWorld());
  Count(*entry, round);
  if (before->until_restore == 1) TakeUpAlerts(*entry->group, round.memory);
  Publish(*entry, round, began, clock_.Monotonic() - began_at);
  TellAlerts(*entry->group, round);
  bool more = false;
  {
    const MutexLock lock(mutex_);
    entry->memory = std::make_shared<const Memory>(std::move(round.memory));
    entry->running = false;
    --running_;
    more = waited_for_ || plan_wanted_ || !missed_.empty() || !leaving_.empty();
  }
  if (more) Ended();
}

void Manager::TakeUpAlerts(const Group& group, Memory& memory) {
  RestoreRules restore;
  {
    const MutexLock lock(mutex_);
    restore = settings_.restore;
  }
  const Status restored = RestoreAlerts(store_, group, restore, clock_.Now(), memory.alerts);
  if (!restored) {
    log_.Failed("since when alerts are pending could not be restored: it counts from the start",
                {{"group", group.key()}, {"error", restored.error().message}});
  }
}

void Manager::TellAlerts(const Group& group, const Round& round) {
  if (!options_.on_alerts) return;
  static const Alerts kNone;
  for (size_t i = 0; i < group.rules().size(); ++i) {
    if (!round.outcomes[i].alerts_known) continue;
    const AlertsPtr& alerts = round.memory.alerts[i];
    options_.on_alerts(
        {group, group.rules()[i], alerts ? *alerts : kNone, round.memory.until_restore == 0});
  }
}

void Manager::Count(Entry& entry, const Round& round) {
  double evaluations = 0, failures = 0;
  Duration took;
  for (const Outcome& outcome : round.outcomes) {
    if (!outcome.evaluated) continue;
    ++evaluations;
    took = took + outcome.took;
    if (!outcome.status) ++failures;
  }
  entry.evaluations->Add(evaluations);
  entry.seconds->Add(took.ToSeconds());
  entry.failures->Add(failures);
}

void Manager::CountAlerts(Entry& entry, const std::vector<AlertsPtr>& alerts) {
  size_t pending = 0, firing = 0;
  for (const AlertsPtr& of_rule : alerts) {
    if (!of_rule) continue;
    for (const auto& [labels, alert] : *of_rule) {
      pending += alert.state == AlertState::kPending ? 1 : 0;
      firing += alert.state == AlertState::kFiring ? 1 : 0;
    }
  }
  entry.alerts_pending->Set(static_cast<double>(pending));
  entry.alerts_firing->Set(static_cast<double>(firing));
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
      const policy::RuleDocument& rule = entry.group->rules()[i].document;
      log_.Warning("a rule fails; said again when its error changes",
                   {{"group", entry.group->key()},
                    {"rule", rule.record.empty() ? rule.alert : rule.record},
                    {"error", error}});
    }
    state = {outcome.status ? Health::kOk : Health::kErr, error, outcome.took, began};
  }
  entry.last_duration->Set(took.ToSeconds());
  entry.last_evaluation->Set(static_cast<double>(began.millis()) / 1e3);
  CountAlerts(entry, round.memory.alerts);
  const MutexLock lock(mutex_);
  entry.state = {entry.group, std::move(states), round.memory.alerts, took, began};
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
