#ifndef HINOMI_METRICS_TSDB_HEAD_H_
#define HINOMI_METRICS_TSDB_HEAD_H_

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "metrics/matcher.h"
#include "metrics/storage.h"
#include "metrics/tsdb/flush_file.h"
#include "metrics/tsdb/head_age.h"
#include "metrics/tsdb/head_cut.h"
#include "metrics/tsdb/head_log.h"
#include "metrics/tsdb/head_selection.h"
#include "metrics/tsdb/sample_pool.h"
#include "metrics/tsdb/selector.h"
#include "metrics/tsdb/series_table.h"
#include "metrics/wal.h"
#include "os/files.h"

namespace hinomi::metrics {

struct HeadLimits {
  /// Everything that the head holds; beyond it writes are refused. Looked at
  /// before a batch, whose new series may pass it.
  size_t memory_bytes = 1u << 30;
  /// Fresh samples go to a flush file when they take this, or this for each of
  /// their series, whichever is more: two cells and a half, so that series that are
  /// all written equally often have two full ones then. An eighth of all memory at
  /// most: series that come and go never have that many samples.
  size_t flush_bytes = 16u << 20;
  size_t flush_bytes_per_series = 160;
  uint64_t segment_bytes = 64u << 20;
};

/// How soon a write that was answered survives a power cut.
enum class Durability {
  kSync,      ///< It does.
  kInterval,  ///< Within the interval at which the owner calls `Sync`.
};

/// Where a head stood at some moment.
struct HeadMark {
  SeriesId next_id = 0;        ///< Of its series.
  LabelPool::Pair labels = 0;  ///< How many different ones it knew.
  uint64_t flushes = 0;        ///< Its newest flush file's sequence.
};

/// What a head tells of a batch's series.
struct BatchSeries {
  bool wants_ids = false;
  std::vector<SeriesId> ids;  ///< Of each of its entries; kNoSeries for one that was left out.
  size_t created = 0;         ///< How many it was the first to bring.
};

/// Series that came between two marks and have had no sample since the second.
struct EndedSeries {
  struct Example {
    Labels labels;
    std::vector<std::string> new_names;  ///< Of its labels that no series had at the first mark.
  };
  size_t count = 0;
  size_t live = 0;                ///< All series with a sample since the second mark.
  std::vector<Example> examples;  ///< Evenly out of the ended ones.
};

/// What makes the series of a head many: the largest of each kind, falling. Columns of
/// native histograms count as one series, that of the histograms.
struct Cardinality {
  using Counts = std::vector<std::pair<std::string, uint64_t>>;
  size_t series = 0;
  size_t labels = 0;   ///< Different pairs of name and value.
  int64_t min_ms = 0;  ///< Of its samples; 0 without any.
  int64_t max_ms = 0;
  Counts series_by_metric;
  Counts values_by_label;
  Counts bytes_by_label;  ///< That the pairs of this name take.
  Counts series_by_pair;  ///< "job=node"
};

/// The newest part of the time-series store: what was written last and is not
/// in a block yet. Its files (docs/formats/metrics-head.md) stand in one
/// directory. Samples are in memory until they take `flush_bytes`, then in
/// flush files; a log brings back what was in memory. A batch is visible once
/// it is durable, and all of it at once. Concurrent writers share one sync.
/// Threads: any.
class Head {
 public:
  /// Reads series, flush files and log. What is damaged, or of a newer format, is
  /// left out, kept, logged and listed by `damages`; errors are those of the disk.
  /// `files` and `log` must outlive it.
  static Result<std::unique_ptr<Head>> Open(Files& files, Log& log, std::string directory,
                                            HeadLimits limits, uint64_t seed,
                                            Durability durability = Durability::kSync);
  ~Head();

  /// kExhausted at the memory limit, and errors of `RawBatch::canonical`; then
  /// nothing of the batch was written.
  /// `told`, if given, is filled in. `promise` says when it has to be durable,
  /// not the batch's own. `columns`, if given, are those of its native histograms
  /// (HistogramBatch::Columns), stored with it or not at all; the batch itself has
  /// none: series with `kHistogramLabel` are kInvalidArgument.
  Status Append(const RawBatch& batch, BatchSeries* told = nullptr,
                Promise promise = Promise::kDurable, const RawBatch* columns = nullptr);
  void SetMetadata(const std::string& metric, const Metadata& metadata);
  std::map<std::string, Metadata> MetricMetadata() const;
  /// Makes durable what was taken with Durability::kInterval or Promise::kSoon.
  Status Sync();
  /// Both as they were given to `Open`; for the batches that begin from now on.
  void Use(size_t memory_bytes, Durability durability);
  /// What others take of the same memory.
  void SetMemoryBeside(size_t bytes) { memory_beside_ = bytes; }

  /// The series that match and may have samples in [from_ms, to_ms]. `limits.memory` is taken
  /// from for what `HeadSelection::held` says.
  Result<HeadSelection> Select(const Selector& selector, int64_t from_ms, int64_t to_ms,
                               const SelectLimits& limits) const;

  /// As in metrics/storage.h.
  SelectEstimate Estimate(const std::vector<CompiledMatcher>& matchers, int64_t from_ms,
                          int64_t to_ms) const;
  size_t GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) const;

  /// The label sets of those series only, in order of their creation; of the columns
  /// of a native histogram that of the meta column. Samples are read where a file or
  /// the memory lies in the range in part.
  Result<std::vector<Labels>> SelectLabels(const std::vector<CompiledMatcher>& matchers,
                                           int64_t from_ms, int64_t to_ms) const;

  bool FlushDue() const { return fresh_cells_.load(std::memory_order_relaxed) > flush_at_.load(); }
  /// How many flush files' worth of fresh samples wait in memory.
  size_t FlushesBehind() const {
    return fresh_cells_.load() / std::max<size_t>(1, flush_at_.load());
  }
  /// Moves what is in memory to a flush file, and tries again what failed before.
  Status Flush();

  /// The windows of flush files that hardly any of the newest samples belong
  /// to, or none of the very last, by start; all of them if `all`. It goes by the
  /// samples' own times, so that a clock that jumps changes nothing.
  std::vector<int64_t> FinishedWindows(bool all = false) const;
  /// What flush files hold in [from_ms, to_ms]; the head must outlive it.
  HeadCut PrepareCut(int64_t from_ms, int64_t to_ms) const;
  /// Blocks have taken over these windows of the flush files that there were at
  /// `flushes()`: files of which nothing is left are removed.
  Status Forget(const std::vector<int64_t>& windows, uint64_t flushes);
  /// The newest flush file's sequence.
  uint64_t flushes() const;
  HeadAge::Seen seen() const;

  /// Writes the metadata's file if it is not up to date.
  Status SaveMetadata() { return WriteMetadata(); }
  /// How many series have samples in the head. Looks at all of them.
  size_t LiveSeries() const { return SeriesWithSamples(/*recent=*/false); }
  /// … in memory or in the newest flush file: those that are written just now.
  size_t BusySeries() const { return SeriesWithSamples(/*recent=*/true); }
  HeadMark Mark() const;
  /// As far as flush files tell: what the samples in memory go back to counts as
  /// "since". Looks at all series; at most `most` examples.
  EndedSeries EndedBetween(const HeadMark& from, const HeadMark& to, size_t most) const;
  /// How many values of a label have come after the mark.
  size_t NewValues(std::string_view label, const HeadMark& from) const;
  /// At most `limit` entries a kind.
  Cardinality CountCardinality(size_t limit) const;
  /// The newest time of the samples in memory; INT64_MIN without any.
  int64_t newest_ms() const { return newest_ms_.load(std::memory_order_relaxed); }
  /// True for a head from which everything has gone to blocks.
  bool empty() const;

  const std::vector<WalDamage>& damages() const { return damages_; }
  size_t memory_bytes() const;
  /// All that it holds, and how many of them are columns of native histograms, which
  /// users do not see as series.
  size_t series_count() const;
  size_t histogram_columns() const;
  /// Of the newest sample there is; INT64_MIN without any.
  int64_t last_ms() const;
  /// Of the oldest one; INT64_MAX without any.
  int64_t first_ms() const;
  uint64_t log_bytes() const { return log_bytes_.load(); }
  uint64_t syncs() const { return syncs_.load(); }
  uint64_t damaged_chunks() const { return damaged_chunks_.load(); }

 private:
  struct Request;
  struct Staged;
  class Lead;
  struct Flushed {
    uint64_t sequence = 0;  ///< Of the last log segment that it covers.
    std::shared_ptr<const FlushFile> file;
    std::set<int64_t> in_blocks;  ///< Windows.
    /// Windows that nobody added to any more when it was written; unknown after
    /// a restart.
    std::set<int64_t> over;
  };

  Head(Files& files, Log& log, std::string directory, HeadLimits limits, uint64_t seed,
       Durability durability);

  // head_recover.cc
  Status Recover();
  Status ReadSeries(const std::string& name, uint64_t sequence, bool is_last);
  Status ReplaySamples(const std::string& name, uint64_t sequence, bool is_last);
  Status Scan(const std::string& name, uint64_t sequence, bool is_last,
              const std::function<Status(std::string_view)>& sink);
  Status ReadMetadata();
  void ReportDamage(WalDamage damage);

  // head_append.cc; all under a Lead.
  void Commit(const std::vector<Request*>& group);
  enum class Contents { kSeries, kColumns };  ///< Of histograms.
  Status Stage(Request& request, Staged& staged);
  Status StageSeries(const RawBatch& batch, Contents contents, BatchSeries* told, Staged& staged);
  /// By its handle, by its labels, or new.
  Result<SeriesId> SeriesOf(const RawBatch& batch, const RawBatch::Series& series,
                            Contents contents);
  Result<SeriesId> FindOrCreate(const RawBatch& batch, std::string_view label_bytes,
                                Contents contents);
  Status WriteStaged(const Staged& staged);
  Status WriteNewSeries();
  Status Roll(const char* prefix, std::unique_ptr<WalSegment>& segment, uint64_t& sequence);
  void Publish(const Staged& staged);

  // head_flush.cc
  Status WriteSealed();
  Status WriteMetadata();
  void RemoveSegments(uint64_t covered);

  std::vector<bool> WithSamples(uint64_t after_flush) const;
  size_t SeriesWithSamples(bool recent) const;
  std::vector<std::shared_ptr<const FlushFile>> FlushFiles(int64_t from_ms, int64_t to_ms) const;
  std::string PathOf(const std::string& name) const { return directory_ + "/" + name; }
  void UpdateSizes();

  Files& files_;
  Log& log_;
  std::string directory_;
  uint32_t number_;    ///< Of all heads of this process, from 1: in `SeriesHandle`, `Selector`.
  HeadLimits limits_;  ///< But for the memory, which may change.
  std::atomic<size_t> memory_limit_;
  std::atomic<size_t> memory_beside_{0};
  std::atomic<Durability> durability_;
  std::vector<WalDamage> damages_;

  // Writers queue here; one of them at a time leads: it writes, syncs and
  // publishes everything queued.
  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::vector<Request*> queue_;
  bool leading_ = false;

  // Owned by the leader.
  std::unique_ptr<WalSegment> samples_log_;  ///< Null: the next write begins one.
  bool unsynced_ = false;                    ///< The last batch in it.
  std::unique_ptr<WalSegment> series_log_;
  uint64_t samples_sequence_ = 0;
  uint64_t series_sequence_ = 0;
  SeriesId logged_series_ = 0;  ///< Ids below stand in the series' log.
  SeriesId last_series_ = kNoSeries;

  std::mutex flush_mutex_;  ///< One Flush or Forget at a time.
  uint64_t sealed_sequence_ = 0;

  // Changed by the leader only (the table and the fresh pool) or under
  // flush_mutex_, always with this lock held.
  mutable std::shared_mutex memory_mutex_;
  std::unique_ptr<SeriesTable> table_;
  std::unique_ptr<SamplePool> fresh_;
  std::shared_ptr<const SamplePool> sealed_;  ///< Being written to a flush file.
  std::vector<Flushed> flushed_;              ///< The oldest first.

  mutable std::mutex metadata_mutex_;
  std::map<std::string, Metadata> metadata_;
  std::vector<std::pair<std::string, Metadata>> unwritten_metadata_;
  bool metadata_changed_ = false;  ///< Since the metadata's file was written.

  std::atomic<size_t> samples_bytes_{0};  ///< What both pools take.
  std::atomic<size_t> fresh_cells_{0};    ///< What the fresh samples do.
  std::atomic<size_t> flush_at_{0};
  std::atomic<uint64_t> log_bytes_{0};
  std::atomic<uint64_t> appended_{0};
  std::atomic<uint64_t> syncs_{0};
  std::atomic<int64_t> newest_ms_{INT64_MIN};
  mutable std::atomic<uint64_t> damaged_chunks_{0};
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_H_
