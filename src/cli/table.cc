#include "cli/table.h"

#include <algorithm>

#include "base/strings.h"

namespace hinomi::cli {

std::string Printable(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool second = i + 1 < text.size();
    if (byte < 0x20 || byte == 0x7F) {
      clean += byte == '\n' || byte == '\t' ? ' ' : '?';
    } else if (byte == 0xC2 && second && static_cast<uint8_t>(text[i + 1]) < 0xA0) {
      // U+0080 to U+009F: controls of one byte in old terminals, CSI among them.
      clean += '?';
      ++i;
    } else {
      clean += text[i];
    }
  }
  return clean;
}

std::string Table::ToString() const {
  std::vector<size_t> widths(header_.size(), 0);
  std::vector<std::vector<std::string>> lines{header_};
  for (const auto& row : rows_) {
    lines.emplace_back();
    for (const std::string& cell : row) lines.back().push_back(Printable(cell));
  }
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], DisplayWidth(line[i]));
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size() && i < widths.size(); ++i) {
      text += line[i];
      if (i + 1 < line.size()) text.append(widths[i] - DisplayWidth(line[i]) + 2, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    out += text + "\n";
  }
  return out;
}

}  // namespace hinomi::cli
