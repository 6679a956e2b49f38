#include "app/housekeeping.h"

#include <chrono>

namespace hinomi::app {

void Housekeeping::Every(Duration interval, std::string name, std::function<Status()> chore) {
  chores_.push_back({interval, std::move(name), std::move(chore), clock_.Monotonic() + interval});
}

void Housekeeping::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Housekeeping::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::Run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_; });
      if (stopping_) return;
    }
    for (Chore& chore : chores_) {
      if (clock_.Monotonic() < chore.due) continue;
      chore.due = clock_.Monotonic() + chore.interval;
      if (const Status done = chore.work(); !done)
        log_.Warning("a chore failed; it is tried again",
                     {{"chore", chore.name}, {"error", done.error().message}});
    }
  }
}

}  // namespace hinomi::app
