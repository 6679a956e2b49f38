#ifndef HINOMI_METRICS_TSDB_WINDOW_TALLY_H_
#define HINOMI_METRICS_TSDB_WINDOW_TALLY_H_

#include <cstdint>
#include <map>
#include <set>

#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

/// Counts samples, as they come, by their windows of kCutMs: tells which windows
/// nobody adds to any more. Threads: one.
class WindowTally {
 public:
  void Add(int64_t at_ms) {
    ++samples_;
    if (!current_.Contains(at_ms)) Enter(at_ms);
    if (window_ == nullptr) return;
    ++window_->samples;
    window_->last = samples_;
  }
  /// Windows, by their start, of which the last sixteenth of all samples has none.
  std::set<int64_t> Over() const;
  /// True if half of all samples are of such windows.
  bool MostIsOver() const;

 private:
  struct Window {
    uint64_t samples = 0;
    uint64_t last = 0;  ///< How many there were when its last one came.
  };
  void Enter(int64_t at_ms);
  bool IsOver(const Window& window) const { return samples_ - window.last > samples_ / 16; }

  uint64_t samples_ = 0;
  TimeWindow current_{1, 0};  ///< Of the sample before; nothing is in this one.
  Window* window_ = nullptr;  ///< That of it; null where there are too many.
  std::map<int64_t, Window> windows_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_WINDOW_TALLY_H_
