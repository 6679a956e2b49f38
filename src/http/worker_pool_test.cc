#include "http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace hinomi::http {
namespace {

// A task that holds its slot until it is let go.
class Blocker {
 public:
  std::function<void()> Task() {
    return [this] {
      std::unique_lock lock(mutex_);
      ++running_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
    };
  }
  void AwaitRunning(int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, n] { return running_ >= n; });
  }
  int running() {
    std::unique_lock lock(mutex_);
    return running_;
  }
  void Open() {
    std::unique_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;
  bool open_ = false;
};

std::future<void> Submit(WorkerPool& pool, Lane lane) {
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  EXPECT_TRUE(pool.Submit(lane, [done] { done->set_value(); }));
  return future;
}

TEST(WorkerPoolTest, KeepsASlotForEveryLane) {
  const Lane lanes[] = {Lane::kUrgent, Lane::kNormal, Lane::kBackground};
  for (const Lane flooding : lanes) {
    for (const size_t threads : {0, 3, 4, 8}) {
      Telemetry telemetry;
      Blocker blocker;
      WorkerPool pool({.threads = threads}, telemetry);
      for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.Submit(flooding, blocker.Task()));
      const auto most = static_cast<int>(pool.threads()) - 2;
      blocker.AwaitRunning(most);
      for (const Lane other : lanes) {
        if (other != flooding) Submit(pool, other).get();
      }
      EXPECT_EQ(blocker.running(), most);
      blocker.Open();
    }
  }
}

TEST(WorkerPoolTest, TakesTheMostUrgentFirst) {
  Telemetry telemetry;
  WorkerPool pool({.threads = 4}, telemetry);
  // All slots but one are taken, so that what follows runs one after another.
  Blocker blockers;
  ASSERT_TRUE(pool.Submit(Lane::kUrgent, blockers.Task()));
  ASSERT_TRUE(pool.Submit(Lane::kNormal, blockers.Task()));
  ASSERT_TRUE(pool.Submit(Lane::kBackground, blockers.Task()));
  blockers.AwaitRunning(3);
  Blocker floating;
  ASSERT_TRUE(pool.Submit(Lane::kNormal, floating.Task()));
  floating.AwaitRunning(1);
  std::mutex mutex;
  std::string order;
  std::vector<std::future<void>> all;
  const auto note = [&](Lane lane, char letter) {
    auto done = std::make_shared<std::promise<void>>();
    all.push_back(done->get_future());
    ASSERT_TRUE(pool.Submit(lane, [&mutex, &order, letter, done] {
      {
        const std::lock_guard lock(mutex);
        order.push_back(letter);
      }
      done->set_value();
    }));
  };
  note(Lane::kBackground, 'b');
  note(Lane::kNormal, 'n');
  note(Lane::kUrgent, 'u');
  note(Lane::kUrgent, 'v');
  floating.Open();
  for (auto& future : all) future.get();
  EXPECT_EQ(order, "uvnb");
  blockers.Open();
}

TEST(WorkerPoolTest, RefusesWhatDoesNotFitItsLane) {
  Telemetry telemetry;
  Blocker blocker;
  WorkerPool pool({.threads = 3, .queue_limit = 2}, telemetry);
  ASSERT_TRUE(pool.Submit(Lane::kNormal, blocker.Task()));
  blocker.AwaitRunning(1);
  EXPECT_TRUE(pool.Submit(Lane::kNormal, [] {}));
  EXPECT_TRUE(pool.Submit(Lane::kNormal, [] {}));
  EXPECT_FALSE(pool.Submit(Lane::kNormal, [] {}));
  Submit(pool, Lane::kUrgent).get();
  EXPECT_EQ(telemetry.Counter("hinomi_worker_refused_total", {{"lane", "normal"}}).value(), 1);
  EXPECT_EQ(telemetry.Gauge("hinomi_worker_waiting", {{"lane", "normal"}}).value(), 2);
  EXPECT_EQ(telemetry.Gauge("hinomi_worker_running", {{"lane", "normal"}}).value(), 1);
  blocker.Open();
}

// Threads that sleep are left alone, and the memory that a task used is used again while
// it is in the processor's cache.
TEST(WorkerPoolTest, OneTaskAfterAnotherRunsOnOneThread) {
  Telemetry telemetry;
  WorkerPool pool({.threads = 6}, telemetry);
  const Instrument& running = telemetry.Gauge("hinomi_worker_running", {{"lane", "normal"}});
  std::thread::id last;
  int changes = 0;
  for (int i = 0; i < 200; ++i) {
    std::promise<std::thread::id> id;
    ASSERT_TRUE(pool.Submit(Lane::kNormal, [&] { id.set_value(std::this_thread::get_id()); }));
    const auto ran_on = id.get_future().get();
    while (running.value() > 0) std::this_thread::yield();
    if (ran_on != std::exchange(last, ran_on)) ++changes;
  }
  // A thread that begins late may take a task from the one that was woken for it, which then
  // comes late itself. Were they woken in turn, or all, nearly each task would be on another.
  EXPECT_LT(changes, 100);
}

TEST(WorkerPoolTest, NoTaskIsForgottenHoweverTheyCome) {
  Telemetry telemetry;
  WorkerPool pool({.threads = 4, .queue_limit = 10'000}, telemetry);
  std::atomic<int> ran{0};
  std::vector<std::thread> submitters;
  for (int s = 0; s < 3; ++s) {
    submitters.emplace_back([&, s] {
      for (int i = 0; i < 2000; ++i) {
        ASSERT_TRUE(pool.Submit(static_cast<Lane>((s + i / 7) % 3), [&ran] { ++ran; }));
        if (i % 100 == s) std::this_thread::yield();
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  // All of them without another one that would wake somebody, and without a stop.
  while (ran < 6000) std::this_thread::yield();
}

TEST(WorkerPoolTest, RunsWhatWaitsBeforeItStops) {
  Telemetry telemetry;
  std::atomic<int> ran{0};
  WorkerPool pool({.threads = 3}, telemetry);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(pool.Submit(Lane::kNormal, [&ran] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran, 200);
  EXPECT_FALSE(pool.Submit(Lane::kUrgent, [&ran] { ++ran; }));
  pool.Stop();
}

}  // namespace
}  // namespace hinomi::http
