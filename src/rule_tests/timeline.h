#ifndef HINOMI_RULE_TESTS_TIMELINE_H_
#define HINOMI_RULE_TESTS_TIMELINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/memory_store.h"
#include "policy/rule_tests.h"
#include "promql/engine.h"
#include "rule_tests/coverage.h"
#include "rule_tests/rule_set.h"
#include "rules/evaluation.h"
#include "rules/manager.h"

namespace hinomi::rule_tests {

/// The time that passes in one test: its series come in as their time comes, and all groups are
/// evaluated at each step, by the evaluation that a server has, over a store of their own. Times
/// go forward only. What it is made with must outlive it. One thread.
class Timeline {
 public:
  /// What a rule failed by.
  struct RuleError {
    const rules::Group& group;
    const rules::Rule& rule;
    std::string message;
  };

  /// `step` is how far apart evaluations are, and the resolution of subqueries that name none.
  Timeline(const policy::RuleTest& test, const std::vector<GroupPtr>& groups, Duration step,
           Coverage& coverage);
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  /// Called with what each evaluation of an alerting rule found. Before the first.
  using OnAlerts = std::function<void(Instant at, const rules::AlertReport& report)>;
  void Tell(OnAlerts on_alerts) { on_alerts_ = std::move(on_alerts); }
  /// Takes in the samples up to `at`.
  void TakeIn(Instant at);
  /// Takes in the samples up to `at`, and evaluates the groups one after the other.
  std::vector<RuleError> Evaluate(Instant at);
  /// The alerts that fire since the last evaluation; `group` "": of all groups.
  std::vector<const rules::Alert*> Firing(const std::string& alert, const std::string& group) const;
  /// An expression over what there is, also what rules gave. Errors: the query's own, or that it
  /// gives no vector.
  Result<promql::Vector> Query(const std::string& expr, Instant at) const;
  /// What was taken in and what rules gave.
  const metrics::Queryable& store() const { return store_; }

 private:
  /// One of the test's series while it comes in.
  struct Source {
    std::vector<promql::SequenceValue> values;
    size_t next = 0;
    int64_t next_ms = 0;
  };

  void TellAlerts(const rules::Group& group, const std::vector<rules::Outcome>& outcomes,
                  const rules::Memory& memory, Instant at) const;
  rules::World MakeWorld(const policy::RuleTest& test);
  Status Append(const metrics::RawBatch& batch);

  const std::vector<GroupPtr>& groups_;
  const int64_t interval_ms_;
  Coverage& coverage_;
  promql::QueryLimits limits_;
  metrics::MemoryStore store_;
  std::map<metrics::Labels, Source> sources_;
  std::set<std::string, std::less<>> marks_;
  ManualClock clock_;  ///< Stands still: how long rules take is nobody's question here.
  rules::World world_;
  std::vector<rules::Memory> memories_;  ///< One a group.
  OnAlerts on_alerts_;
};

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_TIMELINE_H_
