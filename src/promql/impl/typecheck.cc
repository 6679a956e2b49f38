#include <re2/re2.h>

#include <algorithm>

#include "promql/impl/function_table.h"
#include "promql/impl/parser_core.h"

namespace hinomi::promql {
namespace {

bool MatchesEmpty(const metrics::Matcher& matcher) {
  switch (matcher.type) {
    case metrics::MatchType::kEqual:
      return matcher.value.empty();
    case metrics::MatchType::kNotEqual:
      return !matcher.value.empty();
    default: {
      const RE2 re("(?s:" + matcher.value + ")", RE2::Quiet);
      return RE2::FullMatch("", re) == (matcher.type == metrics::MatchType::kRegex);
    }
  }
}

/// As the API names result types.
std::string_view PlainTypeName(ValueType type) {
  return type == ValueType::kMatrix ? "matrix" : ValueTypeName(type);
}

class TypeChecker {
 public:
  explicit TypeChecker(std::string_view text) : text_(text) {}

  Status Check(Expr& expr) {
    return std::visit([&](auto& node) { return Visit(expr, node); }, expr.node);
  }

 private:
  Error Fail(const Span& span, const std::string& message) const {
    return ParseError(text_, span.begin, message);
  }
  Status Want(const Expr& expr, ValueType type, const std::string& context) const {
    if (expr.type == type) return {};
    return Fail(expr.span, "expected type " + std::string(ValueTypeName(type)) + " in " + context +
                               ", got " + std::string(ValueTypeName(expr.type)));
  }

  Status Visit(Expr& expr, NumberLiteral&) { return expr.type = ValueType::kScalar, Status(); }
  Status Visit(Expr& expr, StringLiteral&) { return expr.type = ValueType::kString, Status(); }
  Status Visit(Expr& expr, VectorSelector& selector) {
    expr.type = ValueType::kVector;
    for (const metrics::Matcher& matcher : selector.matchers) {
      if (!MatchesEmpty(matcher)) return {};
    }
    return Fail(expr.span, "vector selector must contain at least one non-empty matcher");
  }
  Status Visit(Expr& expr, MatrixSelector& matrix) {
    HN_TRY_VOID(Check(*matrix.selector));
    expr.type = ValueType::kMatrix;
    return {};
  }
  Status Visit(Expr& expr, Paren& paren) {
    HN_TRY_VOID(Check(*paren.inner));
    expr.type = paren.inner->type;
    return {};
  }
  Status Visit(Expr& expr, Subquery& subquery) {
    HN_TRY_VOID(Check(*subquery.inner));
    if (subquery.inner->type != ValueType::kVector) {
      return Fail(expr.span, "subquery is only allowed on instant vector, got " +
                                 std::string(PlainTypeName(subquery.inner->type)) + " instead");
    }
    expr.type = ValueType::kMatrix;
    return {};
  }
  Status Visit(Expr& expr, Unary& unary) {
    HN_TRY_VOID(Check(*unary.inner));
    const ValueType type = unary.inner->type;
    if (type != ValueType::kScalar && type != ValueType::kVector) {
      return Fail(
          expr.span,
          "unary expression only allowed on expressions of type scalar or instant vector, got " +
              Quote(ValueTypeName(type)));
    }
    expr.type = type;
    return {};
  }
  Status Visit(Expr& expr, Aggregate& aggregate) {
    HN_TRY_VOID(Check(*aggregate.inner));
    HN_TRY_VOID(Want(*aggregate.inner, ValueType::kVector, "aggregation expression"));
    if (aggregate.parameter) {
      HN_TRY_VOID(Check(*aggregate.parameter));
      const bool text = aggregate.op == AggregateOp::kCountValues;
      HN_TRY_VOID(Want(*aggregate.parameter, text ? ValueType::kString : ValueType::kScalar,
                       "aggregation parameter"));
    }
    expr.type = ValueType::kVector;
    return {};
  }
  Status Visit(Expr& expr, Call& call) {
    const FunctionSignature& function = *FindFunction(call.function);
    HN_TRY_VOID(CheckCount(expr, call, function));
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      // Only labels stand in the second argument of info().
      const bool labels =
          call.function == "info" && i == 1 && call.arguments[i]->As<VectorSelector>();
      if (labels) {
        call.arguments[i]->type = ValueType::kVector;
      } else {
        HN_TRY_VOID(Check(*call.arguments[i]));
      }
      const size_t k = std::min(i, function.arguments.size() - 1);
      HN_TRY_VOID(Want(*call.arguments[i], function.arguments[k],
                       "call to function " + Quote(call.function)));
    }
    if (call.function == "info" && call.arguments.size() == 2 &&
        call.arguments[1]->As<VectorSelector>() == nullptr) {
      return Fail(call.arguments[1]->span,
                  "expected label selectors as the second argument to \"info\" function, got "
                  "another expression");
    }
    expr.type = function.result;
    return {};
  }
  Status CheckCount(const Expr& expr, const Call& call, const FunctionSignature& function) const {
    const size_t n = call.arguments.size();
    const auto fail = [&](const char* word, size_t want) {
      return Fail(expr.span, std::string("expected ") + word + std::to_string(want) +
                                 " argument(s) in call to " + Quote(call.function) + ", got " +
                                 std::to_string(n));
    };
    if (function.variadic == 0) {
      if (n != function.arguments.size()) return fail("", function.arguments.size());
      return {};
    }
    if (n < function.MinArguments()) return fail("at least ", function.MinArguments());
    if (n > function.MaxArguments()) return fail("at most ", function.MaxArguments());
    return {};
  }

  Status Visit(Expr& expr, Binary& binary) {
    HN_TRY_VOID(Check(*binary.left));
    HN_TRY_VOID(Check(*binary.right));
    const ValueType left = binary.left->type, right = binary.right->type;
    VectorMatching& matching = binary.matching;
    if (binary.return_bool && !IsComparison(binary.op)) {
      return Fail(binary.op_span, "bool modifier can only be used on comparison operators");
    }
    const bool scalars = left == ValueType::kScalar && right == ValueType::kScalar;
    if (IsComparison(binary.op) && !binary.return_bool && scalars) {
      return Fail(binary.op_span, "comparisons between scalars must use BOOL modifier");
    }
    for (const std::string& label : matching.labels) {
      const bool twice = matching.on && std::find(matching.include.begin(), matching.include.end(),
                                                  label) != matching.include.end();
      if (twice) {
        return Fail(binary.op_span,
                    "label " + Quote(label) + " must not occur in ON and GROUP clause at once");
      }
    }
    for (const Expr* side : {binary.left.get(), binary.right.get()}) {
      if (side->type != ValueType::kScalar && side->type != ValueType::kVector) {
        return Fail(side->span,
                    "binary expression must contain only scalar and instant vector types");
      }
    }
    const bool vectors = left == ValueType::kVector && right == ValueType::kVector;
    if (!vectors && !matching.labels.empty()) {
      return Fail(expr.span, "vector matching only allowed between instant vectors");
    }
    if (IsSetOperator(binary.op)) {
      const std::string op = Quote(BinaryOpText(binary.op));
      if (!vectors)
        return Fail(expr.span, "set operator " + op + " not allowed in binary scalar expression");
      if (matching.cardinality != Cardinality::kOneToOne) {
        return Fail(expr.span, "no grouping allowed for " + op + " operation");
      }
      matching.cardinality = Cardinality::kManyToMany;
    }
    const bool fills = matching.fill_left || matching.fill_right;
    if (fills && (!vectors || IsSetOperator(binary.op))) {
      return Fail(binary.op_span,
                  "filling in missing series only allowed between instant vectors and not for set "
                  "operators");
    }
    expr.type = scalars ? ValueType::kScalar : ValueType::kVector;
    return {};
  }

  std::string_view text_;
};

}  // namespace

Status CheckTypes(std::string_view text, const Features&, Expr& expr) {
  return TypeChecker(text).Check(expr);
}

}  // namespace hinomi::promql
