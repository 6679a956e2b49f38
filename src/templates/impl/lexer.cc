#include "templates/impl/lexer.h"

#include <algorithm>
#include <array>

namespace hinomi::templates::impl {
namespace {

using Sign = Token::Kind;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::array<std::string_view, 10> kKeywords = {
    "if", "else", "end", "range", "with", "template", "define", "block", "break", "continue"};

bool IsWord(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::variant<std::vector<Token>, ParseProblem> Run() {
    while (at_ < text_.size() && problem_.message.empty()) {
      TakeText();
      if (at_ < text_.size()) TakeAction();
    }
    if (!problem_.message.empty()) return problem_;
    Add(Sign::kEnd, text_.size(), text_.size());
    return std::move(tokens_);
  }

 private:
  void Add(Sign kind, size_t from, size_t to) {
    tokens_.push_back({kind, from, text_.substr(from, to - from)});
  }
  void Fail(size_t offset, std::string message) {
    if (problem_.message.empty()) problem_ = {offset, std::move(message)};
  }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  /// "- " behind "{{".
  bool TrimsBefore(size_t open) const {
    return open + 3 < text_.size() && text_[open + 2] == '-' &&
           kSpaces.find(text_[open + 3]) != std::string_view::npos;
  }
  /// " -}}" from here on.
  bool AtTrimmedClose() const {
    return kSpaces.find(Peek()) != std::string_view::npos && Peek() != '\0' &&
           text_.substr(at_ + 1).starts_with("-}}");
  }

  void TakeText() {
    const size_t open = std::min(text_.find("{{", at_), text_.size());
    size_t from = at_, to = open;
    if (trim_next_)
      while (from < to && kSpaces.find(text_[from]) != std::string_view::npos) ++from;
    if (open < text_.size() && TrimsBefore(open))
      while (to > from && kSpaces.find(text_[to - 1]) != std::string_view::npos) --to;
    if (to > from) Add(Sign::kText, from, to);
    trim_next_ = false;
    at_ = open;
  }

  void TakeAction() {
    const size_t open = at_;
    const bool trims = TrimsBefore(open);
    at_ += trims ? 3 : 2;
    const size_t comment =
        trims ? std::min(text_.find_first_not_of(kSpaces, at_), text_.size()) : at_;
    if (text_.substr(comment).starts_with("/*")) return SkipComment(comment);
    Add(Sign::kOpen, open, open + 2);
    depth_ = 0;
    while (problem_.message.empty() && !TakeClose()) {
      if (at_ >= text_.size()) return Fail(open, "unclosed action");
      TakeInside();
    }
  }

  void SkipComment(size_t from) {
    const size_t end = text_.find("*/", from + 2);
    if (end == std::string_view::npos) return Fail(from, "unclosed comment");
    at_ = end + 2;
    if (AtTrimmedClose()) {
      trim_next_ = true;
      at_ += 4;
    } else if (Sees("}}")) {
      at_ += 2;
    } else {
      Fail(from, "comment ends before closing delimiter");
    }
  }

  bool TakeClose() {
    const bool trims = AtTrimmedClose();
    if (!trims && !Sees("}}")) return false;
    if (depth_ > 0) {
      Fail(at_, "unclosed left paren");
      return true;
    }
    const size_t from = trims ? at_ + 2 : at_;
    Add(Sign::kClose, from, from + 2);
    trim_next_ = trims;
    at_ = from + 2;
    return true;
  }

  void TakeInside() {
    const size_t from = at_;
    const char c = Peek();
    if (kSpaces.find(c) != std::string_view::npos) {
      while (kSpaces.find(Peek()) != std::string_view::npos && Peek() != '\0' && !AtTrimmedClose())
        ++at_;
      return Add(Sign::kSpace, from, at_);
    }
    if (c == '"' || c == '`' || c == '\'') return TakeQuoted(c);
    if (c == '$' || (c == '.' && !IsDigit(Peek(1)))) return TakeName(c);
    if (IsDigit(c) || c == '.' || ((c == '+' || c == '-') && (IsDigit(Peek(1)) || Peek(1) == '.')))
      return TakeNumber();
    if (IsWord(c)) return TakeWord();
    TakeSign(c);
  }

  void TakeQuoted(char quote) {
    const size_t from = at_++;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\n' && quote != '`') break;
      at_ += quote != '`' && text_[at_] == '\\' ? 2 : 1;
    }
    if (Peek() != quote) {
      return Fail(from, quote == '\''  ? "unterminated character constant"
                        : quote == '"' ? "unterminated quoted string"
                                       : "unterminated raw quoted string");
    }
    ++at_;
    Add(quote == '\'' ? Sign::kNumber : Sign::kString, from, at_);
  }

  void TakeName(char first) {
    const size_t from = at_++;
    while (IsWord(Peek())) ++at_;
    const bool bare = at_ == from + 1;
    if (first == '$') return Add(Sign::kVariable, from, at_);
    Add(bare ? Sign::kDot : Sign::kField, from, at_);
  }

  void TakeNumber() {
    const size_t from = at_++;
    while (IsWord(Peek()) || Peek() == '.' ||
           ((Peek() == '+' || Peek() == '-') &&
            std::string_view("eEpP").find(text_[at_ - 1]) != std::string_view::npos))
      ++at_;
    Add(Sign::kNumber, from, at_);
  }

  void TakeWord() {
    const size_t from = at_;
    while (IsWord(Peek())) ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    Sign kind = Sign::kIdentifier;
    if (word == "true" || word == "false") kind = Sign::kBool;
    if (word == "nil") kind = Sign::kNil;
    if (std::ranges::find(kKeywords, word) != kKeywords.end()) kind = Sign::kKeyword;
    Add(kind, from, at_);
  }

  void TakeSign(char c) {
    const size_t from = at_;
    if (Sees(":=")) {
      at_ += 2;
      return Add(Sign::kDeclare, from, at_);
    }
    ++at_;
    if (c == '(') ++depth_;
    if (c == ')' && --depth_ < 0) return Fail(from, "unexpected right paren");
    switch (c) {
      case '|':
        return Add(Sign::kPipe, from, at_);
      case ',':
        return Add(Sign::kComma, from, at_);
      case '=':
        return Add(Sign::kAssign, from, at_);
      case '(':
        return Add(Sign::kLeftParen, from, at_);
      case ')':
        return Add(Sign::kRightParen, from, at_);
      default:
        Fail(from, std::string("unexpected \"") + c + "\" in an action");
    }
  }

  const std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool trim_next_ = false;
  std::vector<Token> tokens_;
  ParseProblem problem_;
};

}  // namespace

std::variant<std::vector<Token>, ParseProblem> Tokenize(std::string_view text) {
  return Lexer(text).Run();
}

}  // namespace hinomi::templates::impl
