#include "policy/source_text.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace hinomi::policy {
namespace {

constexpr size_t kMaxColumns = 100;  // Of an excerpt; a longer line is cut around the caret.

/// Bytes of the line break at `at`, or 0.
size_t BreakLength(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("\r\n")) return 2;
  if (rest.starts_with('\n') || rest.starts_with('\r')) return 1;
  if (rest.starts_with("\xC2\x85")) return 2;
  if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) return 3;
  return 0;
}

/// Bytes of the character at the beginning of a non-empty text; bytes that are
/// no UTF-8 count singly.
size_t CharacterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length > text.size() || !IsValidUtf8(text.substr(0, length))) return 1;
  return length;
}

std::vector<std::string_view> Characters(std::string_view line) {
  std::vector<std::string_view> characters;
  while (!line.empty()) {
    const size_t length = CharacterLength(line);
    characters.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return characters;
}

/// As it may be shown on a terminal: nothing that moves the cursor.
std::string Visible(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character == "\t") return " ";
  if (lead < 0x20 || lead == 0x7F) return "?";
  if (character.size() == 1 && lead >= 0x80) return "?";
  if (lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0) return "?";  // C1 controls.
  return std::string(character);
}

struct Cut {
  std::string shown;
  size_t caret_column = 0;  // Columns left of the caret.
  size_t caret_width = 1;
};

/// The part of a line that is shown, with the caret's place in it. `first` and
/// `last` are indexes of characters, `last` exclusive.
Cut CutLine(const std::vector<std::string_view>& line, size_t first, size_t last) {
  std::vector<std::string> cells;
  std::vector<size_t> widths;
  for (const std::string_view character : line) {
    cells.push_back(Visible(character));
    widths.push_back(DisplayWidth(cells.back()));
  }
  first = std::min(first, cells.size());
  last = std::min(std::max(last, first), cells.size());
  size_t whole = 0;
  for (const size_t width : widths) whole += width;
  const size_t left = whole <= kMaxColumns ? kMaxColumns : kMaxColumns / 2;
  size_t from = first;
  size_t before = 0;
  while (from > 0 && before + widths[from - 1] <= left) before += widths[--from];
  size_t to = first;
  size_t after = 0;
  while (to < cells.size() && after + widths[to] <= kMaxColumns - before) after += widths[to++];
  last = std::min(last, to);

  Cut cut;
  if (from > 0) cut.shown += "…";
  cut.caret_column = before + (from > 0 ? 1 : 0);
  for (size_t i = from; i < to; ++i) cut.shown += cells[i];
  if (to < cells.size()) cut.shown += "…";
  size_t width = 0;
  for (size_t i = first; i < last; ++i) width += widths[i];
  cut.caret_width = std::max<size_t>(width, 1);
  return cut;
}

}  // namespace

SourceText::SourceText(std::string text) : text_(std::move(text)) {
  const std::string_view all = text_;
  size_t begin = 0;
  for (size_t at = 0; at < all.size();) {
    const size_t length = BreakLength(all, at);
    if (length == 0) {
      ++at;
      continue;
    }
    lines_.push_back(all.substr(begin, at - begin));
    at += length;
    begin = at;
  }
  lines_.push_back(all.substr(begin));
}

std::string_view SourceText::Line(int number) const {
  if (number < 1 || number > line_count()) return {};
  return lines_[static_cast<size_t>(number) - 1];
}

Mark SourceText::MarkOfByte(size_t offset) const {
  const char* const place = text_.data() + std::min(offset, text_.size());
  int number = line_count();
  while (number > 1 && Line(number).data() > place) --number;
  std::string_view line = Line(number);
  line = line.substr(0, static_cast<size_t>(place - line.data()));
  return {number, static_cast<int>(Characters(line).size()) + 1};
}

std::string SourceText::Excerpt(const Span& span) const {
  const Mark at = span.start;
  if (at.line < 1 || at.column < 1 || at.line > line_count()) return {};
  const auto line = Characters(Line(at.line));
  const auto first = static_cast<size_t>(at.column) - 1;
  size_t last = first + 1;
  if (span.end.line == at.line && span.end.column > at.column) {
    last = static_cast<size_t>(span.end.column) - 1;
  }
  const Cut cut = CutLine(line, first, last);
  std::string number = std::to_string(at.line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  std::string excerpt = number + " | " + cut.shown + "\n";
  excerpt += std::string(number.size(), ' ') + " | " + std::string(cut.caret_column, ' ') +
             std::string(cut.caret_width, '^');
  return excerpt;
}

}  // namespace hinomi::policy
