#ifndef HINOMI_PROMQL_IMPL_EVALUATOR_H_
#define HINOMI_PROMQL_IMPL_EVALUATOR_H_

#include "promql/impl/table.h"

namespace hinomi::promql {

/// Evaluates nodes over a grid: every node is computed once for all steps, as
/// columns. The context and the expression must outlive it.
class Evaluator {
 public:
  Evaluator(QueryContext& context, Grid grid) : context_(context), grid_(grid) {}

  Result<Table> EvalVector(const Expr& expr);
  Result<Column> EvalScalar(const Expr& expr);
  Result<RangeVector> EvalRange(const Expr& expr);

  const Grid& grid() const { return grid_; }
  QueryContext& context() { return context_; }
  /// A series of this grid's length without any value yet; counted.
  Result<Series> NewSeries(metrics::Labels labels);
  /// An empty series without counting.
  Series Blank(metrics::Labels labels) const;
  /// The sample times instead of the values: for timestamp(selector).
  Result<Table> EvalSelector(const VectorSelector& selector, const Span& span, bool times);

  Result<int64_t> OffsetOf(const TimeModifiers& time) const;
  /// The time that `@` pins.
  std::optional<int64_t> AtOf(const TimeModifiers& time) const;
  /// The times of the samples that all steps together may look at, both inclusive.
  struct Reach {
    int64_t from_ms = 0, to_ms = 0;
  };
  /// `matrix` null: of the selector itself.
  Result<Reach> ReachOf(const VectorSelector& selector, const MatrixSelector* matrix) const;
  /// The steps of a subquery; none if it sees nothing.
  Result<Grid> GridOf(const Subquery& subquery) const;

 private:
  Result<Table> EvalUnary(const Unary& unary);
  Result<RangeVector> EvalMatrix(const MatrixSelector& matrix);
  Result<RangeVector> EvalSubquery(const Subquery& subquery);

  QueryContext& context_;
  Grid grid_;
};

/// Milliseconds of a duration, with step() and range() of the query.
Result<int64_t> ResolveDuration(const QueryContext& context, const DurationExpr& duration,
                                bool must_be_positive);

// Parts of the evaluator by subject, each in its own file.
Result<Table> EvalAggregate(Evaluator& evaluator, const Expr& expr, const Aggregate& aggregate);
Result<Table> EvalBinary(Evaluator& evaluator, const Binary& binary);
Result<Column> EvalBinaryScalars(Evaluator& evaluator, const Binary& binary);
Result<Table> EvalCall(Evaluator& evaluator, const Expr& expr, const Call& call);
Result<Column> EvalScalarCall(Evaluator& evaluator, const Call& call);
Result<Table> EvalRangeCall(Evaluator& evaluator, const Expr& expr, const Call& call);
Result<Table> EvalLabelCall(Evaluator& evaluator, const Call& call);
Result<Table> EvalHistogramCall(Evaluator& evaluator, const Call& call);
Result<Table> EvalSort(Evaluator& evaluator, const Expr& expr, const Call& call);
Result<Table> EvalInfo(Evaluator& evaluator, const Call& call);
/// What info() reads beside its first argument.
Result<VectorSelector> InfoSelectorOf(const QueryContext& context, const Call& call);
/// The labels of the group that a series is in.
metrics::Labels GroupLabels(const metrics::Labels& labels, const Aggregate& aggregate);
/// rate() of what does not look like a counter is probably a mistake.
void RemarkOnName(QueryContext& context, const Call& call, const metrics::Labels& labels);
/// Labels of absent(): those that the selector's equalities fix.
metrics::Labels LabelsOfAbsent(const Expr& expr);

/// The second half of sum and avg: histograms of a group's members go into `out`,
/// which holds the result of their numbers; a step with both has none.
Status FoldHistograms(Evaluator& evaluator, const Aggregate& aggregate, const Table& table,
                      std::span<const size_t> members, Series& out);
/// Drops the histograms of a table and says so.
void IgnoreHistograms(Evaluator& evaluator, AggregateOp op, const Span& span, Table& table);

/// Series that have become one, by their labels and whether their name goes, are one where no step
/// has a value of both.
Table JoinSameLabels(Table table);

/// a op b for arithmetic; for comparisons `holds` is set and a returned.
double Arithmetic(BinaryOp op, double a, double b);
bool Compare(BinaryOp op, double a, double b);
/// Linear interpolation between the ranks of the values; NaN counts as least.
double Quantile(double q, std::vector<double>& values);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_EVALUATOR_H_
