#include "cli/printable.h"

#include <gtest/gtest.h>

namespace hinomi::cli {
namespace {

TEST(PrintableTest, NothingThatATerminalObeysIsLeft) {
  const struct {
    const char* said;
    const char* shown;
  } cases[] = {
      {"plain é 火 \u00a9", "plain é 火 \u00a9"},
      {"a\x1b[31mb", "a?[31mb"},
      {"a\x1b]52;c;ZXZpbA==\x07 b", "a?]52;c;ZXZpbA==? b"},  // Would set the clipboard.
      {"a\u009b31m", "a?31m"},                               // CSI in one character.
      {"a\x9b"
       "31m",
       "a?31m"},                        // The same as a bare byte.
      {"cmd \u202e fed", "cmd ? fed"},  // Turns what follows around.
      {"\u2066x\u2069 \u200fy", "?x? ?y"},
      {"one\ntwo\tthree\r", "one two three?"},
      {"\u2028", "?"},
      {"\xe7\x81", "??"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(Printable(c.said), c.shown);
}

TEST(PrintableTest, LinesStayLines) {
  EXPECT_EQ(PrintableLines("one\n\x1btwo\n"), "one\n?two\n");
  EXPECT_EQ(PrintableLines("\n\nx"), "\n\nx");
}

}  // namespace
}  // namespace hinomi::cli
