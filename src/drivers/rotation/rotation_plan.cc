#include "drivers/rotation/rotation_plan.h"

#include <algorithm>

namespace hinomi::drivers {
namespace {

using Kind = RotationStep::Kind;

constexpr size_t kTaskDigits = 32;
/// One look may come between HAProxy's choice of a server and its count of it.
constexpr int kIdleLooks = 2;

void PlanIn(const std::string& task, const std::string& address, const BalancedServer* server,
            RotationPlan& plan) {
  if (server == nullptr) {
    plan.steps.push_back({Kind::kAdd, task});
    plan.steps.push_back({Kind::kEnable, task});
    return;
  }
  if (server->address != address) {
    plan.steps.push_back({Kind::kRemove, task});
  } else if (server->state != ServerState::kReady) {
    plan.steps.push_back({Kind::kEnable, task});
  } else if (server->health != ServerHealth::kUnhealthy) {
    plan.done.push_back(task);
  }
}

void PlanOut(const std::string& task, const BalancedServer& server, int idle_looks,
             RotationPlan& plan) {
  const bool idle = server.sessions == 0 && server.queued == 0;
  // In maintenance it was only just added, or its removal was begun.
  const bool quiet = server.state == ServerState::kMaintenance ||
                     (server.state == ServerState::kDraining && idle_looks >= kIdleLooks);
  if (idle && quiet)
    plan.steps.push_back({Kind::kRemove, task});
  else if (server.state == ServerState::kReady)
    plan.steps.push_back({Kind::kDrain, task});
}

}  // namespace

Wish WishOf(TaskStatus status) {
  switch (status) {
    case TaskStatus::kProvisioning:
    case TaskStatus::kPending:
    case TaskStatus::kActivating:
      return Wish::kKeep;
    case TaskStatus::kRunning:
      return Wish::kIn;
    case TaskStatus::kDeactivating:
    case TaskStatus::kStopping:
      return Wish::kOut;
    case TaskStatus::kDeprovisioning:
    case TaskStatus::kStopped:
      return Wish::kGone;
  }
  return Wish::kKeep;
}

std::string ServerName(const std::string& service, const std::string& task) {
  return service + "-" + task;
}

std::optional<std::string> TaskOfServer(std::string_view service, std::string_view server) {
  if (server.size() != service.size() + 1 + kTaskDigits || !server.starts_with(service) ||
      server[service.size()] != '-')
    return std::nullopt;
  const std::string_view task = server.substr(service.size() + 1);
  const bool digits = std::all_of(task.begin(), task.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return digits ? std::optional(std::string(task)) : std::nullopt;
}

RotationPlan PlanRotation(const std::string& service,
                          const std::map<std::string, WishedTask>& wishes, bool knows_all,
                          const std::vector<BalancedServer>& servers,
                          const std::map<std::string, int>& idle_looks) {
  std::map<std::string, const BalancedServer*> ours;
  for (const BalancedServer& server : servers)
    if (const auto task = TaskOfServer(service, server.name)) ours.emplace(*task, &server);
  RotationPlan plan;
  for (const auto& [task, wished] : wishes) {
    const auto found = ours.find(task);
    const BalancedServer* server = found == ours.end() ? nullptr : found->second;
    if (wished.wish == Wish::kIn) PlanIn(task, wished.address, server, plan);
    if (wished.wish != Wish::kOut && wished.wish != Wish::kGone) continue;
    if (server == nullptr) {
      plan.done.push_back(task);
    } else if (wished.wish == Wish::kGone) {
      plan.steps.push_back({Kind::kRemove, task});
    } else {
      const auto looks = idle_looks.find(task);
      PlanOut(task, *server, looks == idle_looks.end() ? 0 : looks->second, plan);
    }
  }
  for (const auto& [task, server] : ours)
    if (knows_all && !wishes.contains(task)) plan.steps.push_back({Kind::kRemove, task});
  return plan;
}

}  // namespace hinomi::drivers
