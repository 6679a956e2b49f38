#include "guide/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::guide {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Html(std::string_view markdown) {
  return RenderMarkdown(markdown, {}).html;
}

TEST(MarkdownTest, HeadingsHaveTheAnchorsThatForgesGiveThem) {
  const Rendered page = RenderMarkdown(
      "# Alarms\n\n## Missing data, and `treatMissingData`\n\n## Alarms\n\n## "
      "欠測の扱い、期間・統計\n",
      {});
  ASSERT_EQ(page.headings.size(), 4u);
  EXPECT_EQ(page.headings[1].id, "missing-data-and-treatmissingdata");
  EXPECT_EQ(page.headings[1].text, "Missing data, and treatMissingData");
  EXPECT_EQ(page.headings[2].id, "alarms-1");
  EXPECT_EQ(page.headings[3].id, "欠測の扱い期間統計");
  EXPECT_THAT(page.html,
              HasSubstr("<h2 id=\"missing-data-and-treatmissingdata\">\nMissing data, and "
                        "<code>treatMissingData</code>"));
}

TEST(MarkdownTest, AHeadingAnswersToTheOtherLanguagesAnchorToo) {
  RenderOptions options;
  options.more_ids = {"alarms", "missing-data"};
  const std::string html = RenderMarkdown("# アラーム\n\n## 欠測\n", options).html;
  EXPECT_THAT(html, HasSubstr("<h2 id=\"欠測\"><span id=\"missing-data\"></span>\n欠測"));
}

TEST(MarkdownTest, TablesBecomeTablesInABoxThatScrolls) {
  const std::string html = Html("| key | meaning |\n|---|:---|\n| `a\\|b` | *one* |\n| - |\n");
  EXPECT_THAT(html, HasSubstr("<div class=\"scroll\" role=\"region\" tabindex=\"0\""));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\">key</th>"));
  EXPECT_THAT(html, HasSubstr("<tr><td><code>a|b</code></td><td><em>one</em></td></tr>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>-</td><td></td></tr>"));  // No list, and filled up.
}

TEST(MarkdownTest, ALineOfBarsAloneIsNoTable) {
  EXPECT_THAT(Html("| a | b |\nand on\n"), Not(HasSubstr("<table>")));
}

TEST(MarkdownTest, NothingOfTheSourceBecomesMarkup) {
  const std::string html = Html(
      "<script>alert(1)</script>\n\n<b onclick=x>x</b>\n\n[x](javascript:alert(1))\n\n"
      "| a |\n|---|\n| <img src=x onerror=y> |\n\n```console\n$ echo '<i>'\n```\n");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<b onclick")));
  EXPECT_THAT(html, Not(HasSubstr("javascript:")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("<b>echo &#39;&lt;i&gt;&#39;</b>"));
}

TEST(MarkdownTest, ACommandStandsOutFromItsAnswer) {
  const std::string html = Html("```console exit=1\n$ hinomi query \\\n  'up'\n1\n```\n");
  EXPECT_THAT(html, HasSubstr("class=\"language-console\""));
  EXPECT_THAT(html, HasSubstr("<span class=\"prompt\">$ </span><b>hinomi query \\</b>\n"
                              "<b>  &#39;up&#39;</b>\n1\n"));
}

TEST(MarkdownTest, AddressesGoThroughTheOption) {
  RenderOptions options;
  options.address = [](std::string_view address) { return "to-" + std::string(address); };
  const std::string html =
      RenderMarkdown("[a](x.md)\n\n| a |\n|---|\n| [b](y.md) |\n", options).html;
  EXPECT_THAT(html, HasSubstr("<a href=\"to-x.md\">a</a>"));
  EXPECT_THAT(html, HasSubstr("<a href=\"to-y.md\">b</a>"));
}

TEST(MarkdownTest, PlainTextStaysPlain) {
  const std::string text = "a_b * <c> | `d|e_f` [g](h) \\ # &amp;";
  const std::string html = Html(MarkdownTableHead({"a"}) + MarkdownRow({EscapeMarkdown(text)}));
  EXPECT_THAT(html,
              HasSubstr("<td>a_b * &lt;c&gt; | <code>d|e_f</code> [g](h) \\ # &amp;amp;</td>"));
}

}  // namespace
}  // namespace hinomi::guide
