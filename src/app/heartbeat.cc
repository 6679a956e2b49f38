#include "app/heartbeat.h"

#include <utility>

namespace hinomi::app {

Heartbeat::Heartbeat(Ask ask, const Clock& clock, Telemetry& telemetry)
    : ask_(std::move(ask)),
      clock_(clock),
      sent_(telemetry.Counter("hinomi_heartbeats_sent_total")),
      failed_(telemetry.Counter("hinomi_heartbeats_failed_total")),
      withheld_(telemetry.Counter("hinomi_heartbeats_withheld_total")),
      controlled_at_(clock.Monotonic().nanos()),
      evaluated_at_(clock.Monotonic().nanos()) {}

void Heartbeat::UseUrl(std::string url) {
  if (url.find("://") == std::string::npos) url.clear();
  const MutexLock lock(mutex_);
  url_ = std::move(url);
}

Status Heartbeat::CheckAlive() const {
  const auto stands = [this](const std::atomic<int64_t>& at) {
    return clock_.Monotonic() - Duration::Nanos(at) > kStandstill;
  };
  if (stands(controlled_at_)) return Unavailable("the control thread stands still");
  if (stands(evaluated_at_)) return Unavailable("alarms are not looked at");
  return {};
}

Status Heartbeat::Beat() {
  std::string url;
  {
    const MutexLock lock(mutex_);
    url = url_;
  }
  if (url.empty()) return {};
  if (Status alive = CheckAlive(); !alive) {
    withheld_.Add();
    return std::move(alive).error().WithContext("no heartbeat was sent");
  }
  Status answered = ask_(url);
  (answered ? sent_ : failed_).Add();
  return answered;
}

}  // namespace hinomi::app
