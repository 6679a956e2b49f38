#ifndef HINOMI_METRIC_MATH_IMPL_EXPR_H_
#define HINOMI_METRIC_MATH_IMPL_EXPR_H_

#include <string>
#include <string_view>
#include <vector>

#include "metric_math/impl/functions.h"
#include "metric_math/metric_math.h"

namespace hinomi::metric_math {

enum class Op {
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLessEqual,
  kGreaterEqual,
  kLess,
  kGreater,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
};
/// "AND", "<=", …
std::string_view OpText(Op op);
/// Higher binds tighter: 1 for OR to 6 for unary minus and 7 for ^.
int Precedence(Op op);
constexpr int kUnaryPrecedence = 6;
/// Comparisons, AND and OR, which do not take arrays.
constexpr bool IsLogical(Op op) {
  return op < Op::kAdd;
}

struct Expr {
  enum class Kind {
    kNumber,  ///< `number`
    kString,  ///< `text`, without its quotes.
    kId,      ///< `text`
    kWord,    ///< `text`: REPEAT, DESC, …
    kArray,   ///< [args]
    kNegate,  ///< -args[0]
    kBinary,  ///< args[0] op args[1]
    kCall,    ///< function(args)
  };
  Kind kind = Kind::kNumber;
  size_t offset = 0;  ///< Of the operator for kBinary, else of the first byte.
  int depth = 1;      ///< Of the tree below, itself included.
  double number = 0;
  std::string text;
  Op op = Op::kAdd;
  const Function* function = nullptr;  ///< Lives for ever.
  std::vector<ExprPtr> args;
};

/// What is wrong with a text, and at which byte.
struct ParseMistake {
  size_t offset = 0;
  std::string message;
};
/// Null, with the mistake, if the text is no expression.
ExprPtr ParseExpr(std::string_view text, ParseMistake& mistake);
/// "character 6: expected …", counted in characters from 1.
std::string WithPlace(std::string_view text, const ParseMistake& mistake);

/// A number of the text, i.e. not one that is computed; nothing else.
inline const double* Literal(const Expr& expr) {
  return expr.kind == Expr::Kind::kNumber ? &expr.number : nullptr;
}
/// SLICE(x, n, n + 1), whose result is one series.
bool SlicesOne(const Expr& call);

}  // namespace hinomi::metric_math

#endif  // HINOMI_METRIC_MATH_IMPL_EXPR_H_
