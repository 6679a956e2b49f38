#ifndef HINOMI_APP_DISK_WATCH_H_
#define HINOMI_APP_DISK_WATCH_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "base/log.h"
#include "base/telemetry.h"
#include "os/files.h"

namespace hinomi::app {

/// Whether the data directory's disk is below its least free space (5 % or
/// 1 GiB, whichever is less): then metrics are refused, so that incidents and
/// pages keep their room. What the state store's reserve lacks of its size does
/// not count as free: a reserve that was given up is not there for metrics.
/// Threads: `low` any, the others one.
class DiskWatch {
 public:
  DiskWatch(Files& files, std::string directory, Telemetry& telemetry, Log& log);
  /// The state store holds back so many bytes in this file, when it can.
  void SetReserve(std::string path, uint64_t bytes);
  /// Reads the free space; call it every few seconds.
  void Look();
  bool low() const { return low_.load(std::memory_order_relaxed); }

 private:
  uint64_t MissingReserve() const;

  Files& files_;
  std::string directory_;
  std::string reserve_path_;
  uint64_t reserve_bytes_ = 0;
  Telemetry& telemetry_;
  Log& log_;
  std::atomic<bool> low_{false};
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_DISK_WATCH_H_
