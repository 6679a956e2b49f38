#ifndef HINOMI_HTTP_IMPL_CONNECTION_CONTEXT_H_
#define HINOMI_HTTP_IMPL_CONNECTION_CONTEXT_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <utility>

#include "base/mutex.h"
#include "http/impl/router.h"
#include "http/server.h"
#include "http/worker_pool.h"

namespace hinomi::http {

/// What all connections of a server share. Outlives them.
struct ServerContext {
  ServerContext(ServerConfig config_in, Authorizer authorizer_in, const Clock& clock_in,
                Telemetry& telemetry_in, Log& log_in)
      : config(std::move(config_in)),
        authorizer(std::move(authorizer_in)),
        clock(clock_in),
        telemetry(telemetry_in),
        log(log_in) {}

  const ServerConfig config;
  const Authorizer authorizer;
  const Clock& clock;
  Telemetry& telemetry;
  Log& log;
  Router router;
  std::unique_ptr<WorkerPool> workers;
  std::atomic<bool> stopping{false};

  /// Counts open connections, so that Stop can wait for them.
  bool Enter();
  void Leave();
  /// True once none is open; false if that took longer than `patience`.
  bool AwaitNone(Duration patience);

 private:
  Mutex mutex_;
  std::condition_variable none_;
  size_t open_ HN_GUARDED_BY(mutex_) = 0;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_CONNECTION_CONTEXT_H_
