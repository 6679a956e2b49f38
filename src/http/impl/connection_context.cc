#include "http/impl/connection_context.h"

#include <chrono>

namespace hinomi::http {

bool ServerContext::Enter() {
  MutexLock lock(mutex_);
  if (stopping || open_ >= config.max_connections) return false;
  ++open_;
  telemetry.Gauge("hinomi_http_connections").Set(static_cast<double>(open_));
  return true;
}

void ServerContext::Leave() {
  MutexLock lock(mutex_);
  --open_;
  telemetry.Gauge("hinomi_http_connections").Set(static_cast<double>(open_));
  if (open_ == 0) none_.notify_all();
}

bool ServerContext::AwaitNone(Duration patience) {
  MutexLock lock(mutex_);
  return lock.WaitFor(none_, patience, [this]() HN_REQUIRES(mutex_) { return open_ == 0; });
}

}  // namespace hinomi::http
