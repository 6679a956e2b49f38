// Pipe tables: CommonMark has none, and libcmark neither.
#include "guide/impl/pipe_table.h"

#include <vector>

#include "base/strings.h"

namespace hinomi::guide::impl {
namespace {

/// The cells of a row; "\|" is a bar within one.
std::vector<std::string> Cells(std::string_view line) {
  line = Trim(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  std::vector<std::string> cells(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cells.back() += line[++i];
    } else if (line[i] == '|') {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  // After the last bar nothing comes.
  if (cells.size() > 1 && Trim(cells.back()).empty()) cells.pop_back();
  for (std::string& cell : cells) cell = std::string(Trim(cell));
  return cells;
}

void AppendRow(std::string& out, std::string_view line, const char* tag, size_t columns,
               const std::function<std::string(const std::string&)>& inline_html) {
  std::vector<std::string> cells = Cells(line);
  cells.resize(columns);
  out += "<tr>";
  const std::string open = std::string("<") + tag + (tag[1] == 'h' ? " scope=\"col\">" : ">");
  for (const std::string& cell : cells) out += open + inline_html(cell) + "</" + tag + ">";
  out += "</tr>\n";
}

}  // namespace

bool IsTable(std::span<const std::string_view> lines) {
  if (lines.size() < 2 || !Trim(lines[0]).starts_with('|')) return false;
  const std::string_view rule = Trim(lines[1]);
  return rule.starts_with('|') && rule.find('-') != std::string_view::npos &&
         rule.find_first_not_of("|-: ") == std::string_view::npos;
}

std::string TableHtml(std::span<const std::string_view> lines,
                      const std::function<std::string(const std::string&)>& inline_html,
                      std::string_view label) {
  const size_t columns = Cells(lines[0]).size();
  std::string out = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" +
                    HtmlEscape(label) + "\">\n<table>\n<thead>\n";
  AppendRow(out, lines[0], "th", columns, inline_html);
  out += "</thead>\n<tbody>\n";
  for (const std::string_view line : lines.subspan(2))
    AppendRow(out, line, "td", columns, inline_html);
  return out + "</tbody>\n</table>\n</div>\n";
}

}  // namespace hinomi::guide::impl
