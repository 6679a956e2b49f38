#include "promql/impl/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "base/strings.h"
#include "base/unicode.h"

namespace hinomi::promql {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsAlphaNumeric(char c) {
  return IsAlpha(c) || IsDigit(c);
}
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr std::array<std::string_view, 14> kAggregators = {
    "sum",    "avg",  "min",     "max",      "count",        "group",  "stddev",
    "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"};
constexpr std::array<std::string_view, 4> kWordOperators = {"and", "or", "unless", "atan2"};
constexpr std::array<std::string_view, 16> kKeywords = {
    "offset", "by",  "without", "on",    "ignoring", "group_left", "group_right", "bool",
    "start",  "end", "step",    "range", "anchored", "smoothed",   "min_of",      "max_of"};

bool Contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Lexed Run() {
    while (!done_) Next();
    return std::move(out_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0';
  }
  void Emit(TokenKind kind, size_t length) {
    out_.tokens.push_back({kind, text_.substr(pos_, length), {pos_, pos_ + length}});
    pos_ += length;
  }
  void Fail(std::string message, size_t begin, size_t end) {
    out_.error = std::move(message);
    out_.tokens.push_back({TokenKind::kError, text_.substr(begin, end - begin), {begin, end}});
    done_ = true;
  }
  void Fail(std::string message) {
    Fail(std::move(message), pos_, std::min(pos_ + 1, text_.size()));
  }
  /// The UTF-8 character at the position.
  std::string CurrentCharacter() const {
    size_t n = 1;
    while (pos_ + n < text_.size() && (static_cast<unsigned char>(text_[pos_ + n]) & 0xC0) == 0x80)
      ++n;
    const std::string_view c = text_.substr(pos_, n);
    return c == "\\" ? "\\\\" : std::string(c);
  }

  /// About the character behind the current one; U+FFFD stands for the end.
  void FailAfter(const std::string& message) {
    const size_t at = pos_++;
    const std::string next = pos_ < text_.size() ? CurrentCharacter() : "\uFFFD";
    Fail(message + "'" + next + "'", at, pos_);
  }

  void Next() {
    while (pos_ < text_.size() && (IsSpace(text_[pos_]) || text_[pos_] == '#')) {
      if (text_[pos_] == '#') {
        while (pos_ < text_.size() && text_[pos_] != '\n') ++pos_;
      } else {
        ++pos_;
      }
    }
    if (pos_ >= text_.size()) return Finish();
    if (braces_) return NextInBraces();
    NextOutside();
  }

  void Finish() {
    const size_t n = text_.size();
    if (braces_) return Fail("unexpected end of input inside braces", n, n);
    if (parens_ > 0) return Fail("unclosed left parenthesis", n, n);
    if (brackets_) return Fail("unclosed left bracket", n, n);
    Emit(TokenKind::kEnd, 0);
    done_ = true;
  }

  void NextInBraces() {
    const char c = Peek();
    if (IsAlpha(c)) return Emit(TokenKind::kIdentifier, WordLength(false));
    if (c == ',') return Emit(TokenKind::kComma, 1);
    if (c == '"' || c == '\'' || c == '`') return LexString();
    if (c == '=' && Peek(1) == '~') return Emit(TokenKind::kEqualRegex, 2);
    if (c == '=') return Emit(TokenKind::kAssign, 1);
    if (c == '!' && Peek(1) == '~') return Emit(TokenKind::kNotEqualRegex, 2);
    if (c == '!' && Peek(1) == '=') return Emit(TokenKind::kOperator, 2);
    if (c == '!') return FailAfter("unexpected character after '!' inside braces: ");
    if (c == '{') return Fail("unexpected left brace '{'");
    if (c == '}') {
      braces_ = false;
      return Emit(TokenKind::kRightBrace, 1);
    }
    Fail("unexpected character inside braces: '" + CurrentCharacter() + "'");
  }

  void NextOutside() {
    const char c = Peek();
    switch (c) {
      case '{':
        braces_ = true;
        return Emit(TokenKind::kLeftBrace, 1);
      case '}':
        return Fail("unexpected character: '}'");
      case '(':
        ++parens_;
        return Emit(TokenKind::kLeftParen, 1);
      case ')':
        if (--parens_ < 0) {
          ++pos_;
          return Fail("unexpected right parenthesis ')'");
        }
        return Emit(TokenKind::kRightParen, 1);
      case '[':
        if (brackets_) return Fail("unexpected left bracket '['");
        brackets_ = true;
        colon_ = false;
        return Emit(TokenKind::kLeftBracket, 1);
      case ']':
        if (!brackets_) return Fail("unexpected right bracket ']'");
        brackets_ = false;
        return Emit(TokenKind::kRightBracket, 1);
      case ',':
        return Emit(TokenKind::kComma, 1);
      case '@':
        return Emit(TokenKind::kAt, 1);
      case '"':
      case '\'':
      case '`':
        return LexString();
      default:
        break;
    }
    if (LexSymbol(c)) return;
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return LexNumberOrDuration();
    if (IsAlpha(c) || (c == ':' && !brackets_)) return LexWord();
    if (c == ':') {
      if (colon_) return Fail("unexpected colon ':'");
      colon_ = true;
      return Emit(TokenKind::kColon, 1);
    }
    Fail("unexpected character: '" + CurrentCharacter() + "'");
  }

  bool LexSymbol(char c) {
    const char d = Peek(1);
    switch (c) {
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
      case '^':
        return Emit(TokenKind::kOperator, 1), true;
      case '=':
        if (d == '=') return Emit(TokenKind::kOperator, 2), true;
        if (d == '~') return FailAfter("unexpected character after '=': "), true;
        return Emit(TokenKind::kAssign, 1), true;
      case '!':
        if (d == '=') return Emit(TokenKind::kOperator, 2), true;
        return FailAfter("unexpected character after '!': "), true;
      case '<':
      case '>':
        return Emit(TokenKind::kOperator, d == '=' || d == '/' ? 2 : 1), true;
      default:
        return false;
    }
  }

  size_t WordLength(bool colons) const {
    size_t n = 0;
    while (IsAlphaNumeric(Peek(n)) || (colons && Peek(n) == ':')) ++n;
    return n;
  }

  void LexWord() {
    const size_t n = WordLength(!brackets_);
    const std::string_view word = text_.substr(pos_, n);
    const std::string lower = ToLowerAscii(word);
    if (lower == "inf" || lower == "nan") return Emit(TokenKind::kNumber, n);
    if (Contains(kAggregators, lower)) return Emit(TokenKind::kAggregator, n);
    if (Contains(kWordOperators, lower)) return Emit(TokenKind::kOperator, n);
    if (Contains(kKeywords, lower)) return Emit(TokenKind::kKeyword, n);
    if (lower == "fill" || lower == "fill_left" || lower == "fill_right") {
      return Emit(TokenKind::kKeyword, n);
    }
    const bool metric = word.find(':') != std::string_view::npos;
    Emit(metric ? TokenKind::kMetricIdentifier : TokenKind::kIdentifier, n);
  }

  void LexString() {
    const char quote = Peek();
    size_t n = 1;
    while (true) {
      if (pos_ + n >= text_.size()) {
        return Fail(quote == '`' ? "unterminated raw string" : "unterminated quoted string", pos_,
                    text_.size());
      }
      const char c = Peek(n);
      if (c == '\\' && quote != '`') {
        n += 2;
        continue;
      }
      if (c == '\n' && quote != '`') return Fail("unterminated quoted string", pos_, pos_ + n);
      ++n;
      if (c == quote) break;
    }
    Emit(TokenKind::kString, n);
  }

  /// Reads on behind digits as a duration; false where it is none, with `n`
  /// where that showed.
  bool ScanDuration(size_t& n) const {
    const auto accept = [&](std::string_view set) {
      if (Peek(n) == '\0' || set.find(Peek(n)) == std::string_view::npos) return false;
      ++n;
      return true;
    };
    if (!accept("smhdwy")) return false;
    accept("s");
    while (accept("0123456789")) {
      while (accept("0123456789")) continue;
      if (!accept("smhdw")) return false;
      accept("s");
    }
    if (!IsAlphaNumeric(Peek(n))) return true;
    ++n;
    return false;
  }

  void LexNumberOrDuration() {
    size_t n = 0;
    if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X')) {
      n = 2;
      while (std::isxdigit(static_cast<unsigned char>(Peek(n))) || Peek(n) == '_') ++n;
    } else {
      const auto digits = [&] {
        while (IsDigit(Peek(n)) || Peek(n) == '_') ++n;
      };
      digits();
      if (Peek(n) == '.') {
        ++n;
        digits();
      }
      if (Peek(n) == 'e' || Peek(n) == 'E') {
        ++n;
        if (Peek(n) == '+' || Peek(n) == '-') ++n;
        digits();
      }
    }
    if (!IsAlphaNumeric(Peek(n))) return Emit(TokenKind::kNumber, n);
    if (ScanDuration(n)) return Emit(TokenKind::kDuration, n);
    Fail("bad number or duration syntax: " + Quote(text_.substr(pos_, n)), pos_, pos_ + n);
  }

  std::string_view text_;
  size_t pos_ = 0;
  int parens_ = 0;
  bool braces_ = false;
  bool brackets_ = false;
  bool colon_ = false;  ///< Seen between the brackets.
  bool done_ = false;
  Lexed out_;
};

}  // namespace

Lexed Lex(std::string_view text) {
  return Lexer(text).Run();
}

std::string Describe(const Token& token) {
  const std::string text(token.text);
  switch (token.kind) {
    case TokenKind::kEnd:
      return "end of input";
    case TokenKind::kIdentifier:
      return "identifier " + Quote(text);
    case TokenKind::kMetricIdentifier:
      return "metric identifier " + Quote(text);
    case TokenKind::kNumber:
    case TokenKind::kDuration:
    case TokenKind::kString: {
      const std::string kind = token.kind == TokenKind::kNumber     ? "number "
                               : token.kind == TokenKind::kDuration ? "duration "
                                                                    : "string ";
      return text.size() > 10 ? kind + Quote(text.substr(0, 10)) + "..." : kind + Quote(text);
    }
    case TokenKind::kOperator:
    case TokenKind::kEqualRegex:
    case TokenKind::kNotEqualRegex:
      return "<op:" + text + ">";
    case TokenKind::kAggregator:
      return "<aggr:" + text + ">";
    case TokenKind::kKeyword:
      return "<" + text + ">";
    default:
      return Quote(text);
  }
}

Result<std::string> Unquote(std::string_view quoted) {
  const char quote = quoted.front();
  const std::string_view body = quoted.substr(1, quoted.size() - 2);
  if (quote == '`') return std::string(body);
  std::string out;
  const auto bad = [&](size_t at, const char* before, const char* after) {
    if (at >= body.size()) return InvalidArgument("escape sequence not terminated");
    char code[16];
    std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned char>(body[at]));
    return InvalidArgument(before + std::string(code) + " '" + body[at] + "'" + after);
  };
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    if (++i >= body.size()) return bad(i, "", "");
    const char c = body[i];
    static constexpr std::string_view kFrom = "abfnrtv\\\"'", kTo = "\a\b\f\n\r\t\v\\\"'";
    if (const size_t k = kFrom.find(c); k != std::string_view::npos) {
      if ((c == '"' || c == '\'') && c != quote) return bad(i, "unknown escape sequence ", "");
      out += kTo[k];
      continue;
    }
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
    const uint32_t base = c >= '0' && c <= '7' ? 8 : 16;
    const size_t first = base == 8 ? i : i + 1;
    if (digits == 0) return bad(i, "unknown escape sequence ", "");
    if (first + digits > body.size()) return bad(body.size(), "", "");
    uint32_t value = 0;
    for (size_t k = first; k < first + digits; ++k) {
      const auto d = static_cast<char>(std::tolower(static_cast<unsigned char>(body[k])));
      const uint32_t v = IsDigit(d)             ? static_cast<uint32_t>(d - '0')
                         : d >= 'a' && d <= 'f' ? static_cast<uint32_t>(d - 'a' + 10)
                                                : 99u;
      if (v >= base) return bad(k, "illegal character ", " in escape sequence");
      value = value * base + v;
    }
    i = first + digits - 1;
    if (digits == 2 || digits == 3) {
      if (value > 255) return InvalidArgument("escape sequence is an invalid Unicode code point");
      out += static_cast<char>(value);
    } else {
      if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
        return InvalidArgument("escape sequence is an invalid Unicode code point");
      }
      AppendUtf8(out, value);
    }
  }
  return out;
}

std::string Quote(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (u < 0x20 || u == 0x7F) {
      out += "\\x";
      out += kHex[u >> 4];
      out += kHex[u & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace hinomi::promql
