#ifndef HINOMI_METRICS_IMPL_HEAD_MEMORY_H_
#define HINOMI_METRICS_IMPL_HEAD_MEMORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// One series as two columns, strictly ascending in time.
struct HeadSeries {
  Labels labels;
  std::vector<int64_t> at_ms;
  std::vector<double> values;
  /// Wall time of the last write that was older than the retention: such a
  /// series is being backfilled and is spared for a while.
  int64_t backfilled_at_ms = 0;

  /// `samples` strictly ascending; they replace equal times.
  void Merge(std::span<const Sample> samples);
  /// Removes samples before `cutoff_ms`; how many.
  size_t DropBefore(int64_t cutoff_ms);
  /// Index range of the samples in [from_ms, to_ms].
  std::pair<size_t, size_t> Range(int64_t from_ms, int64_t to_ms) const;
  bool HasSampleIn(int64_t from_ms, int64_t to_ms) const;
  size_t MemoryBytes() const;
};

/// All series with an inverted index name → value → series. No locks: the
/// store above guards it.
class HeadMemory {
 public:
  using Id = uint32_t;

  std::optional<Id> Find(uint64_t hash, const Labels& labels) const;
  /// The id that `Create` gives next. Ids are not used again.
  Id next_id() const { return static_cast<Id>(series_.size()); }
  Id Create(uint64_t hash, Labels labels);
  void Merge(Id id, std::span<const Sample> samples);
  /// Null for a removed series.
  HeadSeries* Get(Id id) { return series_[id].get(); }
  const HeadSeries* Get(Id id) const { return series_[id].get(); }

  /// Ids of the series that all of `matchers` match, ascending.
  std::vector<Id> Matching(const std::vector<CompiledMatcher>& matchers) const;
  const std::map<std::string, std::map<std::string, std::vector<Id>, std::less<>>, std::less<>>&
  index() const {
    return index_;
  }

  /// Drops what is older than `cutoff_ms` in series not backfilled since
  /// `spare_after_ms`, and series that are empty then. How many samples.
  size_t DropBefore(int64_t cutoff_ms, int64_t spare_after_ms);
  /// The time below which about `fraction` of all samples lie.
  int64_t TimeQuantile(double fraction) const;

  size_t series_count() const { return live_series_; }
  size_t sample_count() const { return samples_; }
  size_t memory_bytes() const { return bytes_; }
  /// What a new series with these labels will take, without samples.
  static size_t EstimateSeriesBytes(const Labels& labels);

 private:
  void Remove(Id id);
  /// Ids with any value of the label that the matcher matches.
  std::vector<Id> Postings(const CompiledMatcher& matcher) const;

  std::vector<std::unique_ptr<HeadSeries>> series_;
  std::unordered_multimap<uint64_t, Id> by_hash_;
  std::map<std::string, std::map<std::string, std::vector<Id>, std::less<>>, std::less<>> index_;
  size_t live_series_ = 0;
  size_t samples_ = 0;
  size_t bytes_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_HEAD_MEMORY_H_
