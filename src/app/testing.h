#ifndef HINOMI_APP_TESTING_H_
#define HINOMI_APP_TESTING_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "base/clock.h"

namespace hinomi::app {

/// A clock moved by hand that several threads read.
class SharedClock : public Clock {
 public:
  Instant Now() const override {
    const std::lock_guard lock(mutex_);
    return clock_.Now();
  }
  Duration Monotonic() const override {
    const std::lock_guard lock(mutex_);
    return clock_.Monotonic();
  }
  void Advance(Duration d) {
    const std::lock_guard lock(mutex_);
    clock_.Advance(d);
  }

 private:
  mutable std::mutex mutex_;
  ManualClock clock_;
};

/// What other threads hand over to a test. Threads: any.
template <typename T>
class Mailbox {
 public:
  void Put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    arrived_.notify_all();
  }
  /// False if `wanted` has not come true within `patience`.
  bool Await(const std::function<bool(const std::vector<T>&)>& wanted,
             std::chrono::milliseconds patience = std::chrono::seconds(20)) const {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, patience, [&] { return wanted(values_); });
  }
  bool AwaitCount(size_t count) const {
    return Await([count](const auto& values) { return values.size() >= count; });
  }
  std::vector<T> all() const {
    const std::lock_guard lock(mutex_);
    return values_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::vector<T> values_;
};

/// Holds threads up until it is opened.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_TESTING_H_
