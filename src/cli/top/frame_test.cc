#include "cli/top/frame.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "cli/top/paint.h"

namespace hinomi::cli::top {
namespace {

using Texts = std::vector<std::string>;

TEST(FrameTest, NoLineIsWiderThanTheScreen) {
  EXPECT_EQ(Clip("abcdef", 4), "abc…");
  EXPECT_EQ(Clip("火の見", 4), "火…");  // Half a character is none.
  EXPECT_EQ(Clip("火の見", 6), "火の見");
  EXPECT_EQ(Fit("火", 4), "火  ");
  EXPECT_EQ(Fit("火の見", 4), "火… ");
  EXPECT_EQ(ToText({{Clip(Line{{"ab", {}}, {"cd", {}}, {"ef", {}}}, 4)}, {}}), "abc…\n");
  EXPECT_EQ(ToText({{Spread({{"left", {}}}, {{"right", {}}}, 12)}, {}}), "left   right\n");
  EXPECT_EQ(ToText({{Spread({{"too long", {}}}, {{"right", {}}}, 12)}, {}}), "too l… right\n");
}

TEST(FrameTest, SentencesBreakBetweenWordsAndJapaneseAnywhereButBeforeItsMarks) {
  EXPECT_EQ(Wrap("one two three", 8), (Texts{"one two", "three"}));
  EXPECT_EQ(Wrap("abcdefghij", 4), (Texts{"abcd", "efgh", "ij"}));
  EXPECT_EQ(Wrap("見張っています。次", 14), (Texts{"見張っていま", "す。次"}));
  EXPECT_EQ(Wrap("", 4), Texts{""});
  for (size_t columns = 2; columns < 30; ++columns)
    for (const std::string& line : Wrap("app の 5xx エラーは 37 件です。(5xx errors)", columns))
      EXPECT_LE(DisplayWidth(line), columns);
}

TEST(PaintTest, OnlyRowsThatChangedAreWritten) {
  const Frame before{{{{"one", {}}}, {{"two", {}}}}, {}};
  Frame after = before;
  EXPECT_EQ(Paint(before, after, Colours::kOn), "");
  after.lines[1] = {{"TWO", {Tone::kCritical, true}}};
  const std::string bytes = Paint(before, after, Colours::kOn);
  EXPECT_EQ(bytes.find("one"), std::string::npos);
  EXPECT_EQ(bytes.find("[2J"), std::string::npos);
  EXPECT_NE(bytes.find("\x1b[2;1H\x1b[0;1;31mTWO\x1b[0m"), std::string::npos);
  EXPECT_EQ(bytes.find("\x1b[K"), std::string::npos);
  EXPECT_NE(Paint(before, {{{{"o", {}}}, {{"two", {}}}}, {}}, Colours::kOn).find("o\x1b[0m\x1b[K"),
            std::string::npos);
  EXPECT_NE(Paint({}, after, Colours::kOn).find("[2J"), std::string::npos);
  EXPECT_EQ(Paint(before, after, Colours::kOff).find(";31m"), std::string::npos);
}

TEST(PaintTest, NoTextSteersTheTerminal) {
  const Frame frame{{{{"a\x1b[2Jb\u009b31m\u202e", {}}}}, {}};
  EXPECT_NE(Paint({}, frame, Colours::kOff).find("a?[2Jb?31m?"), std::string::npos);
}

TEST(PaintTest, TheCursorIsShownWhereTextIsEnteredAndNowhereElse) {
  Frame frame{{{{"> x", {}}}}, Cursor{0, 3}};
  EXPECT_NE(Paint({}, frame, Colours::kOn).find("\x1b[1;4H\x1b[?25h"), std::string::npos);
  const Frame without{frame.lines, {}};
  const std::string bytes = Paint(frame, without, Colours::kOn);
  EXPECT_NE(bytes.find("\x1b[?25l"), std::string::npos);
  EXPECT_EQ(bytes.find("\x1b[?25h"), std::string::npos);
}

}  // namespace
}  // namespace hinomi::cli::top
