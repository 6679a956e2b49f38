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
    threads_.emplace_back([this] { Work(); });
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
  wake_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
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

void WorkerPool::Work() {
  MutexLock lock(mutex_);
  for (;;) {
    const size_t next = NextLane();
    if (next == kLanes) {
      const bool drained =
          std::ranges::all_of(lanes_, [](const LaneState& lane) { return lane.waiting.empty(); });
      if (stopping_ && drained) return;
      lock.Wait(wake_);
      continue;
    }
    LaneState& lane = lanes_[next];
    std::function<void()> task = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    ++lane.running;
    Publish(lane);
    lock.Unlock();
    task();
    task = nullptr;  // What it holds is released outside the lock.
    lock.Lock();
    --lane.running;
    Publish(lane);
    // The slot that became free may be one that another lane may take.
    wake_.notify_all();
  }
}

}  // namespace hinomi::http
