#ifndef HINOMI_METRICS_TSDB_CHURN_WATCH_H_
#define HINOMI_METRICS_TSDB_CHURN_WATCH_H_

#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "metrics/tsdb/head.h"

namespace hinomi::metrics {

/// Series that come and go, and the label that makes them.
struct Churn {
  std::string label;      ///< Whose new values do it; "" where old values are combined anew.
  std::string metric;     ///< The one with most of these series.
  size_t ended = 0;       ///< Series that came within an hour and ended.
  size_t live = 0;        ///< Series with samples of late.
  size_t new_values = 0;  ///< Of the label, within the hour.
  std::string example;    ///< One of its values.
};

/// Finds churn by looking at a head now and then: nothing is counted while
/// samples come in, and what it keeps are a few marks. It looks at each series
/// of the head once in ten minutes.
///
/// Churn is told from growth by its end: an hour that brought as many series
/// which have ended as there are live ones. From there on most of what the head
/// and the indexes of blocks know is of no use any more, which is also when a
/// head is renewed. A start, a rollout of new hosts or a single redeployment
/// brings many series, but they live on. What ends within the memory of one
/// flush file does not show: so little does no harm.
class ChurnWatch {
 public:
  /// How often something is to be seen at most.
  static constexpr Duration kSlice = Duration::Minutes(10);
  /// Fewer are never called churn.
  static constexpr size_t kFewest = 1000;

  /// `generation` names the head: another one is watched from nothing. True if
  /// it has looked, so that `churn` may be another.
  bool Look(const Head& head, uint64_t generation, Duration monotonic);
  const std::optional<Churn>& churn() const { return churn_; }

 private:
  std::deque<HeadMark> marks_;  ///< One a slice, over an hour.
  std::optional<uint64_t> generation_;
  Duration next_;
  std::optional<Churn> churn_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_CHURN_WATCH_H_
