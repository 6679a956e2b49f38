#include "base/strings.h"
#include "promql/impl/parse_numbers.h"
#include "promql/impl/parser_core.h"

namespace hinomi::promql {
namespace {

using DurationKind = DurationExpr::Kind;

DurationPtr MakeDuration(DurationKind kind, Span span, DurationPtr left = nullptr,
                         DurationPtr right = nullptr) {
  auto out = std::make_unique<DurationExpr>();
  out->kind = kind;
  out->left = std::move(left);
  out->right = std::move(right);
  out->span = span;
  return out;
}

struct DurationOperator {
  std::string_view text;
  DurationKind kind;
  int precedence;
};
constexpr DurationOperator kDurationOperators[] = {
    {"+", DurationKind::kAdd, 1}, {"-", DurationKind::kSub, 1}, {"*", DurationKind::kMul, 2},
    {"/", DurationKind::kDiv, 2}, {"%", DurationKind::kMod, 2}, {"^", DurationKind::kPow, 3},
};

}  // namespace

Result<DurationPtr> ParserCore::ParseRangeDuration(std::string_view context,
                                                   std::string_view expected) {
  const bool begins = At(TokenKind::kNumber) || At(TokenKind::kDuration) ||
                      At(TokenKind::kLeftParen) || AtOperator("-") || AtOperator("+") ||
                      At(TokenKind::kKeyword);
  if (!begins) return Unexpected(context, expected);
  const size_t begin = Current().span.begin;
  HN_TRY(DurationPtr duration, ParseDurationExpr(1));
  if (duration->kind == DurationKind::kConstant && duration->seconds < 0.0005) {
    return Fail(begin, "duration must be greater than 0");
  }
  return duration;
}

Result<DurationPtr> ParserCore::ParseOffsetDuration() {
  const bool sign = AtOperator("-") || AtOperator("+");
  const Token& first = sign ? Ahead(1) : Current();
  const bool begins = first.kind == TokenKind::kNumber || first.kind == TokenKind::kDuration ||
                      first.kind == TokenKind::kLeftParen || first.kind == TokenKind::kKeyword;
  if (!begins) {
    if (sign) Take();
    return Unexpected("offset", "number, duration, step(), or range()");
  }
  return ParseDurationUnary();
}

Result<DurationPtr> ParserCore::ParseDurationExpr(int min_precedence) {
  HN_TRY_VOID(Enter());
  ++nesting_;
  auto parsed = AtOperator("-") || AtOperator("+") ? [&]() -> Result<DurationPtr> {
    const Token sign = Take();
    HN_TRY(DurationPtr inner, ParseDurationExpr(3));
    if (inner->kind == DurationKind::kConstant) {
      if (sign.text == "-") inner->seconds = -inner->seconds;
      return inner;
    }
    return MakeDuration(sign.text == "-" ? DurationKind::kNegate : DurationKind::kPlus,
                        {sign.span.begin, LastEnd()}, std::move(inner));
  }()
      : ParseDurationPrimary();
  --nesting_;
  if (!parsed) return parsed;
  DurationPtr left = *std::move(parsed);
  for (int links = 0; At(TokenKind::kOperator); ++links) {
    const DurationOperator* found = nullptr;
    for (const DurationOperator& op : kDurationOperators) {
      if (op.text == Current().text) found = &op;
    }
    if (found == nullptr || found->precedence < min_precedence) break;
    const Token op = Take();
    if (!features_.duration_expressions) {
      return Fail(op.span.begin, "experimental duration expression is not enabled");
    }
    if (links > 100) return Fail(op.span.begin, "expression is nested too deeply");
    ++nesting_;
    auto right = ParseDurationExpr(found->kind == DurationKind::kPow ? found->precedence
                                                                     : found->precedence + 1);
    --nesting_;
    if (!right) return right;
    const Span span{left->span.begin, LastEnd()};
    left = MakeDuration(found->kind, span, std::move(left), *std::move(right));
  }
  return left;
}

Result<DurationPtr> ParserCore::ParseDurationUnary() {
  if (!AtOperator("-") && !AtOperator("+")) return ParseDurationPrimary();
  const Token sign = Take();
  HN_TRY(DurationPtr inner, ParseDurationPrimary());
  if (inner->kind == DurationKind::kConstant) {
    if (sign.text == "-") inner->seconds = -inner->seconds;
    inner->span.begin = sign.span.begin;
    return inner;
  }
  return MakeDuration(sign.text == "-" ? DurationKind::kNegate : DurationKind::kPlus,
                      {sign.span.begin, LastEnd()}, std::move(inner));
}

Result<DurationPtr> ParserCore::ParseDurationPrimary() {
  const size_t begin = Current().span.begin;
  if (At(TokenKind::kNumber) || At(TokenKind::kDuration)) {
    const Token token = Take();
    const bool duration = token.kind == TokenKind::kDuration;
    const auto value = duration ? ParseDurationSeconds(token.text) : ParseNumber(token.text);
    // 2^63 nanoseconds is the longest that Prometheus takes.
    if (!value || !(*value < 9223372036.0 && *value > -9223372036.0))
      return Fail(begin, "duration out of range");
    DurationPtr out = MakeDuration(DurationKind::kConstant, token.span);
    out->seconds = *value;
    out->written_as_duration = duration;
    return out;
  }
  if (!At(TokenKind::kError) && !features_.duration_expressions) {
    return Fail(begin, "experimental duration expression is not enabled");
  }
  if (At(TokenKind::kLeftParen)) {
    HN_TRY_VOID(Enter());
    Take();
    HN_TRY(DurationPtr inner, ParseDurationExpr(1));
    HN_TRY_VOID(Expect(TokenKind::kRightParen, "duration expression", "\")\""));
    return MakeDuration(DurationKind::kParen, {begin, LastEnd()}, std::move(inner));
  }
  return ParseDurationCall();
}

Result<DurationPtr> ParserCore::ParseDurationCall() {
  const size_t begin = Current().span.begin;
  const std::string word = At(TokenKind::kKeyword) ? ToLowerAscii(Current().text) : "";
  if (word != "step" && word != "range" && word != "min_of" && word != "max_of") {
    return Unexpected("duration expression", "number, duration, step(), or range()");
  }
  Take();
  HN_TRY_VOID(Expect(TokenKind::kLeftParen, "duration expression", "\"(\""));
  if (word == "step" || word == "range") {
    HN_TRY_VOID(Expect(TokenKind::kRightParen, "duration expression", "\")\""));
    return MakeDuration(word == "step" ? DurationKind::kStep : DurationKind::kRange,
                        {begin, LastEnd()});
  }
  HN_TRY(DurationPtr left, ParseDurationExpr(1));
  HN_TRY_VOID(Expect(TokenKind::kComma, "duration expression", "\",\""));
  HN_TRY(DurationPtr right, ParseDurationExpr(1));
  HN_TRY_VOID(Expect(TokenKind::kRightParen, "duration expression", "\")\""));
  return MakeDuration(word == "min_of" ? DurationKind::kMin : DurationKind::kMax,
                      {begin, LastEnd()}, std::move(left), std::move(right));
}

}  // namespace hinomi::promql
