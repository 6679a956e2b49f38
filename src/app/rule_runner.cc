#include "app/rule_runner.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/alert_observation.h"
#include "policy/alert_rules.h"

namespace hinomi::app {
namespace {

// As queries of the API have.
constexpr Duration kLongestEvaluation = Duration::Minutes(2);
// As many as may run side by side: more would fill the queue in which queries wait as well.
constexpr size_t kMostTurns = 4;
// Then others that wait for the worker have theirs.
constexpr Duration kLongestTurn = Duration::Millis(20);
// When workers take nothing more they are asked again after this.
constexpr Duration kRetryPause = Duration::Millis(100);
constexpr Duration kQuietAgainAfter = Duration::Minutes(1);

}  // namespace

rules::Manager::Options RuleRunner::OptionsOf(const World& world) {
  rules::Manager::Options options;
  options.query = [&store = world.store, &clock = world.clock, memory = world.memory](
                      const promql::Expr& expr, std::string_view text, int64_t at_ms,
                      const std::atomic<bool>& cancelled) {
    promql::QueryLimits limits;
    limits.memory = memory;
    limits.cancelled = &cancelled;
    limits.clock = &clock;
    limits.deadline = clock.Monotonic() + kLongestEvaluation;
    return promql::EvaluateInstant(store, expr, text, at_ms, limits);
  };
  options.wake = [this] { Wake(); };
  if (world.deliver)
    options.on_alerts = [this](const rules::AlertReport& report) { Deliver(report); };
  return options;
}

void RuleRunner::Deliver(const rules::AlertReport& report) {
  const bool quiet = report.settled && rules::CountActive(report.alerts) == 0;
  const Duration now = clock_.Monotonic();
  const MutexLock lock(alerts_mutex_);
  const auto known = in_force_.find(report.rule.id);
  if (known == in_force_.end()) return;
  std::optional<Duration>& quiet_at = known->second;
  if (quiet && quiet_at && now - *quiet_at < kQuietAgainAfter) return;
  quiet_at = quiet ? std::optional(now) : std::nullopt;
  deliver_(ObservationOf(report));
}

void RuleRunner::TellRulesInForce() {
  if (!deliver_) return;
  const MutexLock lock(alerts_mutex_);
  ops_model::AlertRulesInForce rules;
  for (const auto& [rule, quiet_at] : in_force_) rules.rules.push_back(rule);
  deliver_(std::move(rules));
}

RuleRunner::RuleRunner(const World& world)
    : clock_(world.clock),
      deliver_(world.deliver),
      manager_(OptionsOf(world), world.store, world.appender, world.clock, world.telemetry,
               world.log) {}

void RuleRunner::Use(const std::vector<policy::RuleGroupDocument>& groups,
                     const rules::Settings& settings) {
  std::map<std::string, std::optional<Duration>, std::less<>> ids;
  for (const policy::RuleGroupDocument& group : groups)
    for (const policy::RuleDocument& rule : group.rules)
      if (!rule.alert.empty()) ids.emplace(policy::AlertRuleId(group, rule), std::nullopt);
  const MutexLock one_at_a_time(use_mutex_);
  {
    const MutexLock lock(alerts_mutex_);
    in_force_ = std::move(ids);
  }
  manager_.Use(groups, settings);
  TellRulesInForce();
}

void RuleRunner::Start(Submit submit) {
  submit_ = std::move(submit);
  thread_ = std::thread([this] { Run(); });
}

void RuleRunner::Stop() {
  manager_.Stop();
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void RuleRunner::Wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void RuleRunner::Run() {
  for (;;) {
    rules::Manager::Due due = manager_.TakeDue();
    const bool taken = HandOut(Enqueue(std::move(due.tasks)));
    MutexLock lock(mutex_);
    Duration pause = due.next - clock_.Now();
    if (!taken || !waiting_.empty()) pause = std::min(pause, kRetryPause);
    lock.WaitFor(changed_, std::max(pause, Duration()), [this] { return woken_ || stopping_; });
    if (stopping_) return;
    woken_ = false;
  }
}

size_t RuleRunner::Enqueue(std::vector<rules::Manager::Task> due) {
  const MutexLock lock(mutex_);
  // To wake a worker costs as much as some rules: where one keeps up there is one.
  const size_t most = waiting_.empty() ? 1 : kMostTurns;
  std::move(due.begin(), due.end(), std::back_inserter(waiting_));
  const size_t wanted = std::min(most, waiting_.size());
  const size_t more = wanted > turns_ ? wanted - turns_ : 0;
  turns_ += more;
  return more;
}

bool RuleRunner::HandOut(size_t turns) {
  for (; turns > 0; --turns) {
    if (submit_([this] { TakeTurn(); })) continue;
    const MutexLock lock(mutex_);
    turns_ -= turns;
    return false;
  }
  return true;
}

void RuleRunner::TakeTurn() {
  const Duration until = clock_.Monotonic() + kLongestTurn;
  for (;;) {
    rules::Manager::Task task;
    const bool over = clock_.Monotonic() >= until;
    {
      const MutexLock lock(mutex_);
      if (waiting_.empty() || stopping_ || over) {
        --turns_;
        if (waiting_.empty()) return;
        woken_ = true;
        changed_.notify_all();
        return;
      }
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    task();
  }
}

}  // namespace hinomi::app
