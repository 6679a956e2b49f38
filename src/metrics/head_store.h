#ifndef HINOMI_METRICS_HEAD_STORE_H_
#define HINOMI_METRICS_HEAD_STORE_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "metrics/storage.h"
#include "metrics/wal.h"
#include "os/files.h"

namespace hinomi::metrics {

class HeadMemory;

struct HeadOptions {
  std::string directory;  ///< Made if absent. One process at a time.
  /// Samples take 16 bytes, a series some hundred and its labels. At the limit
  /// writes are refused; `Maintain` gives up the oldest samples before that.
  size_t memory_limit_bytes = 512u << 20;
  /// Samples older than this go at `Maintain`; zero keeps all.
  Duration retention = Duration::Days(15);
  /// A series that got samples older than the retention is spared so long.
  Duration backfill_grace = Duration::Hours(24);
  uint64_t segment_bytes = 32u << 20;
  /// A checkpoint is written when the log since the last one has passed this
  /// and that one's own size: restart reads at most twice the live data.
  uint64_t least_checkpoint_bytes = 64u << 20;
  /// True while the disk is below `min_free`; writes are refused then. May be empty.
  std::function<bool()> disk_is_low;
  /// Called after each durable batch, on the thread that appended it, so that
  /// alarms can look at once. May be empty; must not append.
  std::function<void(const std::vector<WriteSeries>&)> on_append;
};

/// The first metrics store: every sample in memory, and a write-ahead log from
/// which it comes back after kill -9 or a power cut. Simple on purpose; the
/// time-series engine takes its place behind the same two interfaces.
///
/// A batch is visible to readers once it is durable, and all of it at once.
/// Concurrent appenders share one sync. `files`, `clock`, `log` and
/// `telemetry` must outlive it. Threads: any.
class HeadStore : public Queryable, public Appender {
 public:
  /// Reads checkpoint and log. A damaged region is stepped over, logged,
  /// counted and listed by `damages`; a torn end (a crash while writing) is
  /// cut. Errors are those of the disk.
  static Result<std::unique_ptr<HeadStore>> Open(Files& files, const Clock& clock, Log& log,
                                                 Telemetry& telemetry, HeadOptions options);
  ~HeadStore() override;

  Status Append(const std::vector<WriteSeries>& batch) override;
  void SetMetadata(const std::string& metric, const Metadata& metadata) override;

  Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms,
                                            const SelectLimits& limits) const override;
  Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers, int64_t from_ms,
                                           int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                               int64_t to_ms) const override;
  std::map<std::string, Metadata> MetricMetadata() const override;

  /// Retention, relief of memory, and a checkpoint if one is due. Call it
  /// about once a minute from a background thread.
  Status Maintain();
  /// A checkpoint now: afterwards restart reads only it and what comes later.
  Status Checkpoint();

  /// What could not be read at `Open`. Damaged files are kept as NAME.damaged
  /// when a checkpoint has taken their place.
  const std::vector<WalDamage>& damages() const { return damages_; }
  size_t memory_bytes() const;
  size_t series_count() const;

 private:
  struct Request;
  struct Staged;
  class Lead;
  struct Instruments;

  HeadStore(Files& files, const Clock& clock, Log& log, Telemetry& telemetry, HeadOptions options);

  // head_recover.cc
  Status Recover();
  Status Replay(const std::string& name, uint64_t sequence, bool is_last);
  void ReportDamage(WalDamage damage);

  // head_append.cc; all under a Lead.
  void Commit(const std::vector<Request*>& group);
  bool Stage(Request& request, Staged& staged);
  Status WriteStaged(Staged& staged);
  void Publish(Staged& staged);
  Status RollSegment();

  // head_maintain.cc
  Status Relieve();
  Status WriteCheckpoint(const std::string& path, uint64_t sequence);
  void RemoveCovered(uint64_t sequence);
  void UpdateGauges();

  std::string PathOf(const std::string& name) const { return options_.directory + "/" + name; }

  Files& files_;
  const Clock& clock_;
  Log& log_;
  HeadOptions options_;
  std::unique_ptr<Instruments> instruments_;
  std::vector<WalDamage> damages_;

  // Appenders queue here; one of them at a time leads: it writes, syncs and
  // publishes everything queued.
  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::vector<Request*> queue_;
  bool leading_ = false;

  // Owned by the leader.
  std::unique_ptr<WalSegment> segment_;  ///< Null: the next write begins one.
  uint64_t last_sequence_ = 0;
  std::vector<bool> introduced_;  ///< By series id: its labels stand in `segment_`.
  uint64_t log_bytes_ = 0;        ///< Since the last checkpoint.
  uint64_t checkpoint_bytes_ = 0;

  std::mutex maintain_mutex_;  ///< One Maintain or Checkpoint at a time.

  // Changed by the leader only, so it reads without the lock.
  mutable std::shared_mutex memory_mutex_;
  std::unique_ptr<HeadMemory> memory_;

  mutable std::mutex metadata_mutex_;
  std::map<std::string, Metadata> metadata_;
  std::vector<std::pair<std::string, Metadata>> unwritten_metadata_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_HEAD_STORE_H_
