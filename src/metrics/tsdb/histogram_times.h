#ifndef HINOMI_METRICS_TSDB_HISTOGRAM_TIMES_H_
#define HINOMI_METRICS_TSDB_HISTOGRAM_TIMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"

namespace hinomi::metrics {

/// The newest time of each series of native histograms: a sample that is newer meets
/// none that it would have to replace. Threads: any.
class HistogramTimes {
 public:
  enum class Seen {
    kNewer,    ///< Than all there is.
    kMayMeet,  ///< One that is there.
    kUnknown,  ///< The same, of a series whose newest time has to be learnt.
  };

  /// No series that is not known has a sample after it.
  void SetFloor(int64_t newest_ms);
  /// Samples of the series from `first_ms` to `last_ms` are about to be written.
  Seen Note(const std::string& label_bytes, int64_t first_ms, int64_t last_ms);
  /// The series has a sample at that time.
  void Learn(const std::string& label_bytes, int64_t newest_ms);
  /// Forgets the series and keeps the floor true: many may have ended.
  void Forget();

 private:
  Mutex mutex_;
  int64_t floor_ms_ HN_GUARDED_BY(mutex_) = INT64_MIN;
  std::unordered_map<std::string, int64_t> newest_ms_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HISTOGRAM_TIMES_H_
