#include "metric_math/impl/lexer.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/strings.h"

namespace hinomi::metric_math {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsNameByte(char c) {
  return IsLetter(c) || IsDigit(c) || c == '_';
}

Token Wrong(Token token, std::string message) {
  token.kind = Token::Kind::kWrong;
  token.text = std::move(message);
  return token;
}

size_t DigitsFrom(std::string_view text, size_t at) {
  const size_t end = text.find_first_not_of(kDigits, at);
  return end == std::string_view::npos ? text.size() : end;
}

/// 12, 0.5, .5, 1e-3.
Token ReadNumber(std::string_view rest, Token token) {
  size_t end = DigitsFrom(rest, 0);
  if (end < rest.size() && rest[end] == '.') end = DigitsFrom(rest, end + 1);
  if (end < rest.size() && (rest[end] == 'e' || rest[end] == 'E')) {
    const size_t sign = end + 1;
    const bool has_sign = sign < rest.size() && (rest[sign] == '+' || rest[sign] == '-');
    const size_t digits = sign + (has_sign ? 1 : 0);
    const size_t after = DigitsFrom(rest, digits);
    if (after > digits) end = after;
  }
  while (end < rest.size() && IsNameByte(rest[end])) ++end;  // "5m" is one mistake, not two tokens.
  token.kind = Token::Kind::kNumber;
  token.source = rest.substr(0, end);
  const std::optional<double> number = ParseDouble(token.source);
  if (!number || !std::isfinite(*number)) {
    return Wrong(token, "expected a number such as 5, 0.25 or 1e6, got \"" +
                            std::string(token.source) + "\"");
  }
  token.number = *number;
  return token;
}

Token ReadString(std::string_view rest, Token token) {
  const size_t end = rest.find(rest[0], 1);
  if (end == std::string_view::npos) {
    token.source = rest;
    return Wrong(token, "this text has no closing quote");
  }
  token.kind = Token::Kind::kString;
  token.source = rest.substr(0, end + 1);
  token.text = rest.substr(1, end - 1);
  return token;
}

Token ReadName(std::string_view rest, Token token) {
  const auto end = std::ranges::find_if_not(rest, IsNameByte);
  token.source = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  const bool logical = token.source == "AND" || token.source == "OR";
  token.kind = logical ? Token::Kind::kOperator : Token::Kind::kName;
  return token;
}

Token ReadSign(std::string_view rest, Token token) {
  for (const std::string_view two : {"==", "!=", "<=", ">=", "&&", "||"}) {
    if (!rest.starts_with(two)) continue;
    token.kind = Token::Kind::kOperator;
    token.source = rest.substr(0, 2);
    return token;
  }
  token.source = rest.substr(0, 1);
  if (std::string_view("<>+-*/^").find(rest[0]) != std::string_view::npos) {
    token.kind = Token::Kind::kOperator;
    return token;
  }
  if (std::string_view("()[],").find(rest[0]) != std::string_view::npos) {
    token.kind = Token::Kind::kMark;
    return token;
  }
  while (token.source.size() < rest.size() &&
         (static_cast<unsigned char>(rest[token.source.size()]) & 0xC0) == 0x80) {
    token.source = rest.substr(0, token.source.size() + 1);  // The rest of a UTF-8 character.
  }
  std::string message = Quoted(token) + " has no meaning here";
  if (rest[0] == '=') message += "; equality is ==";
  if (rest[0] == '&' || rest[0] == '|')
    message +=
        "; it is written " + std::string(2, rest[0]) + (rest[0] == '&' ? " or AND" : " or OR");
  if (token.source == "“" || token.source == "”") message += "; texts stand in \" or '";
  return Wrong(token, std::move(message));
}

}  // namespace

Token ReadToken(std::string_view text, size_t offset) {
  Token token;
  token.offset = std::min(text.find_first_not_of(kBlanks, offset), text.size());
  const std::string_view rest = text.substr(token.offset);
  if (rest.empty()) return token;
  const char first = rest[0];
  if (IsDigit(first) || (first == '.' && rest.size() > 1 && IsDigit(rest[1])))
    return ReadNumber(rest, std::move(token));
  if (first == '"' || first == '\'') return ReadString(rest, std::move(token));
  if (IsLetter(first)) return ReadName(rest, std::move(token));
  return ReadSign(rest, std::move(token));
}

std::string Quoted(const Token& token) {
  if (token.kind == Token::Kind::kEnd && token.source.empty()) return "the end";
  return "\"" + std::string(token.source) + "\"";
}

}  // namespace hinomi::metric_math
