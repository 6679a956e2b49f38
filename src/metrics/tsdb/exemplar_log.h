#ifndef HINOMI_METRICS_TSDB_EXEMPLAR_LOG_H_
#define HINOMI_METRICS_TSDB_EXEMPLAR_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "metrics/matcher.h"
#include "metrics/storage.h"
#include "metrics/wal.h"
#include "os/files.h"

namespace hinomi::metrics {

/// One exemplar with the series that it belongs to.
struct LoggedExemplar {
  std::string series;  ///< Label bytes (label_bytes.h).
  std::string labels;  ///< Its own, the same way.
  Sample sample;
  /// False: the page gave no time, `sample.at_ms` is that of the scrape. Such a
  /// one is the same exemplar as long as it stands there.
  bool own_time = true;
};

/// An exemplar's label bytes in any order → valid ones. kInvalidArgument where they
/// are no label set or longer than the 128 characters that OpenMetrics 1.0 allows.
Result<std::string> CanonicalExemplarLabels(std::string_view label_bytes);

struct ExemplarLimits {
  uint64_t segment_bytes = 8u << 20;
  uint64_t total_bytes = 128u << 20;  ///< The oldest segments go beyond it; some 600,000 exemplars.
  size_t most_selected = 100'000;     ///< More in one answer is kExhausted.
};

/// The exemplars of the metrics store: segments of records in one directory
/// (docs/formats/metrics-exemplars.md). Few senders have any and few people ask for
/// them, so nothing is held in memory but what the newest one of each series was;
/// readers scan. Threads: any.
class ExemplarLog {
 public:
  /// `files` and `log` must outlive it. Errors: those of the disk. Damage is
  /// found, logged and stepped over by readers.
  static Result<std::unique_ptr<ExemplarLog>> Open(Files& files, Log& log, std::string directory,
                                                   ExemplarLimits limits = {});

  /// Returns when they are durable. One that its series told last is left out.
  Status Append(const std::vector<LoggedExemplar>& exemplars);

  /// Those in [from_ms, to_ms] of the series that match, by series and time, each
  /// once. kExhausted beyond `most_selected`.
  Result<std::vector<SeriesExemplars>> Select(const std::vector<CompiledMatcher>& matchers,
                                              int64_t from_ms, int64_t to_ms) const;

  /// Copies all that is durable into another directory.
  Status CopyTo(const std::string& directory) const;

  uint64_t bytes() const;

 private:
  ExemplarLog(Files& files, Log& log, std::string directory, ExemplarLimits limits)
      : files_(files), log_(log), directory_(std::move(directory)), limits_(limits) {}
  std::string PathOf(uint64_t sequence) const;
  bool IsNew(const LoggedExemplar& exemplar) HN_REQUIRES(mutex_);
  Status Write(std::string_view payload) HN_REQUIRES(mutex_);
  void DropOldest() HN_REQUIRES(mutex_);
  Status Scan(uint64_t sequence, uint64_t size,
              const std::function<Status(const LoggedExemplar&)>& sink) const;
  std::map<uint64_t, uint64_t> Segments() const;

  Files& files_;
  Log& log_;
  std::string directory_;
  ExemplarLimits limits_;

  mutable Mutex mutex_;
  /// Durable bytes by sequence, the oldest first.
  std::map<uint64_t, uint64_t> segments_ HN_GUARDED_BY(mutex_);
  uint64_t next_sequence_ HN_GUARDED_BY(mutex_) = 1;
  std::unique_ptr<WalSegment> segment_ HN_GUARDED_BY(mutex_);  ///< Null: the next write begins one.
  /// By hash of a series: the hash of what it told last in this segment.
  std::unordered_map<uint64_t, uint64_t> told_ HN_GUARDED_BY(mutex_);
};

/// A record's payload: any number of exemplars, each written out.
void AppendExemplarPayload(const LoggedExemplar& exemplar, std::string& out);
/// kCorrupt.
Result<std::vector<LoggedExemplar>> ReadExemplarPayload(std::string_view payload);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_EXEMPLAR_LOG_H_
