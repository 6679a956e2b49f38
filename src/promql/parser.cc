#include "promql/parser.h"

#include "base/strings.h"
#include "promql/impl/parser_core.h"

namespace hinomi::promql {

std::string_view ValueTypeName(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    case ValueType::kString:
      return "string";
    case ValueType::kNone:
      break;
  }
  return "none";
}

std::string_view BinaryOpText(BinaryOp op) {
  static constexpr std::string_view kTexts[] = {"+",     "-",  "*",  "/",   "%",  "^",
                                                "atan2", "</", ">/", "==",  "!=", ">",
                                                "<",     ">=", "<=", "and", "or", "unless"};
  return kTexts[static_cast<size_t>(op)];
}

std::string_view AggregateOpText(AggregateOp op) {
  static constexpr std::string_view kTexts[] = {
      "sum",    "avg",  "min",     "max",      "count",        "group",  "stddev",
      "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"};
  return kTexts[static_cast<size_t>(op)];
}

bool TakesParameter(AggregateOp op) {
  return op >= AggregateOp::kTopk;
}

const Expr& Unparenthesised(const Expr& expr) {
  const Expr* at = &expr;
  while (const auto* paren = at->As<Paren>()) at = paren->inner.get();
  return *at;
}

std::vector<const Expr*> ChildrenOf(const Expr& expr) {
  std::vector<const Expr*> children;
  const auto add = [&](const ExprPtr& child) {
    if (child != nullptr) children.push_back(child.get());
  };
  if (const auto* matrix = expr.As<MatrixSelector>()) {
    add(matrix->selector);
  } else if (const auto* subquery = expr.As<Subquery>()) {
    add(subquery->inner);
  } else if (const auto* aggregate = expr.As<Aggregate>()) {
    add(aggregate->parameter);
    add(aggregate->inner);
  } else if (const auto* binary = expr.As<Binary>()) {
    add(binary->left);
    add(binary->right);
  } else if (const auto* unary = expr.As<Unary>()) {
    add(unary->inner);
  } else if (const auto* call = expr.As<Call>()) {
    for (const ExprPtr& argument : call->arguments) add(argument);
  } else if (const auto* paren = expr.As<Paren>()) {
    add(paren->inner);
  }
  return children;
}

std::vector<const VectorSelector*> SelectorsOf(const Expr& expr) {
  if (const auto* selector = expr.As<VectorSelector>()) return {selector};
  std::vector<const VectorSelector*> selectors;
  for (const Expr* child : ChildrenOf(expr)) {
    const auto below = SelectorsOf(*child);
    selectors.insert(selectors.end(), below.begin(), below.end());
  }
  return selectors;
}

Result<ExprPtr> Parse(std::string_view text, const Features& features) {
  return ParserCore(text, features).ParseAll();
}

Result<std::vector<metrics::Matcher>> ParseSelector(std::string_view text) {
  return ParserCore(text, Features::Stable()).ParseMatchersAlone();
}

std::string LineAndColumn(std::string_view text, size_t offset) {
  return text.empty() ? "unknown position" : hinomi::LineAndColumn(text, offset);
}

}  // namespace hinomi::promql
