#include "cli/table.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/printable.h"

namespace hinomi::cli {

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

std::string Cell(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.as_string();
  if (value.is_number()) return FormatDouble(value.as_double());
  return value.Dump();
}

}  // namespace hinomi::cli
