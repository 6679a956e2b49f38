#ifndef HINOMI_APP_DISK_WATCH_H_
#define HINOMI_APP_DISK_WATCH_H_

#include <atomic>
#include <string>

#include "base/log.h"
#include "base/telemetry.h"
#include "os/files.h"

namespace hinomi::app {

/// Whether the data directory's disk is below its least free space (5 % or
/// 1 GiB, whichever is less): then metrics are refused, so that incidents and
/// pages keep their room. Threads: `low` any, `Look` one.
class DiskWatch {
 public:
  DiskWatch(Files& files, std::string directory, Telemetry& telemetry, Log& log);
  /// Reads the free space; call it every few seconds.
  void Look();
  bool low() const { return low_.load(std::memory_order_relaxed); }

 private:
  Files& files_;
  std::string directory_;
  Telemetry& telemetry_;
  Log& log_;
  std::atomic<bool> low_{false};
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_DISK_WATCH_H_
