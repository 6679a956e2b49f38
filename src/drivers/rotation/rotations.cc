#include "drivers/rotation/rotations.h"

#include <algorithm>

namespace hinomi::drivers {
namespace {

bool IsSamePlace(const RotationTarget& a, const RotationTarget& b) {
  return a.options.service == b.options.service && a.socket == b.socket && a.backend == b.backend;
}

}  // namespace

Rotations::Rotations(MakeBalancer make, Look look, Rotation::AddressOf address_of,
                     const Clock& clock, Log& log)
    : make_(std::move(make)),
      look_(std::move(look)),
      address_of_(std::move(address_of)),
      clock_(clock),
      log_(log) {}

void Rotations::SetTargets(std::vector<RotationTarget> targets) {
  std::vector<std::unique_ptr<Member>> over;
  {
    const MutexLock lock(mutex_);
    const auto ended = std::stable_partition(members_.begin(), members_.end(),
                                             [](const auto& member) { return !member->over; });
    std::move(ended, members_.end(), std::back_inserter(over));
    members_.erase(ended, members_.end());
    for (const auto& member : members_) {
      const auto stays = std::find_if(targets.begin(), targets.end(), [&](const auto& target) {
        return IsSamePlace(target, member->target);
      });
      member->retired = stays == targets.end();
      member->rotation->Retire(member->retired);
      if (member->retired) continue;
      member->rotation->SetOptions(stays->options);
      member->target = *stays;
      targets.erase(stays);
    }
    for (RotationTarget& target : targets) {
      auto member = std::make_unique<Member>();
      const std::string service = target.options.service;
      member->rotation = std::make_unique<Rotation>(
          target.options, make_(target), [this, service] { return look_(service); }, address_of_,
          clock_, log_);
      member->target = std::move(target);
      members_.push_back(std::move(member));
      if (started_) StartMember(*members_.back());
    }
  }
  wake_.notify_all();
  for (const auto& member : over)
    if (member->thread.joinable()) member->thread.join();
}

void Rotations::Start() {
  const MutexLock lock(mutex_);
  started_ = true;
  for (const auto& member : members_) StartMember(*member);
}

void Rotations::StartMember(Member& member) {
  member.thread = std::thread([this, &member] { Run(member); });
}

void Rotations::Stop() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& member : members_) threads.push_back(std::move(member->thread));
  }
  wake_.notify_all();
  for (std::thread& thread : threads)
    if (thread.joinable()) thread.join();
}

void Rotations::Run(Member& member) {
  for (;;) {
    const Duration next = member.rotation->Turn();
    MutexLock lock(mutex_);
    if (member.rotation->finished()) {
      member.over = true;
      return;
    }
    const Duration wait = std::max(next - clock_.Monotonic(), Duration::Millis(1));
    lock.WaitFor(wake_, wait,
                 [&]() HN_REQUIRES(mutex_) { return stopping_ || member.rotation->TakeWanted(); });
    if (stopping_) return;
  }
}

Result<bool> Rotations::Ask(const Task& task, Wish wish) {
  Result<bool> answer = true;
  {
    const MutexLock lock(mutex_);
    for (const auto& member : members_) {
      // A balancer that is being left gets nothing new, and is no reason to wait.
      if (member->target.options.service != task.service || member->over) continue;
      if (member->retired && wish == Wish::kIn) continue;
      const auto one = member->rotation->Ask(task, wish);
      if (!one || !*one) answer = one;
    }
  }
  wake_.notify_all();
  return answer;
}

Result<bool> Rotations::Activate(const Task& task) {
  {
    const MutexLock lock(mutex_);
    for (const auto& member : members_)
      if (member->target.options.service == task.service && !member->retired &&
          member->target.options.checked && task.health != TaskHealth::kHealthy)
        return false;
  }
  return Ask(task, Wish::kIn);
}

Result<bool> Rotations::Drain(const Task& task) {
  return Ask(task, Wish::kOut);
}

Result<bool> Rotations::Remove(const Task& task) {
  return Ask(task, Wish::kGone);
}

std::optional<RotationState> Rotations::StateOf(const std::string& service) const {
  const MutexLock lock(mutex_);
  for (const auto& member : members_)
    if (member->target.options.service == service && !member->retired)
      return member->rotation->state();
  return std::nullopt;
}

}  // namespace hinomi::drivers
