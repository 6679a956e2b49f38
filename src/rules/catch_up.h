#ifndef HINOMI_RULES_CATCH_UP_H_
#define HINOMI_RULES_CATCH_UP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/storage.h"
#include "rules/evaluation.h"
#include "rules/grid.h"

namespace hinomi::rules {

/// Which evaluations of a group the store has, by the marks that went in with them.
struct Evaluated {
  std::vector<int64_t> at_ms;  ///< Within the window that was looked at, ascending.
  bool before_window = false;  ///< There are older ones as well.
};

/// What the store knows of each group, by key, from `from` to `to`. A group that was taken out
/// of the configuration meanwhile is known from its return on. Errors: those of the store.
Result<std::map<std::string, Evaluated>> ReadMarks(const metrics::Queryable& store, Instant from,
                                                   Instant to);

/// The group's last evaluation from `from` to `to` that the store has, or nothing. Errors:
/// those of the store.
Result<std::optional<Instant>> LastMark(const metrics::Queryable& store, std::string_view group_key,
                                        Instant from, Instant to);

/// One evaluation that is made up for.
struct CatchUpStep {
  Instant at;
  Writing writing = Writing::kAll;
  /// What was given before this time is not known: the step begins anew.
  bool first = false;
};

/// The times in [from, until) at which the group should have been evaluated and was not, oldest
/// first. Around each gap stand the evaluations before and after it, `kEndsOnly`: the one tells
/// what may end in the gap, the other what ended at its end; so the store becomes what it would
/// be without the gap. A group that the store does not know has missed nothing.
std::vector<CatchUpStep> MissedSteps(const Grid& grid, const Evaluated& evaluated, Instant from,
                                     Instant until);

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_CATCH_UP_H_
