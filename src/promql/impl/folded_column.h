#ifndef HINOMI_PROMQL_IMPL_FOLDED_COLUMN_H_
#define HINOMI_PROMQL_IMPL_FOLDED_COLUMN_H_

#include <cstdint>
#include <vector>

#include "promql/impl/table.h"

namespace hinomi::promql {

/// What an aggregation gathers of the numbers of one group, step by step: sum, avg, min, max,
/// count, group, stddev or stdvar. The steps lie side by side in columns, and a series is
/// added to all of them at once.
class FoldedColumn {
 public:
  FoldedColumn(AggregateOp op, size_t steps);
  /// True for the operators above.
  static bool Folds(AggregateOp op);

  /// The values where `present` is 1; both as long as there are steps.
  void Add(const Column& values, const std::vector<uint8_t>& present);

  size_t steps() const { return value_.size(); }
  bool Has(size_t step) const { return count_[step] > 0; }
  /// Of a step that has something. An average is not finite where the sum left the range of
  /// doubles, too: AverageOfValues tells then.
  double At(size_t step) const;
  /// The same of all steps at once, as a series has them; nothing is left here.
  void MoveTo(Column& values, std::vector<uint8_t>& present);

 private:
  template <void (FoldedColumn::*kAdd)(size_t, double)>
  void AddEach(const Column& values, const std::vector<uint8_t>& present);
  void AddToSum(size_t step, double v);
  void AddToLeast(size_t step, double v);
  void AddToGreatest(size_t step, double v);
  void AddToVariance(size_t step, double v);
  void OnlyCount(size_t, double) {}

  AggregateOp op_;
  Column value_;
  Column extra_;  ///< What rounding took from a sum; the mean of a variance.
  std::vector<uint32_t> count_;
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_FOLDED_COLUMN_H_
