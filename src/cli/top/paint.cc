#include "cli/top/paint.h"

#include <algorithm>

#include "cli/printable.h"

namespace hinomi::cli::top {
namespace {

constexpr std::string_view kBegin = "\x1b[?2026h\x1b[?25l";  // Shown as one (synchronized update).
constexpr std::string_view kEnd = "\x1b[?2026l";

std::string_view ColourOf(Tone tone) {
  switch (tone) {
    case Tone::kCritical:
      return ";31";
    case Tone::kWarning:
      return ";33";
    case Tone::kGood:
      return ";32";
    case Tone::kRunning:
      return ";36";
    case Tone::kPlain:
    case Tone::kDim:
      return "";
  }
  return "";
}

std::string Attributes(Style style, Colours colours) {
  std::string codes = "\x1b[0";
  if (style.bold) codes += ";1";
  if (style.tone == Tone::kDim) codes += ";2";
  if (style.reverse) codes += ";7";
  if (colours == Colours::kOn) codes += ColourOf(style.tone);
  return codes + "m";
}

std::string MoveTo(size_t row, size_t column) {
  return "\x1b[" + std::to_string(row + 1) + ";" + std::to_string(column + 1) + "H";
}

}  // namespace

std::string Paint(const Frame& before, const Frame& after, Colours colours) {
  std::string rows;
  const bool anew = before.lines.size() != after.lines.size();
  if (anew) rows += "\x1b[0m\x1b[2J";
  for (size_t row = 0; row < after.lines.size(); ++row) {
    if (!anew && before.lines[row] == after.lines[row]) continue;
    rows += MoveTo(row, 0);
    for (const Span& span : after.lines[row])
      rows += Attributes(span.style, colours) + Printable(span.text);
    rows += "\x1b[0m";
    // Behind a row as wide as the screen the cursor stands on its last character,
    // which erasing would take; a row that was no wider leaves nothing to erase.
    if (!anew && WidthOf(before.lines[row]) > WidthOf(after.lines[row])) rows += "\x1b[K";
  }
  if (rows.empty() && before.cursor == after.cursor) return {};
  if (after.cursor) rows += MoveTo(after.cursor->row, after.cursor->column) + "\x1b[?25h";
  return std::string(kBegin) + rows + std::string(kEnd);
}

}  // namespace hinomi::cli::top
