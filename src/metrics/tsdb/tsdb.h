#ifndef HINOMI_METRICS_TSDB_TSDB_H_
#define HINOMI_METRICS_TSDB_TSDB_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "metrics/storage.h"
#include "metrics/tsdb/block_set.h"
#include "metrics/tsdb/downsampled_blocks.h"
#include "metrics/tsdb/exemplar_log.h"
#include "metrics/tsdb/head.h"
#include "metrics/tsdb/histogram_batch.h"
#include "metrics/tsdb/histogram_times.h"
#include "metrics/tsdb/tsdb_warnings.h"
#include "os/files.h"

namespace hinomi::metrics {

/// Somebody who wants to know at once that samples have become readable.
class ArrivalListener {
 public:
  virtual ~ArrivalListener() = default;
  /// Changes whenever `Wants` may answer otherwise than before.
  virtual uint64_t Interest() const = 0;
  /// Whether it reads series of this name; asked once for each series.
  virtual bool Wants(std::string_view metric) const = 0;
  /// Wanted series of one durable batch, on the thread that appended it. Must
  /// not append.
  virtual void Arrived(const std::vector<WriteSeries>& series) = 0;
};

/// The resolutions that there are.
inline constexpr int64_t kResolutionsMs[] = {300'000, 3'600'000};

/// Windows that are to be made of samples, a day at a time once it is over.
struct Downsampling {
  int64_t window_ms = 0;   ///< One of `kResolutionsMs`.
  int64_t max_age_ms = 0;  ///< Rounded up to whole days; 0: for ever.
  bool operator==(const Downsampling&) const = default;
};

/// What may change while a store runs.
struct TsdbSettings {
  /// By age that of samples alone; by bytes that of samples and windows together.
  Retention retention;
  std::vector<Downsampling> downsampling;
  Durability durability = Durability::kSync;
  size_t head_memory_bytes = HeadLimits().memory_bytes;
  size_t query_memory_bytes = 1u << 30;  ///< For the samples of all queries at a time.
};

struct TsdbOptions {
  std::string directory;  ///< Made if absent. One process at a time.
  TsdbSettings settings;
  HeadLimits head;  ///< `memory_bytes` is that of the settings.
  /// A head that knows more series, most of them without fresh samples, is
  /// replaced by a new one: churn must not grow it without bound.
  size_t renew_from_series = 50'000;
  uint64_t seed = 0;  ///< Of hash tables; random in earnest.
  /// True while the disk is below `min_free`; writes are refused then. May be empty.
  std::function<bool()> disk_is_low;
  ArrivalListener* listener = nullptr;  ///< Must outlive the store.
  ReadingHelp help;                     ///< Its helpers must outlive the store.
};

/// The time-series store: a head that takes writes, and the blocks that are cut
/// from it. `files`, `clock`, `log` and `telemetry` must outlive it. Threads: any.
class Tsdb : public Queryable, public Appender {
 public:
  /// Reads what a former process left. What is damaged is left out, logged and
  /// counted. Errors: those of the disk; a newer format, with the version named.
  static Result<std::unique_ptr<Tsdb>> Open(Files& files, const Clock& clock, Log& log,
                                            Telemetry& telemetry, TsdbOptions options);
  ~Tsdb() override;  ///< Stops.

  Status Append(const std::vector<WriteSeries>& batch) override;
  Status AppendRaw(const RawBatch& batch) override;
  void SetMetadata(const std::string& metric, const Metadata& metadata) override;

  Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms,
                                            const SelectLimits& limits) const override;
  Result<bool> VisitFloats(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms,
                           const SelectLimits& limits, const SeriesVisitor& visit,
                           const SeriesStepMaker& prepare) const override;
  Result<std::optional<SelectEstimate>> Estimate(const std::vector<Matcher>& matchers,
                                                 int64_t from_ms, int64_t to_ms,
                                                 int64_t window_ms) const override;
  size_t GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                      int64_t to_ms) const override;
  std::vector<Resolution> Resolutions(const std::vector<Matcher>& matchers, int64_t from_ms,
                                      int64_t to_ms) const override;
  Result<bool> VisitWindows(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms,
                            int64_t window_ms, const SelectLimits& limits,
                            const WindowsVisitor& visit) const override;
  Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers, int64_t from_ms,
                                           int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                               int64_t to_ms) const override;
  std::map<std::string, Metadata> MetricMetadata() const override;
  Result<std::vector<SeriesExemplars>> SelectExemplars(const std::vector<Matcher>& matchers,
                                                       int64_t from_ms,
                                                       int64_t to_ms) const override;

  /// Everything that is due, by size or by age: flushes, cuts, merges, retention.
  /// Merges give way to a flush that becomes due meanwhile.
  Status Maintain();
  /// From now on a thread of its own does that when it is due.
  void Start();
  /// Ends what runs between two of its steps; what is written is durable anyway.
  void Stop();

  /// From now on these count; the upkeep that follows from them begins at once.
  void Use(const TsdbSettings& settings);

  /// Moves the whole head to blocks.
  Status CutAll();
  /// Everything of now in another directory, which `Open` takes. kConflict if it
  /// is there already. Writers and readers go on, upkeep waits meanwhile.
  Status Snapshot(const std::string& directory);
  /// The samples in [from, to] of all series that match are gone for readers
  /// when it returns, and on the disk with later merges.
  Status Delete(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms);
  /// Makes all deletes real on the disk: blocks that hold something of them are
  /// written anew.
  Status ClearDeleted();

  /// Whether series come and go, and which label makes them.
  std::optional<Churn> churn() const { return warnings_.churn(); }
  /// For queries of its samples, as the settings limit them.
  QueryMemory& query_memory() { return query_memory_; }
  /// The head that takes writes.
  std::shared_ptr<const Head> head() const { return Heads().back(); }
  /// With those before it that are not yet empty, the oldest first.
  std::vector<std::shared_ptr<const Head>> heads() const;
  const BlockSet& blocks() const { return *blocks_; }
  /// The finest first.
  std::vector<const DownsampledBlocks*> downsampled() const;

 private:
  struct Instruments;

  Tsdb(Files& files, const Clock& clock, Log& log, Telemetry& telemetry, TsdbOptions options);
  // tsdb_heads.cc
  struct NumberedHead {
    uint64_t generation = 0;
    std::shared_ptr<Head> head;
  };
  Status OpenHeads();
  Result<std::shared_ptr<Head>> OpenHead(uint64_t generation);
  /// Of a head that is empty: all of its files but those that are kept.
  Status RemoveHead(uint64_t generation);
  std::string HeadDirectory(uint64_t generation) const;
  std::vector<std::shared_ptr<Head>> Heads() const;
  /// From the oldest to the newest sample of all of them; {INT64_MAX, INT64_MIN} without any.
  TimeWindow TimesInHeads() const;
  /// Of all of them. Needs `head_mutex_` or `maintain_mutex_`.
  size_t MemoryOfHeads() const;
  Result<std::vector<Labels>> LabelsInHeads(const std::vector<CompiledMatcher>& matchers,
                                            int64_t from_ms, int64_t to_ms) const;
  void UseSettings();
  /// Holds up who brings series faster than those of ended heads are written to blocks.
  void SlowDown(size_t new_series);
  // The following need `maintain_mutex_`, as all upkeep does.
  /// The one that takes writes.
  Head& Current() { return *heads_.back().head; }
  bool RenewalDue(bool window_ended);
  /// From now on a new head takes writes.
  Status BeginHead();
  Status EmptyEndedHeads();
  void ShareMemory();

  // tsdb_histograms.cc
  Status AppendHistograms(const RawBatch& batch);
  Status MarkSuperseded(HistogramSeries& series, HistogramTimes::Seen seen);
  int64_t NewestSample() const;

  // tsdb_downsample.cc
  struct DueDay {
    int64_t day = 0;
    DownsampledBlocks* level = nullptr;
    uint64_t source = 0;
    bool urgent = false;  ///< Its samples are about to be dropped.
  };
  Status OpenDownsampled();
  std::vector<std::string> BlockDirectories() const;  ///< Below the store's.
  std::vector<DueDay> DueDays() const;
  /// Makes what is urgent, and one day beside; true if there is more.
  Result<bool> Downsample(const KeepGoing& keep_going);
  Status MaintainDownsampled(const BlockSet::Upkeep& upkeep);
  uint64_t DownsampledBytes() const;
  /// As in most stores: every query and every question for labels asks first.
  bool NothingDownsampled() const;
  const DownsampledBlocks* LevelOf(int64_t window_ms) const;
  /// The days in the range that have samples of what matches, if any has been downsampled.
  std::set<int64_t> DaysOfSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                                  int64_t to_ms) const;
  /// Those of which days in the range are left where some samples may be gone.
  std::vector<const DownsampledBlocks*> LevelsAlone(int64_t from_ms, int64_t to_ms) const;
  void CountDownsampledDay();
  /// Where samples have to be read, too, for windows in a range.
  std::vector<TimeWindow> UnmadeDays(const DownsampledBlocks& level, int64_t from_ms,
                                     int64_t to_ms) const;

  /// Windows of samples, which are few beside those that are made where a query is wide.
  using FreshWindows = std::map<Labels, std::vector<SampleWindow>>;
  Result<FreshWindows> ReadUnmade(const std::vector<Matcher>& matchers,
                                  const DownsampledBlocks& level, int64_t from_ms, int64_t to_ms,
                                  const SelectLimits& limits) const;

  Status Store(const RawBatch& batch, const RawBatch* columns);
  Result<std::vector<SeriesColumns>> SelectColumns(const std::vector<Matcher>& matchers,
                                                   int64_t from_ms, int64_t to_ms,
                                                   const SelectLimits& limits) const;
  Status VisitColumns(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms,
                      const SelectLimits& limits, const SeriesVisitor& visit,
                      const SeriesStepMaker& prepare = nullptr, const ReadingHelp& help = {}) const;
  /// Whether a native histogram is among what matches.
  Result<bool> MatchHistograms(const std::vector<Matcher>& matchers, int64_t from_ms,
                               int64_t to_ms) const;
  Status Cut(Head& head, const std::vector<int64_t>& windows);
  Status CutAllOf(Head& head);
  Status CutEverything();
  Status MaintainHeads();
  /// What cannot wait for the end of a cut.
  Status KeepUp();
  Status KeepExemplars(const RawBatch& batch);
  Status CopyTo(const std::string& directory);
  void RemoveCopied(const std::string& directory);
  Status MaintainBlocks(double rewrite_share, const KeepGoing& keep_going);
  TsdbSettings settings() const;
  bool SyncsByInterval() const { return durability_ == Durability::kInterval; }
  void SyncIfDue();
  void Wake();
  void Tell(const RawBatch& batch, const std::vector<SeriesId>& ids);
  void UpdateGauges();
  void Run();

  Files& files_;
  const Clock& clock_;
  Log& log_;
  TsdbOptions options_;
  std::unique_ptr<Instruments> instruments_;
  TsdbWarnings warnings_;
  std::unique_ptr<BlockSet> blocks_;
  std::vector<std::unique_ptr<DownsampledBlocks>> downsampled_;  ///< The finest first.
  std::unique_ptr<ExemplarLog> exemplars_;
  mutable SelectorCache selectors_;

  mutable Mutex settings_mutex_;
  TsdbSettings settings_ HN_GUARDED_BY(settings_mutex_);
  std::atomic<Durability> durability_;  ///< That of the settings.
  QueryMemory query_memory_;

  /// Shared by whoever writes; alone by whoever begins a head or drops one.
  mutable std::shared_mutex head_mutex_;
  /// The oldest first: the last takes writes, those before it are being emptied. Changed with
  /// both `maintain_mutex_` and `head_mutex_` held, so that either is enough to read.
  std::vector<NumberedHead> heads_;
  Mutex room_mutex_;
  std::condition_variable room_;  ///< A head has been dropped.

  /// Shared by whoever writes histograms that are newer than all of their series; alone
  /// by who has to see which ones they replace. Taken before `head_mutex_`.
  std::shared_mutex histogram_mutex_;
  HistogramTimes histogram_times_;

  std::atomic<int64_t> synced_ns_{INT64_MIN};  ///< When a batch was synced last; monotonic.

  Mutex maintain_mutex_;  ///< One Maintain, CutAll or Delete at a time.
  HeadAge head_age_ HN_GUARDED_BY(maintain_mutex_);
  /// Calls that somebody waits for: a merge of the upkeep is called off for them.
  std::atomic<int> asked_for_{0};
  Duration synced_at_;  ///< Of the monotonic clock; used by whoever holds it.
  /// Samples went to blocks, or from one to another, since malloc gave back last; used by
  /// whoever holds it, too.
  bool moved_ = false;

  Mutex interest_mutex_;
  uint64_t interest_ HN_GUARDED_BY(interest_mutex_) = 0;
  std::vector<uint8_t> wanted_ HN_GUARDED_BY(interest_mutex_);  ///< By series; 0: not asked.

  std::thread thread_;
  Mutex wake_mutex_;
  std::condition_variable wake_;
  bool due_ HN_GUARDED_BY(wake_mutex_) = false;
  std::atomic<bool> stopping_{false};
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TSDB_H_
