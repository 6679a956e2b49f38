#ifndef HINOMI_PROMQL_OBVIOUS_EVALUATOR_TESTING_H_
#define HINOMI_PROMQL_OBVIOUS_EVALUATOR_TESTING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metrics/model.h"
#include "promql/ast.h"

/// PromQL as its documentation tells it, without a thought for speed: one expression at one
/// time, by recursion, over all samples. What the engine answers is held against it. Numbers
/// only, no native histograms; it shares nothing with the engine but the parser.
namespace hinomi::promql::obvious {

struct Series {
  metrics::Labels labels;
  std::vector<metrics::Sample> samples;  ///< Ascending; staleness marks among them.
};
using Data = std::vector<Series>;

/// When a query is asked: once, at `start_ms`, where `step_ms` is 0.
struct Times {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;
};

/// Values by labels and time. A scalar has no labels; a range vector the times of its samples.
using Cells = std::map<metrics::Labels, std::map<int64_t, double>>;

struct Answer {
  Cells cells;
  /// Of an instant vector: as sort and topk left them.
  std::vector<double> in_order;
  /// Why the query has to fail, if it has: many-to-many matches, two series of one name, …
  std::optional<std::string> failure;
  /// Something hangs on what the language leaves open (which of equals topk takes) or on the
  /// last bits of a sum (whether an average is above a bound): another answer may be as right.
  bool left_open = false;
};

/// How far an instant selector looks back, and the resolution of a subquery that names none.
inline constexpr int64_t kLookbackMs = 300'000;
inline constexpr int64_t kDefaultStepMs = 60'000;

/// A range query is the instant query at each step.
Answer Evaluate(const Data& data, const Expr& expr, const Times& times);

}  // namespace hinomi::promql::obvious

#endif  // HINOMI_PROMQL_OBVIOUS_EVALUATOR_TESTING_H_
