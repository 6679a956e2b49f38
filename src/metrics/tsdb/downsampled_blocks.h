#ifndef HINOMI_METRICS_TSDB_DOWNSAMPLED_BLOCKS_H_
#define HINOMI_METRICS_TSDB_DOWNSAMPLED_BLOCKS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "metrics/sample_windows.h"
#include "metrics/tsdb/block_set.h"
#include "os/files.h"

namespace hinomi::metrics {

/// Windows of one resolution, a day at a time, in blocks of their own
/// (docs/formats/metrics-downsampled.md). A day is made whole from the samples that there
/// are, and again when others have come; a window for which fewer samples are left than it
/// was made from stays as it is. So samples may go when a day is made, and making it twice
/// does no harm.
/// `files` and `log` must outlive it. Threads: any; one that makes or deletes.
class DownsampledBlocks {
 public:
  /// Makes the directory if it is absent. As BlockSet::Open.
  static Result<std::unique_ptr<DownsampledBlocks>> Open(Files& files, Log& log,
                                                         std::string directory,
                                                         int64_t resolution_ms);

  int64_t resolution_ms() const { return resolution_ms_; }
  BlockSet& blocks() { return *blocks_; }
  const BlockSet& blocks() const { return *blocks_; }

  bool empty() const { return blocks_->empty(); }
  /// The days (counted from 1970, UTC) that have been made, each with what `Make` was
  /// told of its source: 0 if that is not known, or not true any more.
  std::map<int64_t, uint64_t> Days() const;

  /// Visits the series with samples in [from_ms, to_ms], by labels.
  using ReadSamples =
      std::function<Status(int64_t from_ms, int64_t to_ms, const SeriesVisitor& visit)>;
  /// Makes a day. kCancelled as `keep_going` asks, with nothing changed.
  Status Make(int64_t day, uint64_t source, const ReadSamples& read, const KeepGoing& keep_going);

  /// The windows that end in [from_ms, to_ms] of the series that match, by labels.
  Status Visit(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms,
               const SelectLimits& limits, const WindowsVisitor& visit) const;

  /// What Visit would read, as samples.
  SelectEstimate Estimate(const std::vector<CompiledMatcher>& matchers, int64_t from_ms,
                          int64_t to_ms) const;

  /// As in metrics/storage.h, of whole days.
  Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers, int64_t from_ms,
                                           int64_t to_ms) const;
  std::vector<std::string> LabelNames(int64_t from_ms, int64_t to_ms) const;
  std::vector<std::string> LabelValues(const std::string& label, int64_t from_ms,
                                       int64_t to_ms) const;

  /// A day that is touched in part has to be made again: to be called before samples of
  /// [from_ms, to_ms] are deleted.
  Status Distrust(int64_t from_ms, int64_t to_ms);
  /// All windows with a time of [from_ms, to_ms] of the series that match are gone.
  Status Delete(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms);

 private:
  DownsampledBlocks(int64_t resolution_ms, std::unique_ptr<BlockSet> blocks)
      : resolution_ms_(resolution_ms), blocks_(std::move(blocks)) {}
  uint64_t ReadSource(int64_t day) const;
  Result<std::vector<SampleWindow>> WindowsOf(const Labels& labels, int64_t day) const;
  void Remember(int64_t day, uint64_t source);

  int64_t resolution_ms_;
  std::unique_ptr<BlockSet> blocks_;
  mutable Mutex mutex_;
  /// What was read of the blocks.
  mutable std::map<int64_t, uint64_t> sources_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_DOWNSAMPLED_BLOCKS_H_
