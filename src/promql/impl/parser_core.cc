#include "promql/impl/parser_core.h"

#include <cmath>

#include "base/strings.h"
#include "promql/impl/function_table.h"
#include "promql/impl/parse_numbers.h"

namespace hinomi::promql {
namespace {

constexpr int kMaxNesting = 200;
constexpr int kMaxDepth = 1000;

struct OperatorInfo {
  std::string_view text;
  BinaryOp op;
  int precedence;
};
// Weakest first; `^` alone binds to the right.
constexpr OperatorInfo kOperators[] = {
    {"or", BinaryOp::kOr, 1},         {"and", BinaryOp::kAnd, 2},
    {"unless", BinaryOp::kUnless, 2}, {"==", BinaryOp::kEqual, 3},
    {"!=", BinaryOp::kNotEqual, 3},   {">", BinaryOp::kGreater, 3},
    {"<", BinaryOp::kLess, 3},        {">=", BinaryOp::kGreaterEqual, 3},
    {"<=", BinaryOp::kLessEqual, 3},  {"+", BinaryOp::kAdd, 4},
    {"-", BinaryOp::kSub, 4},         {"*", BinaryOp::kMul, 5},
    {"/", BinaryOp::kDiv, 5},         {"%", BinaryOp::kMod, 5},
    {"atan2", BinaryOp::kAtan2, 5},   {"^", BinaryOp::kPow, 6},
    {"</", BinaryOp::kTrimUpper, 3},  {">/", BinaryOp::kTrimLower, 3},
};
constexpr int kUnaryPrecedence = 5;

const OperatorInfo* FindOperator(std::string_view text) {
  const std::string lower = ToLowerAscii(text);
  for (const OperatorInfo& info : kOperators) {
    if (info.text == lower) return &info;
  }
  return nullptr;
}

int DepthOf(const ExprPtr& a, const ExprPtr& b) {
  return 1 + std::max(a ? a->depth : 0, b ? b->depth : 0);
}

std::optional<AggregateOp> AggregatorOf(std::string_view word) {
  const std::string lower = ToLowerAscii(word);
  for (int i = 0; i <= static_cast<int>(AggregateOp::kLimitRatio); ++i) {
    const auto op = static_cast<AggregateOp>(i);
    if (AggregateOpText(op) == lower) return op;
  }
  return std::nullopt;
}

}  // namespace

Error ParseError(std::string_view text, size_t offset, const std::string& message) {
  return InvalidArgument(LineAndColumn(text, offset) + ": parse error: " + message);
}

ParserCore::ParserCore(std::string_view text, const Features& features)
    : text_(text), features_(features) {
  Lexed lexed = Lex(text);
  tokens_ = std::move(lexed.tokens);
  lex_error_ = std::move(lexed.error);
}

Token ParserCore::Take() {
  const Token token = Current();
  if (index_ + 1 < tokens_.size()) ++index_;
  return token;
}

bool ParserCore::AtWord(std::string_view lower) const {
  return (At(TokenKind::kKeyword) || At(TokenKind::kIdentifier)) &&
         EqualsIgnoreCase(Current().text, lower);
}

bool ParserCore::AtOperator(std::string_view text) const {
  return At(TokenKind::kOperator) && Current().text == text;
}

Error ParserCore::Fail(size_t offset, const std::string& message) const {
  return ParseError(text_, offset, message);
}

Error ParserCore::Unexpected(std::string_view context, std::string_view expected) const {
  if (At(TokenKind::kError)) return Fail(Current().span.begin, lex_error_);
  std::string message = "unexpected " + Describe(Current());
  if (!context.empty()) message += " in " + std::string(context);
  if (!expected.empty()) message += ", expected " + std::string(expected);
  return Fail(Current().span.begin, message);
}

Status ParserCore::Expect(TokenKind kind, std::string_view context, std::string_view expected) {
  if (!At(kind)) return Unexpected(context, expected);
  Take();
  return {};
}

Status ParserCore::Enter() {
  if (nesting_ >= kMaxNesting) return Fail(Current().span.begin, "expression is nested too deeply");
  return {};
}

Result<ExprPtr> ParserCore::ParseAll() {
  if (At(TokenKind::kEnd)) return Fail(0, "no expression found in input");
  HN_TRY(ExprPtr expr, ParseExpr(1));
  if (!At(TokenKind::kEnd)) return Unexpected("");
  HN_TRY_VOID(CheckTypes(text_, features_, *expr));
  return expr;
}

Result<ExprPtr> ParserCore::ParseExpr(int min_precedence) {
  HN_TRY_VOID(Enter());
  ++nesting_;
  auto parsed = ParseUnary();
  --nesting_;
  if (!parsed) return parsed;
  ExprPtr left = *std::move(parsed);
  while (At(TokenKind::kOperator)) {
    const OperatorInfo* info = FindOperator(Current().text);
    if (info == nullptr || info->precedence < min_precedence) break;
    Binary binary;
    binary.op = info->op;
    binary.op_span = Take().span;
    HN_TRY_VOID(ParseBinaryModifiers(binary));
    const bool right_associative = info->op == BinaryOp::kPow;
    HN_TRY_VOID(Enter());
    ++nesting_;
    auto right = ParseExpr(right_associative ? info->precedence : info->precedence + 1);
    --nesting_;
    if (!right) return right;
    binary.right = *std::move(right);
    const size_t begin = left->span.begin;
    const int depth = DepthOf(left, binary.right);
    if (depth > kMaxDepth) return Fail(begin, "expression is nested too deeply");
    binary.left = std::move(left);
    left = Make(std::move(binary), begin);
    left->depth = depth;
  }
  return left;
}

Result<ExprPtr> ParserCore::ParseUnary() {
  if (!AtOperator("+") && !AtOperator("-")) return ParsePostfix();
  const size_t begin = Current().span.begin;
  Unary unary;
  unary.negative = Take().text == "-";
  HN_TRY_VOID(Enter());
  ++nesting_;
  auto parsed = ParseExpr(kUnaryPrecedence + 1);
  --nesting_;
  if (!parsed) return parsed;
  ExprPtr inner = *std::move(parsed);
  if (auto* number = inner->As<NumberLiteral>()) {
    if (unary.negative) number->value = -number->value;
    inner->span.begin = begin;
    return inner;
  }
  const int depth = inner->depth + 1;
  unary.inner = std::move(inner);
  ExprPtr out = Make(std::move(unary), begin);
  out->depth = depth;
  return out;
}

Result<ExprPtr> ParserCore::ParsePostfix() {
  HN_TRY(ExprPtr expr, ParsePrimary());
  while (true) {
    const size_t begin = expr->span.begin;
    if (At(TokenKind::kLeftBracket)) {
      HN_TRY(ExprPtr next, ParseBrackets(std::move(expr)));
      expr = std::move(next);
      if (expr->depth > kMaxDepth) return Fail(begin, "expression is nested too deeply");
    } else if (AtWord("offset")) {
      HN_TRY_VOID(ParseOffset(*expr));
      expr->span.end = LastEnd();
    } else if (At(TokenKind::kAt)) {
      HN_TRY_VOID(ParseAt(*expr));
      expr->span.end = LastEnd();
    } else if (AtWord("anchored") || AtWord("smoothed")) {
      HN_TRY_VOID(ParseRangeMode(*expr));
      expr->span.end = LastEnd();
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> ParserCore::ParsePrimary() {
  const size_t begin = Current().span.begin;
  switch (Current().kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration:
      return ParseNumberLiteral();
    case TokenKind::kString:
      return ParseStringLiteral();
    case TokenKind::kLeftBrace:
    case TokenKind::kMetricIdentifier:
      return ParseSelector();
    case TokenKind::kLeftParen: {
      Take();
      HN_TRY(ExprPtr inner, ParseExpr(1));
      HN_TRY_VOID(Expect(TokenKind::kRightParen, "", ""));
      const int depth = inner->depth + 1;
      ExprPtr out = Make(Paren{std::move(inner)}, begin);
      out->depth = depth;
      return out;
    }
    case TokenKind::kIdentifier:
    case TokenKind::kAggregator:
    case TokenKind::kKeyword:
      return ParseWord();
    case TokenKind::kOperator: {
      // A word operator in the place of an operand is a metric's name.
      const char c = Current().text[0];
      const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (word && !EqualsIgnoreCase(Current().text, "atan2")) return ParseSelector();
      return Unexpected("");
    }
    default:
      return Unexpected("");
  }
}

Result<ExprPtr> ParserCore::ParseNumberLiteral() {
  const Token token = Take();
  const bool duration = token.kind == TokenKind::kDuration;
  const auto value = duration ? ParseDurationSeconds(token.text) : ParseNumber(token.text);
  if (!value) {
    return Fail(token.span.begin, duration ? "not a valid duration string: " + Quote(token.text)
                                           : "error parsing number: strconv.ParseFloat: parsing " +
                                                 Quote(token.text) + ": invalid syntax");
  }
  return Make(NumberLiteral{*value, duration}, token.span.begin);
}

Result<ExprPtr> ParserCore::ParseStringLiteral() {
  const Token token = Take();
  auto value = Unquote(token.text);
  if (!value) {
    return Fail(token.span.begin, value.error().message);
  }
  return Make(StringLiteral{*std::move(value)}, token.span.begin);
}

Result<ExprPtr> ParserCore::ParseWord() {
  const TokenKind next = Ahead(1).kind;
  const bool grouping =
      Ahead(1).kind == TokenKind::kKeyword &&
      (EqualsIgnoreCase(Ahead(1).text, "by") || EqualsIgnoreCase(Ahead(1).text, "without"));
  if (At(TokenKind::kAggregator) && (next == TokenKind::kLeftParen || grouping))
    return ParseAggregate();
  if (next == TokenKind::kLeftParen && !At(TokenKind::kAggregator)) {
    for (const char* word : {"start", "end", "step", "range", "min_of", "max_of"}) {
      if (AtWord(word)) return ParseCall();
    }
    if (At(TokenKind::kIdentifier)) return ParseCall();
  }
  for (const char* word : {"bool", "on", "ignoring", "group_left", "group_right"}) {
    if (AtWord(word)) return Unexpected("");
  }
  return ParseSelector();
}

Result<ExprPtr> ParserCore::ParseCall() {
  const Token name = Take();
  const std::string word =
      name.kind == TokenKind::kKeyword ? ToLowerAscii(name.text) : std::string(name.text);
  const FunctionSignature* function = FindFunction(word);
  if (function == nullptr) {
    return Fail(name.span.begin, "unknown function with name " + Quote(name.text));
  }
  const bool allowed =
      function->feature == FunctionSignature::Feature::kStable ||
      (function->feature == FunctionSignature::Feature::kExperimental &&
       features_.experimental_functions) ||
      (function->feature == FunctionSignature::Feature::kContext && features_.context_functions);
  if (!allowed) return Fail(name.span.begin, "function " + Quote(name.text) + " is not enabled");
  HN_TRY(std::vector<ExprPtr> arguments, ParseArguments("function call arguments"));
  int depth = 1;
  for (const ExprPtr& argument : arguments) depth = std::max(depth, argument->depth + 1);
  ExprPtr out = Make(Call{word, std::move(arguments)}, name.span.begin);
  out->depth = depth;
  return out;
}

Result<std::vector<ExprPtr>> ParserCore::ParseArguments(std::string_view) {
  std::vector<ExprPtr> arguments;
  HN_TRY_VOID(Expect(TokenKind::kLeftParen, "", ""));
  if (At(TokenKind::kRightParen)) {
    Take();
    return arguments;
  }
  while (true) {
    HN_TRY(ExprPtr argument, ParseExpr(1));
    arguments.push_back(std::move(argument));
    if (At(TokenKind::kRightParen)) break;
    if (!At(TokenKind::kComma)) return Unexpected("");
    const Token comma = Take();
    if (At(TokenKind::kRightParen)) {
      return Fail(comma.span.begin, "trailing commas not allowed in function call args");
    }
  }
  Take();
  return arguments;
}

Result<ExprPtr> ParserCore::ParseAggregate() {
  const Token name = Take();
  Aggregate aggregate;
  aggregate.op = *AggregatorOf(name.text);
  const bool experimental =
      aggregate.op == AggregateOp::kLimitk || aggregate.op == AggregateOp::kLimitRatio;
  if (experimental && !features_.experimental_functions) {
    return Fail(name.span.begin,
                std::string(AggregateOpText(aggregate.op)) +
                    "() is experimental and must be enabled with --promql-features");
  }
  const bool before = At(TokenKind::kKeyword);
  if (before) HN_TRY_VOID(ParseGroupingInto(aggregate));
  if (!At(TokenKind::kLeftParen)) return Unexpected("aggregation");
  HN_TRY(std::vector<ExprPtr> arguments, ParseArguments("aggregation"));
  if (!before && (AtWord("by") || AtWord("without"))) HN_TRY_VOID(ParseGroupingInto(aggregate));
  if (arguments.empty()) {
    return Fail(name.span.begin, "no arguments for aggregate expression provided");
  }
  const size_t want = TakesParameter(aggregate.op) ? 2 : 1;
  if (arguments.size() != want) {
    return Fail(name.span.begin,
                "wrong number of arguments for aggregate expression provided, expected " +
                    std::to_string(want) + ", got " + std::to_string(arguments.size()));
  }
  if (want == 2) aggregate.parameter = std::move(arguments.front());
  aggregate.inner = std::move(arguments.back());
  const int depth = DepthOf(aggregate.inner, aggregate.parameter);
  ExprPtr out = Make(std::move(aggregate), name.span.begin);
  out->depth = depth;
  return out;
}

Status ParserCore::ParseGroupingInto(Aggregate& aggregate) {
  aggregate.without = EqualsIgnoreCase(Take().text, "without");
  HN_TRY(aggregate.grouping, ParseLabelList());
  return {};
}

Result<std::vector<std::string>> ParserCore::ParseLabelList() {
  std::vector<std::string> labels;
  HN_TRY_VOID(Expect(TokenKind::kLeftParen, "grouping opts", "\"(\""));
  while (!At(TokenKind::kRightParen)) {
    const Token token = Current();
    const bool word =
        At(TokenKind::kIdentifier) || At(TokenKind::kAggregator) || At(TokenKind::kKeyword) ||
        (At(TokenKind::kOperator) && std::isalpha(static_cast<unsigned char>(token.text[0])));
    if (word) {
      labels.emplace_back(Take().text);
    } else if (At(TokenKind::kString)) {
      auto value = Unquote(Take().text);
      if (!value || value->empty()) {
        return Fail(token.span.begin, "invalid label name for grouping: " + Quote(token.text));
      }
      labels.push_back(*std::move(value));
    } else {
      return Unexpected("grouping opts", "label");
    }
    if (At(TokenKind::kComma)) {
      Take();
    } else if (!At(TokenKind::kRightParen)) {
      return Unexpected("grouping opts", "\",\" or \")\"");
    }
  }
  Take();
  return labels;
}

Status ParserCore::ParseBinaryModifiers(Binary& binary) {
  if (AtWord("bool")) {
    Take();
    binary.return_bool = true;
  }
  VectorMatching& matching = binary.matching;
  if (AtWord("on") || AtWord("ignoring")) {
    matching.on = EqualsIgnoreCase(Take().text, "on");
    matching.written = true;
    HN_TRY(matching.labels, ParseLabelList());
    if (AtWord("group_left") || AtWord("group_right")) {
      matching.cardinality = EqualsIgnoreCase(Take().text, "group_left") ? Cardinality::kManyToOne
                                                                         : Cardinality::kOneToMany;
      if (At(TokenKind::kLeftParen)) {
        HN_TRY(matching.include, ParseLabelList());
      }
    }
  }
  return ParseFills(matching);
}

Status ParserCore::ParseFills(VectorMatching& matching) {
  while (Ahead(1).kind == TokenKind::kLeftParen &&
         (AtWord("fill") || AtWord("fill_left") || AtWord("fill_right"))) {
    const Token word = Take();
    if (!features_.fill_modifiers) {
      return Fail(word.span.begin,
                  "fill modifiers are experimental and must be enabled with --promql-features");
    }
    Take();
    HN_TRY(const double value, ParseSignedNumber("fill modifier"));
    HN_TRY_VOID(Expect(TokenKind::kRightParen, "fill modifier", "\")\""));
    if (!EqualsIgnoreCase(word.text, "fill_right")) matching.fill_left = value;
    if (!EqualsIgnoreCase(word.text, "fill_left")) matching.fill_right = value;
  }
  return {};
}

Result<double> ParserCore::ParseSignedNumber(std::string_view context) {
  double sign = 1;
  if (AtOperator("+") || AtOperator("-")) sign = Take().text == "-" ? -1 : 1;
  if (!At(TokenKind::kNumber) && !At(TokenKind::kDuration)) return Unexpected(context, "number");
  HN_TRY(ExprPtr number, ParseNumberLiteral());
  return sign * number->As<NumberLiteral>()->value;
}

}  // namespace hinomi::promql
