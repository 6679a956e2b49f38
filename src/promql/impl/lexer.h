#ifndef HINOMI_PROMQL_IMPL_LEXER_H_
#define HINOMI_PROMQL_IMPL_LEXER_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "promql/ast.h"

namespace hinomi::promql {

enum class TokenKind {
  kEnd,
  kIdentifier,
  kMetricIdentifier,
  kNumber,
  kDuration,
  kString,
  kError,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAt,
  kAssign,
  kEqualRegex,
  kNotEqualRegex,
  kOperator,    ///< Arithmetic, comparison and set operators.
  kAggregator,  ///< sum, topk, …
  kKeyword,     ///< by, on, offset, bool, …
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  ///< As written; for kError the message is in Lexed.
  Span span;
};

struct Lexed {
  std::vector<Token> tokens;  ///< Ends with kEnd or kError.
  std::string error;          ///< The message of a final kError.
};

/// Splits a query. The views point into `text`.
Lexed Lex(std::string_view text);

/// How an unexpected token is called in an error message.
std::string Describe(const Token& token);

/// The value of a quoted string with Go's escapes (backquotes: raw).
Result<std::string> Unquote(std::string_view quoted);
/// A string as Go's %q writes it.
std::string Quote(std::string_view text);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_LEXER_H_
