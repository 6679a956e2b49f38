#include "drivers/balancer/balancer_watch.h"

#include <algorithm>
#include <utility>

namespace hinomi::drivers {

BalancerWatch::BalancerWatch(metrics::Appender& appender, const Clock& clock, Log& log,
                             SocketExchange exchange)
    : appender_(appender),
      clock_(clock),
      log_(log),
      exchange_(std::move(exchange)),
      periodic_(clock) {}

void BalancerWatch::SetTargets(std::vector<BalancerTarget> targets) {
  std::vector<std::shared_ptr<Item>> gone;
  std::vector<metrics::PeriodicTask> tasks;
  {
    const MutexLock lock(mutex_);
    std::vector<std::shared_ptr<Item>> items;
    for (BalancerTarget& target : targets) {
      const auto same = std::find_if(items_.begin(), items_.end(), [&](const auto& item) {
        return item != nullptr && item->collector.target() == target;
      });
      auto item = same != items_.end()
                      ? std::exchange(*same, nullptr)
                      : std::make_shared<Item>(BalancerCollector(
                            target, exchange_, clock_, log_,
                            [this](const std::string& address) { return OpenLog(address); }));
      tasks.push_back({target.service, target.interval, [this, item] { Run(*item); }});
      items.push_back(std::move(item));
    }
    for (auto& item : items_) {
      if (item == nullptr) continue;
      item->removed = true;
      // Else it ends its series itself after its look.
      if (!item->running) gone.push_back(std::move(item));
    }
    items_ = std::move(items);
  }
  periodic_.SetTasks(std::move(tasks));
  for (const auto& item : gone) Store(item->collector.target(), item->collector.EndOfSeries());
}

void BalancerWatch::Run(Item& item) {
  {
    const MutexLock lock(mutex_);
    // A task that was replaced may still run for the same balancer.
    if (item.removed || item.running) return;
    item.running = true;
  }
  std::vector<metrics::WriteSeries> samples = item.collector.Collect();
  const BalancerStatus status = item.collector.status();
  bool removed = false;
  {
    const MutexLock lock(mutex_);
    removed = item.removed;
    item.running = false;
    item.status = status;
  }
  if (removed) samples = item.collector.EndOfSeries();
  Store(item.collector.target(), samples);
}

void BalancerWatch::Store(const BalancerTarget& target,
                          const std::vector<metrics::WriteSeries>& samples) {
  if (samples.empty()) return;
  const Status stored = appender_.Append(samples);
  if (!stored)
    log_.Warning("a balancer's samples were not stored",
                 {{"service", target.service}, {"error", stored.error().message}});
}

std::vector<BalancerWatch::State> BalancerWatch::States() const {
  const Instant now = clock_.Now();
  const Duration monotonic = clock_.Monotonic();
  const std::map<std::string, Duration> schedule = periodic_.Schedule();
  const MutexLock lock(mutex_);
  std::vector<State> states;
  for (const auto& item : items_) {
    const BalancerTarget& target = item->collector.target();
    State& state = states.emplace_back();
    state.target = target;
    state.status = item->status;
    if (const auto due = schedule.find(target.service); due != schedule.end())
      state.next_look = now + (due->second - monotonic);
  }
  return states;
}

Result<std::shared_ptr<HaproxyLogListener>> BalancerWatch::OpenLog(const std::string& address) {
  const MutexLock lock(log_mutex_);
  if (auto open = logs_[address].lock()) return open;
  HN_TRY(std::shared_ptr<HaproxyLogListener> opened, HaproxyLogListener::Open(address));
  logs_[address] = opened;
  return opened;
}

}  // namespace hinomi::drivers
