#ifndef HINOMI_GUIDE_MARKDOWN_H_
#define HINOMI_GUIDE_MARKDOWN_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi::guide {

/// A heading of a page and the anchor that leads to it.
struct Heading {
  int level = 1;
  std::string text;  ///< Plain.
  std::string id;    ///< As forges make them: "missing-data".
};

/// Markdown as HTML.
struct Rendered {
  std::vector<Heading> headings;
  std::string html;
};

struct RenderOptions {
  /// From an address in the source to that in the page.
  std::function<std::string(std::string_view)> address;
  /// Further ids, one a heading: those of the page in the other language, so
  /// that a link from elsewhere holds in both. May be empty.
  std::vector<std::string> more_ids;
  std::string table_label = "table";  ///< For those who cannot see that it scrolls.
};

/// CommonMark and pipe tables; raw HTML and addresses of scripts are left out.
Rendered RenderMarkdown(std::string_view markdown, const RenderOptions& options);

/// The headings alone.
std::vector<Heading> HeadingsOf(std::string_view markdown);

/// Plain text for a place in Markdown, also in the cell of a table: nothing in
/// it is markup but `code`.
std::string EscapeMarkdown(std::string_view text);
/// The same as a span of code.
std::string MarkdownCode(std::string_view text);
/// "| a | b |\n", of Markdown.
std::string MarkdownRow(const std::vector<std::string>& cells);
/// A row of names and the line under it.
std::string MarkdownTableHead(const std::vector<std::string>& cells);

}  // namespace hinomi::guide

#endif  // HINOMI_GUIDE_MARKDOWN_H_
