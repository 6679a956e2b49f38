#ifndef HINOMI_METRICS_TSDB_HEAD_AGE_H_
#define HINOMI_METRICS_TSDB_HEAD_AGE_H_

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace hinomi::metrics {

/// Decides when samples leave a head though its memory has room: so that the log
/// of a small server stays short, and what nobody adds to any more ends in blocks.
/// The wall clock, which jumps, is not asked: times are monotonic ones, and which
/// window is over the samples say themselves. Pure. Threads: one.
class HeadAge {
 public:
  /// What there is to know of a head.
  struct Seen {
    uint64_t appended = 0;     ///< Samples, ever.
    uint64_t in_memory = 0;    ///< Samples of no flush file yet.
    uint64_t flushes = 0;      ///< Its newest flush file.
    bool in_flushes = false;   ///< Samples of no block yet.
    bool window_over = false;  ///< Most of the memory is of a window that nobody adds to.
  };
  enum class Due {
    kNothing,
    kFlush,       ///< The memory.
    kEverything,  ///< All to blocks.
  };

  /// To be asked every some seconds; the first time is taken for the head's opening.
  Due Look(Duration now, const Seen& seen);

 private:
  void Notice(Duration now, const Seen& seen);
  bool IsBusy(Duration now, const Seen& seen) const;

  std::optional<Duration> looked_;  ///< The last time.
  uint64_t appended_ = 0;
  uint64_t flushes_ = 0;
  Duration last_busy_;
  Duration longest_gap_;  ///< Between busy times; halved with each flush, to forget.
  std::optional<Duration> in_memory_since_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_AGE_H_
