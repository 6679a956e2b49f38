#ifndef HINOMI_METRICS_TSDB_TSDB_WARNINGS_H_
#define HINOMI_METRICS_TSDB_TSDB_WARNINGS_H_

#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/telemetry.h"
#include "metrics/storage.h"
#include "metrics/tsdb/churn_watch.h"

namespace hinomi::metrics {

/// What people have to hear of: samples of a time that has not come, series that
/// come and go, and what fills the memory. All are logged once in a while and are metrics. `clock`,
/// `log` and `telemetry` must outlive it. Threads: any.
class TsdbWarnings {
 public:
  /// Later than now by more than this is beyond what clocks differ.
  static constexpr Duration kAhead = Duration::Hours(1);
  /// The same thing is logged so often at most.
  static constexpr Duration kLogInterval = Duration::Minutes(10);

  TsdbWarnings(const Clock& clock, Log& log, Telemetry& telemetry)
      : clock_(clock), log_(log), telemetry_(telemetry) {}

  /// After each batch; `newest_ms` is at least the newest time in it. Only if that
  /// is too late the samples are looked at.
  void Appended(const RawBatch& batch, int64_t newest_ms);
  /// The head refused a batch at its memory limit: names what fills it.
  void Full(const Head& head);
  /// Now and then; by one thread at a time.
  void LookForChurn(const Head& head, uint64_t generation);

  /// What was found at the last look.
  std::optional<Churn> churn() const;

 private:
  /// True at most once in kLogInterval.
  bool IsTime(std::optional<Duration>& logged) HN_REQUIRES(mutex_);
  void TellOfFuture(const RawBatch& batch, std::string_view label_bytes, int64_t at_ms,
                    uint64_t samples);
  void TellOfChurn(const std::optional<Churn>& before, const std::optional<Churn>& churn);

  const Clock& clock_;
  Log& log_;
  Telemetry& telemetry_;
  ChurnWatch watch_;

  mutable Mutex mutex_;
  std::optional<Churn> churn_ HN_GUARDED_BY(mutex_);
  std::optional<Duration> future_logged_ HN_GUARDED_BY(mutex_);
  std::optional<Duration> full_logged_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TSDB_WARNINGS_H_
