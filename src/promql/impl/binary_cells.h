#ifndef HINOMI_PROMQL_IMPL_BINARY_CELLS_H_
#define HINOMI_PROMQL_IMPL_BINARY_CELLS_H_

#include <optional>
#include <set>
#include <string>

#include "promql/impl/evaluator.h"
#include "promql/impl/remarks.h"

namespace hinomi::promql {

/// What an operator makes of two values, of which any may be a histogram.
struct CellResult {
  /// Nothing where a comparison does not hold, or where the types do not go with
  /// the operator.
  std::optional<Cell> cell;
  /// The types do not go with it: as if the two had never met.
  bool refused = false;
};

/// Applies one operator to cells and says what Prometheus says about their types.
/// The context and the node must outlive it.
class CellOperator {
 public:
  CellOperator(QueryContext& context, const Binary& binary)
      : context_(context),
        binary_(binary),
        span_{binary.left->span.begin, binary.right->span.end},
        remarks_(context, span_, {}) {}

  /// `kept` is what a comparison that holds leaves.
  CellResult Apply(const Cell& a, const Cell& b, const Cell& kept);

 private:
  CellResult OfHistograms(const NativeHistogram& a, const NativeHistogram& b, const Cell& kept);
  CellResult Added(const NativeHistogram& a, const NativeHistogram& b);
  CellResult Compared(bool holds, const Cell& kept) const;
  CellResult Refuse(const char* left, const char* right);

  QueryContext& context_;
  const Binary& binary_;
  const Span span_;
  SeriesRemarks remarks_;
  std::set<std::string> said_;  ///< Of the remarks that name the operator.
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_BINARY_CELLS_H_
