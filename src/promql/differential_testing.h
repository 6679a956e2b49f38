#ifndef HINOMI_PROMQL_DIFFERENTIAL_TESTING_H_
#define HINOMI_PROMQL_DIFFERENTIAL_TESTING_H_

#include <string>

#include "metrics/storage.h"
#include "promql/ast.h"
#include "promql/obvious_evaluator_testing.h"
#include "promql/testing.h"

namespace hinomi::promql {

/// A query, when it is asked, and of what.
struct DifferentialCase {
  obvious::Data data;
  std::string text;
  obvious::Times times;
  /// The engine reads each number as a native histogram of so many observations, and is asked
  /// for the `histogram_count` of the query, which has to be of a kind that goes on with
  /// histograms as with their counts. Numbers may not be negative then.
  bool as_histograms = false;
};

/// How the engine and the obvious evaluator agree.
struct Comparison {
  enum class Outcome {
    kSame,
    kBothFail,
    kLeftOpen,  ///< They differ where both may be right: see obvious::Answer::left_open.
    kDiffer,
  };
  Outcome outcome = Outcome::kSame;
  size_t cells = 0;        ///< That the answer had.
  std::string difference;  ///< Of kDiffer: "{job="api"} at 60000: 3 instead of 4".
};

/// The data as the engine reads it.
MemoryQueryable StoreOf(const DifferentialCase& query);

/// Asks both. Numbers are the same where they are so within 1e-9 of themselves, as sums may be
/// taken in any order; and bit by bit where nothing is added up (selectors, topk, last_over_time).
/// `store` holds the case's data.
Comparison Compare(const DifferentialCase& query, const metrics::Queryable& store);

/// The query, the series and both answers of a case that differs, after leaving out all series
/// and samples without which it differs still.
std::string Explain(DifferentialCase query);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_DIFFERENTIAL_TESTING_H_
