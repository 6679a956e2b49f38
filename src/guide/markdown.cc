#include "guide/markdown.h"

#include <cmark.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/strings.h"
#include "guide/impl/anchors.h"
#include "guide/impl/pipe_table.h"

namespace hinomi::guide {
namespace {

using Tree = std::unique_ptr<cmark_node, decltype(&cmark_node_free)>;

// Raw HTML is left out and bytes that are no UTF-8 are replaced: what comes out
// is only what this file and libcmark wrote.
constexpr int kOptions = CMARK_OPT_SAFE | CMARK_OPT_VALIDATE_UTF8;

Tree Parse(std::string_view markdown) {
  return {cmark_parse_document(markdown.data(), markdown.size(), kOptions), cmark_node_free};
}

std::string Html(cmark_node* node) {
  const std::unique_ptr<char, decltype(&std::free)> html(cmark_render_html(node, kOptions),
                                                         std::free);
  return html.get();
}

/// The nodes of some types, in order: a list, since they are replaced then.
std::vector<cmark_node*> Nodes(cmark_node* root, std::initializer_list<cmark_node_type> types) {
  std::vector<cmark_node*> found;
  const std::unique_ptr<cmark_iter, decltype(&cmark_iter_free)> at(cmark_iter_new(root),
                                                                   cmark_iter_free);
  for (cmark_event_type event; (event = cmark_iter_next(at.get())) != CMARK_EVENT_DONE;) {
    cmark_node* node = cmark_iter_get_node(at.get());
    if (event == CMARK_EVENT_ENTER && std::ranges::count(types, cmark_node_get_type(node)) > 0)
      found.push_back(node);
  }
  return found;
}

std::string PlainText(cmark_node* node) {
  std::string text;
  for (cmark_node* leaf : Nodes(node, {CMARK_NODE_TEXT, CMARK_NODE_CODE}))
    text += cmark_node_get_literal(leaf);
  return text;
}

/// Puts HTML of ours around what the node has, or in its place.
void Replace(cmark_node* node, const std::string& enter, const std::string& exit,
             bool keep_children) {
  cmark_node* custom = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK);
  cmark_node_set_on_enter(custom, enter.c_str());
  cmark_node_set_on_exit(custom, exit.c_str());
  while (cmark_node* child = keep_children ? cmark_node_first_child(node) : nullptr)
    cmark_node_append_child(custom, child);
  cmark_node_replace(node, custom);
  cmark_node_free(node);
}

void RewriteLinks(cmark_node* root, const RenderOptions& options) {
  if (!options.address) return;
  for (cmark_node* link : Nodes(root, {CMARK_NODE_LINK}))
    cmark_node_set_url(link, options.address(cmark_node_get_url(link)).c_str());
}

/// Markdown of one line, without a paragraph around it.
std::string InlineHtml(const std::string& markdown, const RenderOptions& options) {
  // As a heading nothing in it can begin a list or a quotation.
  const Tree tree = Parse("# " + markdown);
  RewriteLinks(tree.get(), options);
  std::string html = Html(tree.get());
  constexpr std::string_view kOpen = "<h1>";
  const size_t end = html.rfind("</h1>");
  return html.substr(kOpen.size(), end - kOpen.size());
}

std::vector<Heading> ReplaceHeadings(cmark_node* root, const RenderOptions& options) {
  std::vector<Heading> headings;
  impl::Anchors anchors;
  for (cmark_node* node : Nodes(root, {CMARK_NODE_HEADING})) {
    Heading heading{cmark_node_get_heading_level(node), PlainText(node), ""};
    heading.id = anchors.Next(heading.text);
    const std::string tag = "h" + std::to_string(heading.level);
    const std::string id = HtmlEscape(heading.id);
    std::string enter = "<" + tag + " id=\"" + id + "\">";
    if (headings.size() < options.more_ids.size() &&
        options.more_ids[headings.size()] != heading.id)
      enter += "<span id=\"" + HtmlEscape(options.more_ids[headings.size()]) + "\"></span>";
    Replace(node, enter,
            "<a class=\"anchor\" href=\"#" + id +
                "\" aria-hidden=\"true\" tabindex=\"-1\">#</a></" + tag + ">",
            true);
    headings.push_back(std::move(heading));
  }
  return headings;
}

/// Commands stand out from what they answer.
std::string CodeHtml(std::string_view code, std::string_view language) {
  std::string out = "<pre tabindex=\"0\"><code class=\"language-" + HtmlEscape(language) + "\">";
  const std::vector<std::string_view> lines = Split(code, '\n');
  bool command = false;
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    std::string_view line = lines[i];
    const bool prompt = language == "console" && line.starts_with("$ ");
    if (prompt) {
      out += "<span class=\"prompt\">$ </span>";
      line.remove_prefix(2);
    }
    // A command goes on after a backslash.
    command = prompt || (command && i > 0 && lines[i - 1].ends_with('\\'));
    out += command ? "<b>" + HtmlEscape(line) + "</b>\n" : HtmlEscape(line) + "\n";
  }
  return out + "</code></pre>\n";
}

void ReplaceCode(cmark_node* root) {
  for (cmark_node* node : Nodes(root, {CMARK_NODE_CODE_BLOCK})) {
    const std::string_view info = cmark_node_get_fence_info(node);
    const std::string html = CodeHtml(cmark_node_get_literal(node), info.substr(0, info.find(' ')));
    Replace(node, html, "", false);
  }
}

void ReplaceTables(cmark_node* root, std::string_view markdown, const RenderOptions& options) {
  const std::vector<std::string_view> lines = Split(markdown, '\n');
  for (cmark_node* node : Nodes(root, {CMARK_NODE_PARAGRAPH})) {
    const auto from = static_cast<size_t>(cmark_node_get_start_line(node) - 1);
    const auto to = static_cast<size_t>(cmark_node_get_end_line(node));
    if (to > lines.size() || from >= to) continue;
    const std::span<const std::string_view> own = std::span(lines).subspan(from, to - from);
    if (!impl::IsTable(own)) continue;
    const auto cell = [&](const std::string& text) { return InlineHtml(text, options); };
    Replace(node, impl::TableHtml(own, cell, options.table_label), "", false);
  }
}

}  // namespace

Rendered RenderMarkdown(std::string_view markdown, const RenderOptions& options) {
  const Tree tree = Parse(markdown);
  Rendered rendered;
  ReplaceTables(tree.get(), markdown, options);
  RewriteLinks(tree.get(), options);
  ReplaceCode(tree.get());
  rendered.headings = ReplaceHeadings(tree.get(), options);
  rendered.html = Html(tree.get());
  return rendered;
}

std::vector<Heading> HeadingsOf(std::string_view markdown) {
  const Tree tree = Parse(markdown);
  return ReplaceHeadings(tree.get(), {});
}

std::string EscapeMarkdown(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    const bool markup = std::string_view("\\*_[]<>&#~").find(c) != std::string_view::npos;
    if (c == '|' || (markup && !code)) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string MarkdownCode(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out + "`";
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  return "| " + Join(cells, " | ") + " |\n";
}

std::string MarkdownTableHead(const std::vector<std::string>& cells) {
  return MarkdownRow(cells) + MarkdownRow(std::vector<std::string>(cells.size(), "---"));
}

}  // namespace hinomi::guide
