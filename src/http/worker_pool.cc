#include "http/worker_pool.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace hinomi::http {
namespace {

constexpr size_t kReservedSlots = 1;  // A lane.
constexpr const char* kLaneNames[] = {"urgent", "normal", "background"};

}  // namespace

WorkerPool::WorkerPool(WorkerPoolConfig config, Telemetry& telemetry)
    : queue_limit_(config.queue_limit), slots_(std::max(config.threads, kLanes)) {
  for (size_t i = 0; i < kLanes; ++i) {
    const Telemetry::Labels labels = {{"lane", kLaneNames[i]}};
    lanes_[i].waiting_gauge = &telemetry.Gauge("hinomi_worker_waiting", labels);
    lanes_[i].running_gauge = &telemetry.Gauge("hinomi_worker_running", labels);
    lanes_[i].refused = &telemetry.Counter("hinomi_worker_refused_total", labels);
  }
  for (size_t i = 0; i < slots_; ++i) {
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker] { Work(worker); });
  }
}

WorkerPool::~WorkerPool() {
  Stop();
}

bool WorkerPool::Submit(Lane lane, std::function<void()> task) {
  MutexLock lock(mutex_);
  LaneState& state = lanes_[static_cast<size_t>(lane)];
  if (stopping_ || state.waiting.size() >= queue_limit_) {
    state.refused->Add();
    return false;
  }
  state.waiting.push_back(std::move(task));
  Publish(state);
  Worker* const woken = ToWake();
  lock.Unlock();
  if (woken != nullptr) woken->wake.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    WakeAll();
  }
  for (Worker& worker : workers_) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

void WorkerPool::Sleep(Worker& self, MutexLock& lock) {
  self.asleep = true;
  sleepers_.push_back(&self);
  while (self.asleep) lock.Wait(self.wake);
}

WorkerPool::Worker* WorkerPool::ToWake() {
  if (sleepers_.empty() || NextLane() == kLanes) return nullptr;
  Worker* const worker = sleepers_.back();
  sleepers_.pop_back();
  worker->asleep = false;
  return worker;
}

void WorkerPool::WakeAll() {
  for (Worker* worker : sleepers_) {
    worker->asleep = false;
    worker->wake.notify_one();
  }
  sleepers_.clear();
}

size_t WorkerPool::NextLane() const {
  size_t busy = 0;
  for (const LaneState& lane : lanes_) busy += lane.running;
  for (size_t i = 0; i < kLanes; ++i) {
    if (lanes_[i].waiting.empty()) continue;
    size_t kept_free = 0;  // For the other lanes' own slots.
    for (size_t other = 0; other < kLanes; ++other) {
      if (other != i && lanes_[other].running < kReservedSlots) {
        kept_free += kReservedSlots - lanes_[other].running;
      }
    }
    if (busy + kept_free < slots_) return i;
  }
  return kLanes;
}

void WorkerPool::Publish(LaneState& lane) {
  lane.waiting_gauge->Set(static_cast<double>(lane.waiting.size()));
  lane.running_gauge->Set(static_cast<double>(lane.running));
}

// Who makes a task one that may be begun sees to it that somebody is awake for it: that is
// who submits it, or who ends another one and looks for the next himself. To wake all each
// time would cost more than most tasks do.
void WorkerPool::Work(Worker& self) {
  MutexLock lock(mutex_);
  for (;;) {
    const size_t next = NextLane();
    if (next == kLanes) {
      const bool drained =
          std::ranges::all_of(lanes_, [](const LaneState& lane) { return lane.waiting.empty(); });
      if (stopping_ && drained) return WakeAll();
      Sleep(self, lock);
      continue;
    }
    LaneState& lane = lanes_[next];
    std::function<void()> task = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    ++lane.running;
    Publish(lane);
    Worker* const woken = ToWake();  // Another task may be begun, too.
    lock.Unlock();
    if (woken != nullptr) woken->wake.notify_one();
    task();
    task = nullptr;  // What it holds is released outside the lock.
    lock.Lock();
    --lane.running;
    Publish(lane);
  }
}

}  // namespace hinomi::http
