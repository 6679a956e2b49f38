#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "metric_math/impl/expr.h"
#include "metric_math/impl/lexer.h"

namespace hinomi::metric_math {
namespace {

using Kind = Expr::Kind;

constexpr std::pair<std::string_view, Op> kOperators[] = {
    {"OR", Op::kOr},      {"||", Op::kOr},       {"AND", Op::kAnd},      {"&&", Op::kAnd},
    {"==", Op::kEqual},   {"!=", Op::kNotEqual}, {"<=", Op::kLessEqual}, {">=", Op::kGreaterEqual},
    {"<", Op::kLess},     {">", Op::kGreater},   {"+", Op::kAdd},        {"-", Op::kSubtract},
    {"*", Op::kMultiply}, {"/", Op::kDivide},    {"^", Op::kPower},
};

/// Recursive descent with precedence climbing. At the first mistake it stops:
/// `Fail` keeps it, and each caller returns null.
class MathParser {
 public:
  explicit MathParser(std::string_view text) : text_(text) { Advance(); }

  ExprPtr ReadAll();
  const ParseMistake& mistake() const { return mistake_; }

 private:
  ExprPtr ReadBinary(int lowest);
  ExprPtr ReadUnary();
  ExprPtr ReadPrimary();
  ExprPtr ReadName();
  ExprPtr ReadCall(const Token& name);
  /// Values with commas between, up to `close`.
  bool ReadList(std::string_view close, std::vector<ExprPtr>& values);

  void Advance() {
    if (token_.kind != Token::Kind::kWrong)
      token_ = ReadToken(text_, token_.offset + token_.source.size());
  }
  bool At(std::string_view source) const {
    return token_.kind != Token::Kind::kString && token_.source == source;
  }
  /// Null if the token is none.
  const Op* AtOperator() const;
  ExprPtr Fail(size_t offset, std::string message);
  /// "expected WHAT, got …", or what is wrong with the token itself.
  ExprPtr Unexpected(const std::string& what);
  ExprPtr Made(Expr expr);

  std::string_view text_;
  Token token_;
  int open_ = 0;          ///< Values being read around the present one.
  ParseMistake mistake_;  ///< The first one.
};

const Op* MathParser::AtOperator() const {
  if (token_.kind != Token::Kind::kOperator) return nullptr;
  const auto* found =
      std::ranges::find(kOperators, token_.source, &std::pair<std::string_view, Op>::first);
  return found == std::end(kOperators) ? nullptr : &found->second;
}

ExprPtr MathParser::Fail(size_t offset, std::string message) {
  if (mistake_.message.empty()) mistake_ = {offset, std::move(message)};
  return nullptr;
}

ExprPtr MathParser::Unexpected(const std::string& what) {
  if (token_.kind == Token::Kind::kWrong) return Fail(token_.offset, token_.text);
  std::string message = "expected " + what + ", got " + Quoted(token_);
  const std::string capitals = ToUpperAscii(token_.source);
  if (token_.kind == Token::Kind::kName && (capitals == "AND" || capitals == "OR"))
    message += "; it is written " + capitals;
  return Fail(token_.offset, std::move(message));
}

ExprPtr MathParser::Made(Expr expr) {
  for (const ExprPtr& arg : expr.args) expr.depth = std::max(expr.depth, arg->depth + 1);
  if (expr.depth > kMaxExpressionDepth) {
    return Fail(expr.offset, "expected at most " + std::to_string(kMaxExpressionDepth) +
                                 " values and operators within one another");
  }
  return std::make_shared<const Expr>(std::move(expr));
}

ExprPtr MathParser::ReadAll() {
  if (text_.size() > kMaxExpressionBytes) {
    return Fail(kMaxExpressionBytes, "expected at most " + std::to_string(kMaxExpressionBytes) +
                                         " bytes, got " + std::to_string(text_.size()));
  }
  ExprPtr all = ReadBinary(1);
  if (all && token_.kind != Token::Kind::kEnd) return Unexpected("an operator or the end");
  return all;
}

ExprPtr MathParser::ReadBinary(int lowest) {
  ExprPtr left = ReadUnary();
  for (const Op* op = AtOperator(); left && op != nullptr; op = AtOperator()) {
    const int precedence = Precedence(*op);
    if (precedence < lowest) break;
    const size_t offset = token_.offset;
    Advance();
    ExprPtr right = ReadBinary(*op == Op::kPower ? precedence : precedence + 1);
    if (!right) return nullptr;
    Expr binary{.kind = Kind::kBinary, .offset = offset, .op = *op};
    binary.args = {std::move(left), std::move(right)};
    left = Made(std::move(binary));
  }
  return left;
}

ExprPtr MathParser::ReadUnary() {
  if (open_ >= kMaxExpressionDepth)
    return Fail(token_.offset, "expected fewer parentheses and signs within one another");
  ++open_;
  ExprPtr value;
  if (At("-")) {
    Expr negate{.kind = Kind::kNegate, .offset = token_.offset};
    Advance();
    // As in mathematics the sign is that of the power: -2^2 is -4.
    ExprPtr of = ReadBinary(kUnaryPrecedence);
    if (of) {
      negate.args = {std::move(of)};
      value = Made(std::move(negate));
    }
  } else {
    value = ReadPrimary();
  }
  --open_;
  return value;
}

ExprPtr MathParser::ReadPrimary() {
  Expr expr{.offset = token_.offset};
  if (token_.kind == Token::Kind::kNumber) {
    expr.number = token_.number;
    Advance();
    return Made(std::move(expr));
  }
  if (token_.kind == Token::Kind::kString) {
    expr.kind = Kind::kString;
    expr.text = token_.text;
    Advance();
    return Made(std::move(expr));
  }
  if (token_.kind == Token::Kind::kName) return ReadName();
  if (At("(")) {
    Advance();
    ExprPtr inner = ReadBinary(1);
    if (!inner) return nullptr;
    if (!At(")")) return Unexpected("an operator or \")\"");
    Advance();
    return inner;
  }
  if (At("[")) {
    Advance();
    expr.kind = Kind::kArray;
    if (!ReadList("]", expr.args)) return nullptr;
    if (expr.args.empty()) return Fail(expr.offset, "expected time series between [ and ]");
    return Made(std::move(expr));
  }
  return Unexpected("a number, an id or a function");
}

ExprPtr MathParser::ReadName() {
  const Token name = token_;
  Advance();
  if (At("(")) return ReadCall(name);
  const char first = name.source[0];
  Expr expr{.kind = first >= 'a' && first <= 'z' ? Kind::kId : Kind::kWord, .offset = name.offset};
  expr.text = name.source;
  return Made(std::move(expr));
}

ExprPtr MathParser::ReadCall(const Token& name) {
  const std::string capitals = ToUpperAscii(name.source);
  const std::string_view refused = RefusedBecause(capitals);
  if (!refused.empty())
    return Fail(name.offset, capitals + " cannot be used in an alarm: " + std::string(refused));
  Expr call{.kind = Kind::kCall, .offset = name.offset, .function = FindFunction(name.source)};
  if (call.function == nullptr) {
    const auto nearest = NearestName(capitals, FunctionNames());
    std::string message = "expected a function, got \"" + std::string(name.source) + "\"";
    if (nearest) message += "; did you mean " + *nearest + "?";
    return Fail(name.offset, std::move(message));
  }
  Advance();
  if (!ReadList(")", call.args)) return nullptr;
  return Made(std::move(call));
}

bool MathParser::ReadList(std::string_view close, std::vector<ExprPtr>& values) {
  if (!At(close)) {
    for (;;) {
      ExprPtr value = ReadBinary(1);
      if (!value) return false;
      values.push_back(std::move(value));
      if (!At(",")) break;
      Advance();
    }
  }
  if (!At(close)) {
    Unexpected("\",\" or \"" + std::string(close) + "\"");
    return false;
  }
  Advance();
  return true;
}

}  // namespace

std::string_view OpText(Op op) {
  return std::ranges::find(kOperators, op, &std::pair<std::string_view, Op>::second)->first;
}

int Precedence(Op op) {
  switch (op) {
    case Op::kOr:
      return 1;
    case Op::kAnd:
      return 2;
    case Op::kAdd:
    case Op::kSubtract:
      return 4;
    case Op::kMultiply:
    case Op::kDivide:
      return 5;
    case Op::kPower:
      return 7;
    default:
      return 3;
  }
}

ExprPtr ParseExpr(std::string_view text, ParseMistake& mistake) {
  MathParser parser(text);
  ExprPtr expr = parser.ReadAll();
  if (!expr) mistake = parser.mistake();
  return expr;
}

std::string WithPlace(std::string_view text, const ParseMistake& mistake) {
  const auto characters = std::ranges::count_if(text.substr(0, mistake.offset), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return "character " + std::to_string(characters + 1) + ": " + mistake.message;
}

Result<ExprPtr> Parse(std::string_view text, size_t* error_offset) {
  ParseMistake mistake;
  ExprPtr expr = ParseExpr(text, mistake);
  if (expr) return expr;
  if (error_offset != nullptr) *error_offset = mistake.offset;
  return InvalidArgument(WithPlace(text, mistake));
}

}  // namespace hinomi::metric_math
