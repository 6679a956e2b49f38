#include "app/job_runner.h"

#include "base/strings.h"

namespace hinomi::app {
namespace {

// Text without NUL, of at most 1,000 bytes, whole characters.
std::string Shortened(const std::string& text) {
  constexpr size_t kMostBytes = 1000;
  std::string clean = text.substr(0, kMostBytes);
  if (text.size() > kMostBytes)
    while (!clean.empty() && (static_cast<uint8_t>(text[clean.size()]) & 0xC0) == 0x80)
      clean.pop_back();
  const bool readable = IsValidUtf8(clean);
  for (char& c : clean)
    if (c == '\0' || (!readable && static_cast<uint8_t>(c) >= 0x80)) c = '?';
  return clean;
}

}  // namespace

void JobRunner::Start() {
  for (size_t lane = 0; lane < lanes_.size(); ++lane)
    for (size_t i = 0; i < kThreads[lane]; ++i)
      lanes_[lane].threads.emplace_back([this, lane] { Loop(lane); });
}

void JobRunner::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (LaneState& lane : lanes_) lane.wake.notify_all();
  }
  for (LaneState& lane : lanes_) {
    for (std::thread& thread : lane.threads) thread.join();
    lane.threads.clear();
  }
}

size_t JobRunner::Free(store::Lane lane) const {
  const auto index = static_cast<size_t>(lane);
  const std::lock_guard lock(mutex_);
  if (stopping_) return 0;
  const size_t busy = lanes_[index].running + lanes_[index].waiting.size();
  return busy < kThreads[index] ? kThreads[index] - busy : 0;
}

void JobRunner::Dispatch(store::Job job) {
  LaneState& lane = lanes_[static_cast<size_t>(job.spec.lane)];
  const std::lock_guard lock(mutex_);
  lane.waiting.push_back(std::move(job));
  lane.wake.notify_one();
}

void JobRunner::Loop(size_t index) {
  LaneState& lane = lanes_[index];
  for (;;) {
    store::Job job;
    {
      std::unique_lock lock(mutex_);
      lane.wake.wait(lock, [&] { return stopping_ || !lane.waiting.empty(); });
      if (lane.waiting.empty()) return;
      job = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      ++lane.running;
    }
    ops_model::JobResult result = Do(job);
    {
      const std::lock_guard lock(mutex_);
      --lane.running;
    }
    done_(std::move(result));
  }
}

ops_model::JobResult JobRunner::Do(const store::Job& job) const {
  ops_model::JobResult result;
  const auto kind = kinds_.find(job.spec.kind);
  if (kind == kinds_.end()) {
    result.outcome = ops_model::JobResult::Outcome::kFailed;
    result.reason_code = "unknown_kind";
    result.detail = "this release does not know jobs of the kind '" + job.spec.kind + "'";
  } else {
    result = kind->second(job);
  }
  result.kind = job.spec.kind;
  result.key = job.spec.key;
  result.id = job.id;
  result.attempt = job.attempts;
  // Words of the other side: they go into the journal and on a page.
  result.reason_code = Shortened(result.reason_code);
  result.detail = Shortened(result.detail);
  if (result.payload.is_null())
    if (Result<Json> payload = Json::Parse(job.spec.payload)) result.payload = *std::move(payload);
  return result;
}

}  // namespace hinomi::app
