#include "promql/impl/binary_cells.h"

#include "metrics/native_histogram_math.h"
#include "promql/impl/lexer.h"

namespace hinomi::promql {

CellResult CellOperator::Refuse(const char* left, const char* right) {
  const std::string op(BinaryOpText(binary_.op));
  const std::string message = "incompatible sample types encountered for binary operator " +
                              Quote(op) + ": " + left + " " + op + " " + right;
  if (said_.insert(message).second) context_.Inform(message, span_);
  return {std::nullopt, true};
}

CellResult CellOperator::Compared(bool holds, const Cell& kept) const {
  if (binary_.return_bool) return {Cell(holds ? 1.0 : 0.0)};
  if (!holds) return {};
  return {kept};
}

CellResult CellOperator::Added(const NativeHistogram& a, const NativeHistogram& b) {
  const bool adds = binary_.op == BinaryOp::kAdd;
  metrics::NativeHistogramSum sum(a);
  const metrics::HistogramMerge merge = adds ? sum.Add(b) : sum.Subtract(b);
  if (!merge.compatible) {
    const std::string message = "incompatible bucket layout encountered for binary operator " +
                                std::string(BinaryOpText(binary_.op));
    if (said_.insert(message).second) context_.Warn(message, span_);
    return {std::nullopt, true};
  }
  if (merge.bounds_reconciled)
    remarks_.Say(adds ? Remark::kReconciledSum : Remark::kReconciledDifference);
  if (merge.reset_collision) {
    const std::string message = std::string("conflicting counter resets during histogram ") +
                                (adds ? "addition" : "subtraction");
    if (said_.insert(message).second) context_.Warn(message, span_);
    // Prometheus 3.14 gives no result then.
    return {std::nullopt, true};
  }
  NativeHistogram result = sum.Result();
  // What is left of a counter without another one counts nothing.
  if (!adds) result.reset_hint = NativeHistogram::ResetHint::kGauge;
  return {Cell(std::move(result))};
}

CellResult CellOperator::OfHistograms(const NativeHistogram& a, const NativeHistogram& b,
                                      const Cell& kept) {
  switch (binary_.op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSub:
      return Added(a, b);
    case BinaryOp::kEqual:
      return Compared(metrics::SameData(a, b), kept);
    case BinaryOp::kNotEqual:
      return Compared(!metrics::SameData(a, b), kept);
    default:
      return Refuse("histogram", "histogram");
  }
}

CellResult CellOperator::Apply(const Cell& a, const Cell& b, const Cell& kept) {
  const BinaryOp op = binary_.op;
  if (a.histogram && b.histogram) return OfHistograms(*a.histogram, *b.histogram, kept);
  if (!a.histogram && !b.histogram) {
    if (IsTrim(op)) return Refuse("float", "float");
    if (IsComparison(op)) return Compared(Compare(op, a.value, b.value), kept);
    return {Cell(Arithmetic(op, a.value, b.value))};
  }
  if (b.histogram) {
    if (op != BinaryOp::kMul) return Refuse("float", "histogram");
    return {Cell(metrics::Scaled(*b.histogram, a.value))};
  }
  switch (op) {
    case BinaryOp::kMul:
      return {Cell(metrics::Scaled(*a.histogram, b.value))};
    case BinaryOp::kDiv:
      return {Cell(metrics::Divided(*a.histogram, b.value))};
    case BinaryOp::kTrimUpper:
      return {Cell(metrics::TrimmedAbove(*a.histogram, b.value))};
    case BinaryOp::kTrimLower:
      return {Cell(metrics::TrimmedBelow(*a.histogram, b.value))};
    default:
      return Refuse("histogram", "float");
  }
}

}  // namespace hinomi::promql
