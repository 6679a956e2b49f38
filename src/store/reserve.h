#ifndef HINOMI_STORE_RESERVE_H_
#define HINOMI_STORE_RESERVE_H_

#include <cstdint>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "os/files.h"

namespace hinomi::store {

struct ReserveConfig {
  std::string path;          ///< Of the reserve file.
  uint64_t bytes = 0;        ///< Size to hold back; 0: no reserve, no limit.
  uint64_t events = 10'000;  ///< That may be written after it was given up.
};

/// Disk space held back for the time when the disk is full: a file of the
/// reserve's size that is removed then, so that incidents and pages go on for
/// a number of events. After those the store is read-only, until there is
/// space again and the reserve has been built up anew, a piece with each
/// write. Says all of it in the log and as metrics. Threads: one at a time.
class DiskReserve {
 public:
  /// All must outlive it.
  DiskReserve(ReserveConfig config, Files& files, Log& log, Telemetry& telemetry);

  /// At the start: takes the file that is there, or writes it. Where the disk
  /// has no room for it the store begins in the state after `Release`.
  void Prepare();
  /// The disk is full: gives the space up. False if there was none to give.
  bool Release();
  /// Before a write of so many events: counts them once the reserve is given
  /// up. Errors: kExhausted when they are used up.
  Status Admit(uint64_t events);

  bool held() const { return state_ == State::kHeld; }

 private:
  enum class State { kHeld, kReleased };

  bool Grow(uint64_t at_most);
  bool HasRoom();
  void BecomeReadOnly();
  void Publish();

  ReserveConfig config_;
  Files& files_;
  Log& log_;
  Instrument& held_bytes_;
  Instrument& events_left_metric_;
  Instrument& read_only_;
  State state_ = State::kReleased;
  uint64_t size_ = 0;  ///< Of the file, as far as it is written.
  uint64_t events_left_ = 0;
  bool read_only_said_ = false;
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_RESERVE_H_
