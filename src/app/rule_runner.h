#ifndef HINOMI_APP_RULE_RUNNER_H_
#define HINOMI_APP_RULE_RUNNER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/telemetry.h"
#include "metrics/query_memory.h"
#include "metrics/storage.h"
#include "ops_model/decision.h"
#include "policy/rule_documents.h"
#include "rules/manager.h"

namespace hinomi::app {

/// Runs the rules of Prometheus' rule files and the PromQL alarms: a thread that only looks at
/// the time, and lets workers do what is due: one, or several where that falls behind. What
/// alerting rules find goes to the control thread, which decides. References must outlive it.
class RuleRunner {
 public:
  struct World {
    const metrics::Queryable& store;
    metrics::Appender& appender;
    metrics::QueryMemory* memory;  ///< Of all queries; may be null.
    const Clock& clock;
    Telemetry& telemetry;
    Log& log;
    std::function<void(ops_model::Input)> deliver;  ///< To the control thread; may be null.
  };
  /// Runs a task on some worker; false where it takes none now: it is asked again.
  using Submit = std::function<bool(std::function<void()> task)>;

  explicit RuleRunner(const World& world);
  /// What workers still have of it must have ended.
  ~RuleRunner() { Stop(); }

  /// From now on these groups count; see rules::Manager::Use. Threads: any.
  void Use(const std::vector<policy::RuleGroupDocument>& groups, const rules::Settings& settings);
  /// Tells which alerting rules there are, again: a turn that failed may have lost it. Threads:
  /// any.
  void TellRulesInForce();
  void Start(Submit submit);
  /// Begins nothing more; tasks that workers have end after the rule that they are at.
  void Stop();
  /// For /api/v1/rules. Threads: any.
  std::vector<rules::GroupState> Groups() const { return manager_.Groups(); }

 private:
  rules::Manager::Options OptionsOf(const World& world);
  /// What is active is told each time: a turn that failed may have lost it. That nothing is, for
  /// the same reason, once a minute.
  void Deliver(const rules::AlertReport& report);
  void Run();
  void Wake();
  /// Lets these wait, too, and says how many more turns are to be handed out for them.
  size_t Enqueue(std::vector<rules::Manager::Task> due);
  /// False where workers do not take all of them.
  bool HandOut(size_t turns);
  /// A worker's: of the tasks that wait one after the other, for a while.
  void TakeTurn();

  const Clock& clock_;
  Mutex use_mutex_;  ///< One after the other, so that all goes by the newest.
  std::function<void(ops_model::Input)> deliver_;
  /// Held while something is delivered: nothing of a rule comes after the news that it is gone.
  Mutex alerts_mutex_;
  /// By rule, when it was told last that nothing of it is active, if that is what was told last
  /// (monotonic).
  std::map<std::string, std::optional<Duration>, std::less<>> in_force_
      HN_GUARDED_BY(alerts_mutex_);
  Submit submit_;
  std::thread thread_;
  Mutex mutex_;
  std::condition_variable changed_;
  bool woken_ HN_GUARDED_BY(mutex_) = false;
  bool stopping_ HN_GUARDED_BY(mutex_) = false;
  std::deque<rules::Manager::Task> waiting_ HN_GUARDED_BY(mutex_);
  size_t turns_ HN_GUARDED_BY(mutex_) = 0;  ///< That workers take, or will.
  rules::Manager manager_;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_RULE_RUNNER_H_
