#include "promql/impl/evaluator.h"

#include <algorithm>
#include <cmath>

#include "metrics/native_histogram_math.h"

namespace hinomi::promql {

Series Evaluator::Blank(metrics::Labels labels) const {
  Series series;
  series.labels = std::move(labels);
  series.Resize(grid_.count);
  return series;
}

Result<Series> Evaluator::NewSeries(metrics::Labels labels) {
  HN_TRY_VOID(context_.Charge(grid_.count));
  return Blank(std::move(labels));
}

Result<Table> Evaluator::EvalVector(const Expr& expr) {
  HN_TRY_VOID(context_.CheckAlive());
  if (const auto* paren = expr.As<Paren>()) return EvalVector(*paren->inner);
  if (const auto* selector = expr.As<VectorSelector>())
    return EvalSelector(*selector, expr.span, false);
  if (const auto* aggregate = expr.As<Aggregate>()) return EvalAggregate(*this, expr, *aggregate);
  if (const auto* binary = expr.As<Binary>()) return EvalBinary(*this, *binary);
  if (const auto* unary = expr.As<Unary>()) return EvalUnary(*unary);
  if (const auto* call = expr.As<Call>()) return EvalCall(*this, expr, *call);
  return Internal("a node of type " + std::string(ValueTypeName(expr.type)) +
                  " where a vector is expected");
}

Result<Column> Evaluator::EvalScalar(const Expr& expr) {
  HN_TRY_VOID(context_.CheckAlive());
  if (const auto* paren = expr.As<Paren>()) return EvalScalar(*paren->inner);
  if (const auto* number = expr.As<NumberLiteral>()) return Column(grid_.count, number->value);
  if (const auto* binary = expr.As<Binary>()) return EvalBinaryScalars(*this, *binary);
  if (const auto* call = expr.As<Call>()) return EvalScalarCall(*this, *call);
  if (const auto* unary = expr.As<Unary>()) {
    HN_TRY(Column column, EvalScalar(*unary->inner));
    if (unary->negative) {
      for (double& value : column) value = -value;
    }
    return column;
  }
  return Internal("a node of type " + std::string(ValueTypeName(expr.type)) +
                  " where a scalar is expected");
}

Result<Table> Evaluator::EvalUnary(const Unary& unary) {
  HN_TRY(Table table, EvalVector(*unary.inner));
  if (!unary.negative) return table;
  for (Series& series : table) {
    series.drop_name = true;
    for (double& value : series.values) value = -value;
    for (NativeHistogramPtr& histogram : series.histograms) {
      if (histogram) histogram = std::make_shared<NativeHistogram>(metrics::Scaled(*histogram, -1));
    }
    HN_TRY_VOID(context_.ChargeHistograms(series));
  }
  return table;
}

}  // namespace hinomi::promql
