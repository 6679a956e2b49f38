#include "base/strings.h"
#include "metric_math/impl/expr.h"

namespace hinomi::metric_math {
namespace {

using Kind = Expr::Kind;

int PrecedenceOf(const Expr& expr) {
  if (expr.kind == Kind::kBinary) return Precedence(expr.op);
  return expr.kind == Kind::kNegate ? kUnaryPrecedence : kUnaryPrecedence + 2;
}

void AppendExpr(std::string& out, const Expr& expr);

/// In parentheses where the place asks for something that binds tighter.
void AppendOperand(std::string& out, const Expr& expr, int lowest) {
  const bool enclosed = PrecedenceOf(expr) < lowest;
  if (enclosed) out += '(';
  AppendExpr(out, expr);
  if (enclosed) out += ')';
}

void AppendList(std::string& out, const std::vector<ExprPtr>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    AppendExpr(out, *values[i]);
  }
}

void AppendBinary(std::string& out, const Expr& expr) {
  const int own = Precedence(expr.op);
  const bool to_the_right = expr.op == Op::kPower;
  AppendOperand(out, *expr.args[0], to_the_right ? own + 1 : own);
  out += ' ';
  out += OpText(expr.op);
  out += ' ';
  // A sign needs no parentheses on the right: 2 ^ -1.
  if (expr.args[1]->kind == Kind::kNegate) {
    AppendExpr(out, *expr.args[1]);
  } else {
    AppendOperand(out, *expr.args[1], to_the_right ? own : own + 1);
  }
}

void AppendExpr(std::string& out, const Expr& expr) {
  switch (expr.kind) {
    case Kind::kNumber:
      out += FormatDouble(expr.number);
      return;
    case Kind::kString: {
      const char quote = expr.text.find('"') == std::string::npos ? '"' : '\'';
      out += quote + expr.text + quote;
      return;
    }
    case Kind::kId:
    case Kind::kWord:
      out += expr.text;
      return;
    case Kind::kArray:
      out += '[';
      AppendList(out, expr.args);
      out += ']';
      return;
    case Kind::kNegate:
      out += '-';
      AppendOperand(out, *expr.args[0], kUnaryPrecedence);
      return;
    case Kind::kBinary:
      AppendBinary(out, expr);
      return;
    case Kind::kCall:
      out += expr.function->name + "(";
      AppendList(out, expr.args);
      out += ')';
      return;
  }
}

}  // namespace

std::string Format(const Expr& expr) {
  std::string out;
  AppendExpr(out, expr);
  return out;
}

}  // namespace hinomi::metric_math
