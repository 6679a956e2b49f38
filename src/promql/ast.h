#ifndef HINOMI_PROMQL_AST_H_
#define HINOMI_PROMQL_AST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "metrics/model.h"

namespace hinomi::promql {

/// Bytes [begin, end) of the query text that a node came from.
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

enum class ValueType { kNone, kScalar, kVector, kMatrix, kString };

/// As the documentation names it: "instant vector", "range vector", "scalar", "string".
std::string_view ValueTypeName(ValueType type);

enum class BinaryOp {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kTrimUpper,  ///< "</": takes away from a histogram what lies above a value.
  kTrimLower,  ///< ">/": what lies below.
  kEqual,
  kNotEqual,
  kGreater,
  kLess,
  kGreaterEqual,
  kLessEqual,
  kAnd,
  kOr,
  kUnless,
};

/// "+", "==", "unless", …
std::string_view BinaryOpText(BinaryOp op);
constexpr bool IsComparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kLessEqual;
}
constexpr bool IsTrim(BinaryOp op) {
  return op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower;
}
constexpr bool IsSetOperator(BinaryOp op) {
  return op >= BinaryOp::kAnd;
}

enum class AggregateOp {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kQuantile,
  kCountValues,
  kLimitk,
  kLimitRatio,
};

/// "sum", "count_values", …
std::string_view AggregateOpText(AggregateOp op);
/// Whether the operator takes a parameter before the vector.
bool TakesParameter(AggregateOp op);

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// A length of time as written between brackets or after `offset`. A constant
/// has kind kConstant; the others are duration expressions, whose value may
/// depend on the step and range of the query (feature `duration_expressions`).
struct DurationExpr {
  enum class Kind {
    kConstant,
    kStep,
    kRange,
    kNegate,
    kPlus,
    kParen,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kPow,
    kMin,
    kMax
  };
  Kind kind = Kind::kConstant;
  double seconds = 0;
  bool written_as_duration = true;  ///< "5m" rather than "300".
  std::unique_ptr<DurationExpr> left, right;
  Span span;
};
using DurationPtr = std::unique_ptr<DurationExpr>;

/// Where a selector or subquery looks: `@` and `offset`.
struct TimeModifiers {
  enum class At { kNone, kTime, kStart, kEnd };
  At at = At::kNone;
  int64_t at_ms = 0;   ///< Only with At::kTime.
  DurationPtr offset;  ///< Null when there is none.
};

enum class RangeMode { kPlain, kAnchored, kSmoothed };

struct NumberLiteral {
  double value = 0;
  bool written_as_duration = false;
};
struct StringLiteral {
  std::string value;
};
struct VectorSelector {
  std::string name;  ///< As written before the braces; "" if there was none.
  /// All conditions, the one on `__name__` (if any) included.
  std::vector<metrics::Matcher> matchers;
  TimeModifiers time;
  RangeMode mode = RangeMode::kPlain;
};
struct MatrixSelector {
  ExprPtr selector;  ///< Always a VectorSelector; it holds the modifiers.
  DurationPtr range;
};
struct Subquery {
  ExprPtr inner;
  DurationPtr range;
  DurationPtr step;  ///< Null for the default resolution.
  TimeModifiers time;
};
struct Aggregate {
  AggregateOp op = AggregateOp::kSum;
  ExprPtr inner;
  ExprPtr parameter;  ///< Null for operators without one.
  bool without = false;
  std::vector<std::string> grouping;
};
enum class Cardinality { kOneToOne, kManyToOne, kOneToMany, kManyToMany };
struct VectorMatching {
  Cardinality cardinality = Cardinality::kOneToOne;
  bool on = false;
  bool written = false;  ///< on() or ignoring() stands in the text.
  std::vector<std::string> labels;
  std::vector<std::string> include;  ///< group_left(…) or group_right(…).
  std::optional<double> fill_left, fill_right;
};
struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr left, right;
  bool return_bool = false;
  VectorMatching matching;
  Span op_span;
};
struct Unary {
  bool negative = false;
  ExprPtr inner;
};
struct Call {
  std::string function;
  std::vector<ExprPtr> arguments;
};
struct Paren {
  ExprPtr inner;
};

/// One node of a parsed query.
struct Expr {
  std::variant<NumberLiteral, StringLiteral, VectorSelector, MatrixSelector, Subquery, Aggregate,
               Binary, Unary, Call, Paren>
      node;
  ValueType type = ValueType::kNone;
  Span span;
  int depth = 1;  ///< Levels below and including this one; the parser bounds it.

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
  template <typename T>
  T* As() {
    return std::get_if<T>(&node);
  }
};

/// The expression without the parentheses around it.
const Expr& Unparenthesised(const Expr& expr);
/// The nodes directly below, in the order of the text; those of matrix selectors included.
std::vector<const Expr*> ChildrenOf(const Expr& expr);
/// All vector selectors of the expression, in the order of the text. They live as
/// long as it does.
std::vector<const VectorSelector*> SelectorsOf(const Expr& expr);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_AST_H_
