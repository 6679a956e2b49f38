#include "cli/top/frame.h"

#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"

namespace hinomi::cli::top {
namespace {

constexpr std::string_view kCut = "…";

bool MustNotBegin(std::string_view character) {
  constexpr std::string_view kClosing =
      "、。，．・：；？！」』）】〕》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ";
  return character.size() == 3 && kClosing.find(character) != std::string_view::npos;
}

bool IsWide(std::string_view character) {
  return !character.empty() && DisplayWidth(character) == 2;
}

/// Bytes of `text` that make one line: up to the last place where a line may end.
size_t LineLength(std::string_view text, size_t columns) {
  const size_t fits = std::max(PrefixWithin(text, columns), FirstCharacter(text));
  if (fits == text.size()) return fits;
  size_t best = 0;
  std::string_view previous;
  for (size_t at = 0; at <= fits;) {
    const std::string_view character = text.substr(at, FirstCharacter(text.substr(at)));
    const bool may_break = character == " " || IsWide(character) || IsWide(previous);
    if (at > 0 && may_break && !MustNotBegin(character)) best = at;
    previous = character;
    at += character.size();
  }
  return best == 0 ? fits : best;
}

}  // namespace

size_t WidthOf(const Line& line) {
  size_t width = 0;
  for (const Span& span : line) width += DisplayWidth(span.text);
  return width;
}

std::string Clip(std::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  return std::string(text.substr(0, PrefixWithin(text, columns - 1))) + std::string(kCut);
}

Line Clip(const Line& line, size_t columns) {
  if (WidthOf(line) <= columns) return line;
  Line cut;
  for (const Span& span : line) {
    const size_t width = DisplayWidth(span.text);
    // A span that fills the rest has to tell that others follow.
    const bool whole = width < columns;
    cut.push_back({whole ? span.text : Clip(span.text + " ", columns), span.style});
    if (!whole) break;
    columns -= width;
  }
  return cut;
}

std::string Fit(std::string_view text, size_t columns) {
  std::string fitted = Clip(text, columns);
  fitted.append(columns - DisplayWidth(fitted), ' ');
  return fitted;
}

Line Spread(const Line& left, const Line& right, size_t columns) {
  const size_t right_width = WidthOf(right);
  if (right_width + 1 >= columns) return Clip(right, columns);
  Line line = Clip(left, columns - right_width - 1);
  line.push_back({std::string(columns - right_width - WidthOf(line), ' '), {}});
  line.insert(line.end(), right.begin(), right.end());
  return line;
}

std::vector<std::string> Wrap(std::string_view text, size_t columns) {
  std::vector<std::string> lines;
  columns = std::max<size_t>(columns, 2);
  do {
    const size_t length = LineLength(text, columns);
    std::string_view line = text.substr(0, length);
    while (line.ends_with(' ')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(length);
    while (text.starts_with(' ')) text.remove_prefix(1);
  } while (!text.empty());
  return lines;
}

std::string ToText(const Frame& frame) {
  std::string text;
  for (const Line& line : frame.lines) {
    for (const Span& span : line) text += span.text;
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

}  // namespace hinomi::cli::top
