#include "os/helpers.h"

#include <algorithm>

#include "base/check.h"

namespace hinomi {

Helpers::Helpers(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Helpers::~Helpers() {
  {
    const MutexLock lock(mutex_);
    HN_CHECK(open_.empty());
    ending_ = true;
  }
  invited_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

size_t Helpers::ForProcessors() {
  return std::max(1u, std::thread::hardware_concurrency()) - 1;
}

void Helpers::Run() {
  MutexLock lock(mutex_);
  while (true) {
    while (open_.empty() && !ending_) lock.Wait(invited_);
    if (ending_) return;
    // The next helper takes the next invitation.
    Invitation& invitation = *open_.front();
    open_.splice(open_.end(), open_, open_.begin());
    ++invitation.joined_;
    lock.Unlock();
    invitation.work_();
    lock.Lock();
    Close(invitation);
    --invitation.joined_;
    left_.notify_all();
  }
}

void Helpers::Close(Invitation& invitation) {
  open_.remove(&invitation);
}

Helpers::Invitation::Invitation(Helpers& helpers, std::function<void()> work)
    : helpers_(helpers), work_(std::move(work)) {
  {
    const MutexLock lock(helpers_.mutex_);
    helpers_.open_.push_back(this);
  }
  helpers_.invited_.notify_all();
}

Helpers::Invitation::~Invitation() {
  MutexLock lock(helpers_.mutex_);
  helpers_.Close(*this);
  while (joined_ > 0) lock.Wait(helpers_.left_);
}

}  // namespace hinomi
