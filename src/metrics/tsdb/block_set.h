#ifndef HINOMI_METRICS_TSDB_BLOCK_SET_H_
#define HINOMI_METRICS_TSDB_BLOCK_SET_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "metrics/storage.h"
#include "metrics/tsdb/block.h"
#include "metrics/tsdb/block_merge.h"
#include "metrics/tsdb/block_select.h"
#include "metrics/tsdb/file_damage.h"
#include "metrics/tsdb/merge_plan.h"
#include "metrics/tsdb/retention.h"
#include "metrics/tsdb/series_reading.h"
#include "metrics/tsdb/tombstones.h"
#include "os/files.h"

namespace hinomi::metrics {

struct BlockSetStats {
  uint64_t blocks = 0;
  uint64_t series = 0;  ///< Of all blocks; one that is in two counts twice.
  uint64_t samples = 0;
  uint64_t bytes = 0;
  int64_t min_ms = 0;  ///< Of the first and the last sample; 0 without any.
  int64_t max_ms = 0;
  uint64_t deletes = 0;  ///< That are not made real yet.
  uint64_t damages = 0;
  uint64_t merges = 0;  ///< Since it was opened, like the next ones.
  uint64_t merged_bytes = 0;
  uint64_t dropped_blocks = 0;
  /// Something is old enough to be dropped, but samples do not vouch for the clock.
  bool age_retention_waits = false;
};

/// The blocks of a directory: those of the log's samples that have been cut,
/// readable at once and merged in the background.
///
/// What is published is durable, whole or not at all; which block holds a
/// sample follows from the sample's time only, never from a clock. Readers
/// work on what was published when they began and wait for nobody; files that
/// are removed meanwhile stay readable to them. What is damaged is left out,
/// kept on the disk and told by `damages`: everything else is served.
///
/// One process at a time. `files` and `log` must outlive it. Threads: any.
class BlockSet {
 public:
  /// Makes the directory if it is absent. kConflict with the version named if
  /// something in it is of a newer format; errors of the disk.
  static Result<std::unique_ptr<BlockSet>> Open(Files& files, Log& log, std::string directory);

  /// Publishes what `add` gives to the writer as one block (nothing if that is
  /// nothing). It wins over all blocks before it. After an error the samples
  /// are not published, though a power cut right then may leave them so:
  /// writing them again does no harm. One at a time, others wait.
  Status Write(const TimeWindow& window, const std::function<Status(BlockWriter&)>& add);

  /// As in metrics/storage.h.
  Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms, const SelectLimits& limits) const;
  /// Whether some block in the range has series with the label.
  bool HasLabel(std::string_view label, int64_t from_ms, int64_t to_ms) const;
  /// As VisitFloats in metrics/storage.h, with what a head has of the same series, if given; its
  /// samples are newer. `help` joins in.
  Status Visit(const std::vector<CompiledMatcher>& matchers, int64_t from_ms, int64_t to_ms,
               const SelectLimits& limits, const SeriesVisitor& visit,
               const SeriesStepMaker& prepare = nullptr, HeadSelection* fresh = nullptr,
               const ReadingHelp& help = {}) const;
  /// As in metrics/storage.h.
  SelectEstimate Estimate(const std::vector<CompiledMatcher>& matchers, int64_t from_ms,
                          int64_t to_ms) const;
  size_t GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) const;
  Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers, int64_t from_ms,
                                           int64_t to_ms) const;
  std::vector<std::string> LabelNames(int64_t from_ms, int64_t to_ms) const;
  std::vector<std::string> LabelValues(const std::string& label, int64_t from_ms,
                                       int64_t to_ms) const;

  /// The samples in [from, to] of all series that match are gone: for readers
  /// when it returns, on the disk with a later merge. A block that is being
  /// written meanwhile is meant too; what is written later is not.
  Status Delete(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms);

  struct Upkeep {
    int64_t now_ms = 0;
    Retention retention;
    /// A block is written anew if more of it is deleted; 0 makes all deletes real.
    double rewrite_share = 0.05;
    KeepGoing keep_going = [] { return true; };
  };
  /// Does the one thing that is most useful: drops blocks by retention or
  /// merges some. False: nothing is due. Call it in the background until it
  /// says so. One at a time, others wait. kCancelled as `keep_going` asks, with
  /// nothing changed.
  Result<bool> MaintainOne(const Upkeep& upkeep);

  BlockSetStats stats() const;
  bool empty() const { return empty_; }  ///< No block at all.
  /// Of its blocks, in the order of `newest`.
  std::vector<BlockInfo> infos() const;
  /// What could not be read since it was opened.
  std::vector<FileDamage> damages() const;
  /// Reads every byte that has a checksum; then as `damages`.
  std::vector<FileDamage> VerifyAll() const;

 private:
  struct Member {
    VisibleBlock visible;
    uint64_t erased = 0;  ///< Samples that its erasures hide, about.
    const Block& block() const { return *visible.block; }
    const BlockInfo& info() const { return visible.block->info(); }
  };
  using Members = std::vector<Member>;  ///< In the order of `newest`.
  struct LiveTombstone {
    Tombstone tombstone;
    std::shared_ptr<const std::vector<CompiledMatcher>> matchers;
  };
  struct Garbage {
    std::string path;
    bool damaged = false;  ///< Is kept under another name.
    bool operator==(const Garbage&) const = default;
  };
  /// What a merge begins with.
  struct Beginning {
    uint64_t sequence;
    uint64_t deletes_through;
    std::shared_ptr<const Members> members;
  };

  BlockSet(Files& files, Log& log, std::string directory)
      : files_(files), log_(log), directory_(std::move(directory)) {}

  // block_set_open.cc
  Status OpenAll();
  Status OpenBlocks(const std::vector<std::string>& names, Members& members)
      HN_REQUIRES(change_mutex_);
  void SetReplacedAside(Members& members) HN_REQUIRES(change_mutex_);
  Status OpenTombstones(Members& members) HN_REQUIRES(change_mutex_);

  // block_set.cc
  std::shared_ptr<const Members> Snapshot() const;
  std::string PathOf(uint64_t sequence) const;
  Beginning Begin() HN_REQUIRES(change_mutex_);
  void Hide(Member& member, const LiveTombstone& tombstone) HN_REQUIRES(change_mutex_);
  void Exchange(Members members) HN_REQUIRES(change_mutex_);
  /// Null: nothing is added.
  void Publish(std::shared_ptr<const Block> added, const std::vector<uint64_t>& removed)
      HN_REQUIRES(change_mutex_);
  /// Finishes and opens; on failure what may stand there becomes garbage.
  Result<std::shared_ptr<const Block>> FinishBlock(BlockWriter& writer, const std::string& path);
  void Report(const std::string& file, const std::string& what) const;
  void AddGarbage(const std::string& path, bool damaged);
  Status ClearGarbage();

  // block_set_select.cc
  std::vector<VisibleBlock> Readable(const TimeWindow& range) const;
  ReportUnread Unread() const;

  // block_set_maintain.cc
  Status SettleTombstones();
  Result<bool> DropForSpace(const Upkeep& upkeep) HN_REQUIRES(maintain_mutex_);
  Result<bool> DropForAge(const Upkeep& upkeep, const AgeLimits& limits)
      HN_REQUIRES(maintain_mutex_);
  Result<bool> MergeByPlan(const Upkeep& upkeep, const AgeLimits* limits)
      HN_REQUIRES(maintain_mutex_);
  /// `limits`: what is too old is left out; null: nothing is.
  Status Merge(const Upkeep& upkeep, const AgeLimits* limits,
               const std::vector<uint64_t>& sequences) HN_REQUIRES(maintain_mutex_);
  void Drop(const std::vector<uint64_t>& sequences, std::string_view why)
      HN_REQUIRES(maintain_mutex_);
  /// True if one of them cannot be read: it is no member any more.
  bool SetUnreadableAside(const std::vector<uint64_t>& sequences) HN_REQUIRES(maintain_mutex_);

  Files& files_;
  Log& log_;
  std::string directory_;

  // Locked in this order where several are.
  Mutex maintain_mutex_;
  Mutex write_mutex_;
  mutable Mutex change_mutex_;  ///< Who changes members or tombstones.
  mutable Mutex mutex_;

  std::vector<LiveTombstone> tombstones_ HN_GUARDED_BY(change_mutex_);
  uint64_t last_delete_ HN_GUARDED_BY(change_mutex_) = 0;
  bool tombstones_unsure_ HN_GUARDED_BY(change_mutex_) = false;  ///< What the file says.
  bool writing_ HN_GUARDED_BY(change_mutex_) = false;
  uint64_t next_sequence_ HN_GUARDED_BY(change_mutex_) = 1;
  bool has_unread_blocks_ HN_GUARDED_BY(change_mutex_) = false;

  /// By sequence: so many age limits had passed when nothing was found too old.
  std::map<uint64_t, size_t> looked_at_ HN_GUARDED_BY(maintain_mutex_);
  Retention looked_for_ HN_GUARDED_BY(maintain_mutex_);

  std::shared_ptr<const Members> members_ HN_GUARDED_BY(mutex_) = std::make_shared<Members>();
  std::atomic<bool> empty_{
      true};  ///< Of `members_`: most selections are of a store's last minutes.
  std::vector<Garbage> garbage_ HN_GUARDED_BY(mutex_);
  mutable std::set<FileDamage> damages_ HN_GUARDED_BY(mutex_);
  BlockSetStats counters_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_SET_H_
