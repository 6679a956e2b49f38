#ifndef HINOMI_PROMQL_IMPL_PARSER_CORE_H_
#define HINOMI_PROMQL_IMPL_PARSER_CORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "promql/impl/lexer.h"
#include "promql/parser.h"

namespace hinomi::promql {

/// A recursive-descent parser: each method reads one form from the tokens and
/// fails at the first mistake with the position where Prometheus reports it.
class ParserCore {
 public:
  ParserCore(std::string_view text, const Features& features);

  Result<ExprPtr> ParseAll();
  Result<std::vector<metrics::Matcher>> ParseMatchersAlone();

 private:
  const Token& Current() const { return tokens_[index_]; }
  const Token& Ahead(size_t n) const { return tokens_[std::min(index_ + n, tokens_.size() - 1)]; }
  Token Take();
  bool At(TokenKind kind) const { return Current().kind == kind; }
  bool AtWord(std::string_view lower) const;
  bool AtOperator(std::string_view text) const;
  size_t LastEnd() const { return index_ == 0 ? 0 : tokens_[index_ - 1].span.end; }

  Error Fail(size_t offset, const std::string& message) const;
  /// "unexpected X in CONTEXT, expected EXPECTED", or the lexer's own error.
  Error Unexpected(std::string_view context, std::string_view expected = "") const;
  Status Expect(TokenKind kind, std::string_view context, std::string_view expected);

  Result<ExprPtr> ParseExpr(int min_precedence);
  Result<ExprPtr> ParseUnary();
  Result<ExprPtr> ParsePostfix();
  Result<ExprPtr> ParsePrimary();
  Result<ExprPtr> ParseNumberLiteral();
  Result<ExprPtr> ParseStringLiteral();
  Result<ExprPtr> ParseWord();
  Result<ExprPtr> ParseCall();
  Result<ExprPtr> ParseAggregate();
  Result<ExprPtr> ParseSelector();
  Result<std::vector<ExprPtr>> ParseArguments(std::string_view context);
  Status ParseGroupingInto(Aggregate& aggregate);
  Result<std::vector<std::string>> ParseLabelList();
  Result<std::vector<metrics::Matcher>> ParseBraces(std::string& name, size_t begin);
  Status ParseMatcher(std::vector<metrics::Matcher>& out, std::string& name, size_t begin);
  Status ParseBinaryModifiers(Binary& binary);
  Status ParseFills(VectorMatching& matching);
  Result<double> ParseSignedNumber(std::string_view context);

  Result<ExprPtr> ParseBrackets(ExprPtr inner);
  Status ParseOffset(Expr& expr);
  Status ParseAt(Expr& expr);
  Status ParseRangeMode(Expr& expr);
  TimeModifiers* ModifiersOf(Expr& expr);

  // Durations between brackets and after `offset` (parser_durations.cc).
  Result<DurationPtr> ParseDurationExpr(int min_precedence);
  Result<DurationPtr> ParseDurationUnary();
  Result<DurationPtr> ParseDurationPrimary();
  Result<DurationPtr> ParseDurationCall();
  Result<DurationPtr> ParseOffsetDuration();
  Result<DurationPtr> ParseRangeDuration(std::string_view context, std::string_view expected);

  template <typename T>
  ExprPtr Make(T node, size_t begin) const {
    auto expr = std::make_unique<Expr>();
    expr->node = std::move(node);
    expr->span = {begin, LastEnd()};
    return expr;
  }
  Status Enter();

  std::string_view text_;
  const Features& features_;
  std::string lex_error_;
  std::vector<Token> tokens_;
  size_t index_ = 0;
  int nesting_ = 0;
};

/// Types every node and checks arguments and operators (typecheck.cc).
Status CheckTypes(std::string_view text, const Features& features, Expr& expr);
/// "1:5: parse error: message" as a kInvalidArgument.
Error ParseError(std::string_view text, size_t offset, const std::string& message);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_PARSER_CORE_H_
