#ifndef HINOMI_RULES_EVALUATION_H_
#define HINOMI_RULES_EVALUATION_H_

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/storage.h"
#include "promql/engine.h"
#include "rules/alerts.h"
#include "rules/group.h"

namespace hinomi::rules {

/// A series that is written to at each evaluation of a group, at its time, together with the
/// last of its results: how many series the rules gave. So the store itself tells which
/// evaluations are in it. Its labels: job="hinomi", rule_group=KEY.
inline constexpr const char* kMarkMetric = "hinomi_rule_group_samples";

/// The label bytes (metrics/tsdb/label_bytes.h) of a group's mark.
std::string MarkBytes(std::string_view group_key);

/// What evaluation reaches. Threads: any.
struct World {
  std::function<Result<promql::QueryResult>(const promql::Expr& expr, std::string_view text,
                                            int64_t at_ms)>
      query;
  std::function<Status(const metrics::RawBatch& batch)> append;
  const Clock& clock;              ///< Measures how long a rule takes; must outlive it.
  std::function<bool()> stopping;  ///< True: end between two rules.
  Surroundings surroundings;       ///< Of the texts of alerts.
  /// False for a time that has passed: nobody is alerted then, and alerting rules are left out.
  bool alerts = true;
};

/// What the rules of a group gave at one time: what has to go on or end at the next.
struct Memory {
  /// For each rule the label bytes of its series, sorted.
  std::vector<std::vector<std::string>> given;
  std::vector<AlertsPtr> alerts;  ///< For each rule; null: none, and for those that record.
  /// So many evaluations until `RestoreAlerts`; up to then no series of alerts are stored, since
  /// those in the store tell what was before.
  int until_restore = 0;
  /// Of rules that are gone: they end at the next evaluation unless a rule gives them.
  std::vector<std::string> orphans;
};

/// What a group that was changed takes over: rules with the same name and labels go on.
Memory TakeOver(const Group& before, const Memory& memory, const Group& after);

enum class Writing {
  kAll,
  /// The results are there already: only ends of series that are not among them.
  kEndsOnly,
};

/// How one rule went.
struct Outcome {
  bool evaluated = false;  ///< False where it was left out: after a stop.
  Status status;
  size_t series = 0;
  Duration took;
  bool alerts_known = false;  ///< What is to be known of an alerting rule's alerts is.
};

/// How one evaluation of a group went.
struct Round {
  std::vector<Outcome> outcomes;  ///< One a rule.
  Memory memory;                  ///< For the next.
  bool whole = true;              ///< False where it was stopped or could not all be stored.
};

/// Evaluates the rules of a group in order, as Prometheus does: at `at` less the group's query
/// offset, which is also the time of the results; each rule sees what those before it gave. The
/// rule's name and labels go over the result's; the same labels twice, more series (or active
/// alerts) than the group's limit, and a result that is no vector or scalar are errors of the
/// rule alone. A series that its rule gave before and gives no more ends with a stale marker,
/// unless another rule of the group gives it; one whose rule fails is left alone. So are the
/// alerts of a rule that fails, but for its limit: then it begins anew.
///
/// Results are stored in one batch as far as no later rule may read them. The same times again
/// give the same, and of two writes the later stays.
Round Evaluate(const Group& group, Instant at, const Memory& before, const World& world,
               Writing writing = Writing::kAll);

/// What a rule's expression gave, as a vector: a scalar is a sample without labels. Errors:
/// kInvalidArgument for a value of another kind.
Result<promql::Vector> VectorOf(promql::QueryResult result);

/// Ends these series (label bytes) at that time.
Status EndSeries(const World& world, const std::vector<std::string>& series, int64_t at_ms);

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_EVALUATION_H_
