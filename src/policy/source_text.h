#ifndef HINOMI_POLICY_SOURCE_TEXT_H_
#define HINOMI_POLICY_SOURCE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace hinomi::policy {

/// A place in a text. Both count from 1; columns are characters, not bytes.
/// Line 0 means "nowhere in particular".
struct Mark {
  int line = 0;
  int column = 0;
  bool operator==(const Mark&) const = default;
};

/// From the first character up to (not including) `end`.
struct Span {
  Mark start;
  Mark end;
};

/// The text of a file, cut into lines as YAML 1.1 does (LF, CR LF, CR, NEL,
/// LS, PS), so that marks of the parser name the same lines. Owns the text.
class SourceText {
 public:
  SourceText() = default;
  explicit SourceText(std::string text);
  SourceText(const SourceText&) = delete;
  SourceText& operator=(const SourceText&) = delete;
  SourceText(SourceText&&) = delete;

  std::string_view text() const { return text_; }
  int line_count() const { return static_cast<int>(lines_.size()); }
  /// Line `number` from 1, without its break; "" where there is none.
  std::string_view Line(int number) const;
  /// The place of a byte.
  Mark MarkOfByte(size_t offset) const;

  /// The line and under it a caret line for the span (cut at the line's end):
  ///   "   12 |     threshold: 八十\n      |                ^^^^"
  /// Wide characters take two columns, tabs are shown as one blank, control
  /// characters as "?", and a long line is cut around the caret. "" for a span
  /// that lies nowhere.
  std::string Excerpt(const Span& span) const;

 private:
  std::string text_;
  std::vector<std::string_view> lines_;
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_SOURCE_TEXT_H_
