#ifndef HINOMI_RULES_MANAGER_H_
#define HINOMI_RULES_MANAGER_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/telemetry.h"
#include "metrics/storage.h"
#include "rules/catch_up.h"
#include "rules/evaluation.h"
#include "rules/group.h"

namespace hinomi::rules {

enum class Health { kUnknown, kOk, kErr };

/// How a rule went the last time.
struct RuleState {
  Health health = Health::kUnknown;
  std::string last_error;
  Duration took;
  Instant evaluated_at;  ///< The epoch: never.
};

/// A group as /api/v1/rules shows it.
struct GroupState {
  std::shared_ptr<const Group> group;
  std::shared_ptr<const std::vector<RuleState>> rules;  ///< One a rule of the group.
  std::vector<AlertsPtr> alerts;                        ///< The same; null: none.
  Duration took;
  Instant evaluated_at;  ///< The epoch: never.
};

/// What one evaluation of an alerting rule found; a rule that fails finds nothing out.
struct AlertReport {
  const Group& group;
  const Rule& rule;
  const Alerts& alerts;
  /// False in a server's first evaluations: what is not among the alerts may only not have come
  /// yet.
  bool settled = true;
};

/// What holds for all groups.
struct Settings {
  Duration catch_up;  ///< So far back what was missed is made up for; see `Manager::Use`.
  RestoreRules restore;
  Surroundings surroundings;
};

/// Keeps groups of rules evaluated: each on its grid, several side by side, and what was missed
/// while nobody ran made up for when nothing else is to be done. It has no thread: somebody
/// asks `TakeDue` and runs what that gives. What it is made with must outlive it.
/// Threads: any.
class Manager {
 public:
  struct Options {
    /// Evaluates one expression; see World. `cancelled` is set by `Stop`.
    std::function<Result<promql::QueryResult>(const promql::Expr& expr, std::string_view text,
                                              int64_t at_ms, const std::atomic<bool>& cancelled)>
        query;
    /// What was missed is made up for so long after the start: by then senders have delivered
    /// what they kept while nobody listened.
    Duration settle = Duration::Seconds(15);
    /// Called when a task has ended on which something waits, on its thread.
    std::function<void()> wake;
    /// Called after each evaluation of an alerting rule, on its thread. May be null.
    std::function<void(const AlertReport& report)> on_alerts;
  };
  using Task = std::function<void()>;
  struct Due {
    std::vector<Task> tasks;  ///< To be run now, on any threads, each exactly once.
    Instant next;             ///< When to ask again, if nothing wakes before.
  };

  Manager(Options options, const metrics::Queryable& store, metrics::Appender& appender,
          const Clock& clock, Telemetry& telemetry, Log& log);

  /// From now on these groups count. A group that did not change goes on; of one that did, rules
  /// with the same name and labels; series of rules that are gone end. The first call also
  /// looks for what recording rules missed in the `catch_up` before it; alerting rules take up
  /// what was pending, after their second evaluation, as Prometheus does (`RestoreAlerts`).
  void Use(const std::vector<policy::RuleGroupDocument>& groups, const Settings& settings);
  Due TakeDue();
  /// Ends what runs between two rules and gives nothing out any more. Who runs the tasks waits
  /// for them.
  void Stop() { stopping_ = true; }

  /// By file and name.
  std::vector<GroupState> Groups() const;

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;
  struct Missed {
    EntryPtr entry;
    CatchUpStep step;
  };
  /// A group that is gone, until its series have ended.
  struct Leaving {
    EntryPtr entry;
    Instant left_at;
    Instant due_at;
  };

  EntryPtr MakeEntry(const policy::RuleGroupDocument& document);
  void ReplaceEntries(const std::vector<policy::RuleGroupDocument>& groups, Instant now)
      HN_REQUIRES(mutex_);
  /// `before` itself where nothing changed; it may be null.
  EntryPtr Continue(const policy::RuleGroupDocument& document, const EntryPtr& before, Instant now)
      HN_REQUIRES(mutex_);
  void Report(const std::vector<policy::RuleGroupDocument>& groups);
  void TakeDueGroups(Instant now, Due& due) HN_REQUIRES(mutex_);
  void TakeLeaving(Instant now, Due& due) HN_REQUIRES(mutex_);
  void TakeMissed(Instant now, Due& due) HN_REQUIRES(mutex_);
  void RunGroup(const EntryPtr& entry, Instant at);
  /// What the group gave at its last evaluation before `at`, by another process.
  Memory PastOf(const Group& group, Instant at);
  void RunLeaving(const Leaving& leaving);
  void RunMissed(const Missed& missed);
  void PlanMissed();
  std::vector<Missed> FindMissed(const std::vector<EntryPtr>& entries);
  /// What the group gave at its last evaluation before `at`, as far as it is known.
  std::shared_ptr<const Memory> MemoryBefore(const EntryPtr& entry, Instant at);
  /// After the second evaluation since the start.
  void TakeUpAlerts(const Group& group, Memory& memory);
  void TellAlerts(const Group& group, const Round& round);
  World PresentWorld() const;
  /// Without alerts.
  World PastWorld() const;
  void Publish(Entry& entry, const Round& round, Instant began, Duration took);
  void Count(Entry& entry, const Round& round);
  void CountAlerts(Entry& entry, const std::vector<AlertsPtr>& alerts);
  void Ended();

  const Options options_;
  const metrics::Queryable& store_;
  const Clock& clock_;
  Telemetry& telemetry_;
  Log& log_;
  Instrument& caught_up_;
  Instrument& catch_up_pending_;
  const World world_;
  std::atomic<bool> stopping_{false};
  mutable Mutex mutex_;
  std::vector<EntryPtr> entries_ HN_GUARDED_BY(mutex_);
  std::vector<Leaving> leaving_ HN_GUARDED_BY(mutex_);
  std::deque<Missed> missed_ HN_GUARDED_BY(mutex_);
  bool plan_wanted_ HN_GUARDED_BY(mutex_) = false;
  bool catching_up_ HN_GUARDED_BY(mutex_) = false;  ///< A task of it runs.
  std::optional<Instant> started_at_ HN_GUARDED_BY(mutex_);
  Duration catch_up_from_ HN_GUARDED_BY(mutex_);  ///< Monotonic.
  Settings settings_ HN_GUARDED_BY(mutex_);
  size_t running_ HN_GUARDED_BY(mutex_) = 0;       ///< Groups at their present time.
  bool waited_for_ HN_GUARDED_BY(mutex_) = false;  ///< A group that is due waits for one that runs.
};

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_MANAGER_H_
