#include "drivers/balancer/backend_history.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hinomi::drivers {
namespace {

// While a reload is under way old and new processes may answer by turns.
constexpr size_t kProcesses = 4;

/// A counter that is lower than before began anew (`clear counters all`).
uint64_t Since(uint64_t before, uint64_t now) {
  return now >= before ? now - before : now;
}

void AddSince(const HttpAnswers& before, const HttpAnswers& now, HttpAnswers& sum) {
  for (size_t i = 0; i < std::size(sum.by_class); ++i)
    sum.by_class[i] += Since(before.by_class[i], now.by_class[i]);
}

const ServerStat* SameServer(const BackendStat& backend, const ServerStat& server) {
  for (const ServerStat& other : backend.servers)
    if (other.name == server.name && other.id == server.id) return &other;
  return nullptr;
}

/// `ahead` goes in as of the last look and comes out as of this one.
BackendCounts Compare(const BackendStat& before, const BackendStat& now, HttpAnswers& ahead) {
  BackendCounts counts;
  counts.requests = Since(before.requests_total, now.requests_total);
  for (const ServerStat& server : now.servers) {
    const ServerStat* const old = SameServer(before, server);
    // One that came at run time counts from 0.
    AddSince(old != nullptr ? old->answers : HttpAnswers{}, server.answers, counts.by_targets);
  }
  HttpAnswers all;
  AddSince(before.answers, now.answers, all);
  for (size_t i = 0; i < std::size(all.by_class); ++i) {
    const uint64_t explained = counts.by_targets.by_class[i] + ahead.by_class[i];
    counts.by_balancer.by_class[i] = all.by_class[i] - std::min(all.by_class[i], explained);
    // Only what is still in flight can be ahead: answers that were retried are
    // never counted by the backend, and must not hide its own for ever.
    ahead.by_class[i] = std::min(explained - std::min(explained, all.by_class[i]),
                                 static_cast<uint64_t>(std::max<int64_t>(now.sessions, 0)));
  }
  return counts;
}

}  // namespace

HostCounts CountHosts(const BackendStat& backend) {
  HostCounts counts;
  int64_t up = 0, unchecked = 0;
  for (const ServerStat& server : backend.servers) {
    const std::string_view status = server.status;
    if (status.starts_with("UP")) ++up;
    if (status.starts_with("DOWN")) ++counts.unhealthy;
    if (status == "no check") ++unchecked;
  }
  if (up > 0 || unchecked == 0) counts.healthy = up;
  return counts;
}

BackendHistory::Seen* BackendHistory::Find(const HaproxyProcess& process) {
  for (Seen& seen : seen_) {
    if (seen.process.pid != process.pid || seen.process.start_time_s != process.start_time_s)
      continue;
    // Where no start time is said, one that is younger is another one.
    if (process.uptime_s < seen.process.uptime_s) continue;
    return &seen;
  }
  return nullptr;
}

std::optional<BackendCounts> BackendHistory::Observe(const HaproxySnapshot& snapshot,
                                                     Duration looked_at) {
  std::optional<BackendCounts> counts;
  Seen next{snapshot.process, snapshot.backend, {}};
  if (Seen* const known = Find(snapshot.process)) {
    next.ahead = known->ahead;
    counts = Compare(known->backend, snapshot.backend, next.ahead);
    seen_.erase(seen_.begin() + (known - seen_.data()));
  } else if (last_look_ &&
             // Whole seconds, and it may have begun just before the last look.
             snapshot.process.uptime_s <= (looked_at - *last_look_).seconds() + 1) {
    counts = Compare({}, snapshot.backend, next.ahead);
  }
  if (seen_.size() >= kProcesses) seen_.erase(seen_.begin());
  seen_.push_back(std::move(next));
  last_look_ = looked_at;
  return counts;
}

}  // namespace hinomi::drivers
