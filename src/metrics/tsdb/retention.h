#ifndef HINOMI_METRICS_TSDB_RETENTION_H_
#define HINOMI_METRICS_TSDB_RETENTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "metrics/matcher.h"
#include "metrics/model.h"
#include "metrics/tsdb/block.h"
#include "metrics/tsdb/merge_plan.h"

namespace hinomi::metrics {

struct RetentionRule {
  std::vector<Matcher> matchers;
  int64_t max_age_ms = 0;  ///< 0: for ever.
  bool operator==(const RetentionRule&) const = default;
};

/// What is to be kept.
struct Retention {
  uint64_t max_bytes = 0;  ///< Of all blocks together; 0: as much as comes.
  int64_t max_age_ms = 0;  ///< Of series that no rule matches; 0: for ever.
  /// The first one that matches a series decides, shorter or longer than
  /// `max_age_ms`.
  std::vector<RetentionRule> rules;
  bool operator==(const Retention&) const = default;
};

/// Samples grow old by the wall clock, and a wall clock that jumps ahead would
/// make all of them old at once. So by age nothing is dropped unless samples
/// vouch for the clock: at least three of the last four days (UTC, up to now's)
/// hold some. A jump ahead costs at most two days, then, and is believed when
/// samples have come on three days after it. Prices: an age below three
/// days may be overshot up to three; a server that was off for days drops
/// nothing by age until the third day. The limit of bytes knows no clock.
bool SamplesVouchFor(int64_t now_ms, std::span<const BlockOutline> blocks);

/// The places of the blocks to be dropped, oldest first, so that the others
/// take at most `max_bytes`. Never the newest (by its last sample).
std::vector<size_t> DropForBytes(std::span<const BlockOutline> blocks, uint64_t max_bytes);

/// What is left of a budget of bytes beside what others take; at least 1, since 0 is
/// "as much as comes", as which it stays.
uint64_t BudgetBeside(uint64_t max_bytes, uint64_t taken);

/// Retention by age with its matchers compiled. Threads: any.
class AgeLimits {
 public:
  /// kInvalidArgument if a matcher's expression is wrong.
  static Result<AgeLimits> Compile(const Retention& retention);
  /// True if nothing ever gets too old.
  bool empty() const;

  struct Expired {
    Postings ids;
    int64_t before_ms = 0;  ///< Their samples before this are too old.
  };
  /// Of a prepared block at `now_ms`. The sets of ids do not overlap.
  std::vector<Expired> Of(const Block& block, int64_t now_ms) const;
  /// The number of limits that the whole block has passed: it changes when
  /// looking again may find something.
  size_t PassedBy(const BlockInfo& info, int64_t now_ms) const;

 private:
  struct Limit {
    std::vector<CompiledMatcher> matchers;  ///< None: all that are left.
    int64_t max_age_ms = 0;
  };
  std::vector<Limit> limits_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_RETENTION_H_
