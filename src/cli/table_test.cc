#include "cli/table.h"

#include <gtest/gtest.h>

namespace hinomi::cli {
namespace {

TEST(TableTest, ColumnsStandUnderTheirHeadsInJapaneseToo) {
  Table table({"WHO", "WHAT"});
  table.Add({"sato", "x"});
  table.Add({"火の見", "y"});
  EXPECT_EQ(table.ToString(),
            "WHO     WHAT\n"
            "sato    x\n"
            "火の見  y\n");
}

TEST(TableTest, NoCellSteersTheTerminalOrBreaksTheLine) {
  Table table({"A", "B"});
  table.Add({"a\x1b[31m\nb", "\x7f\ttab"});
  EXPECT_EQ(table.ToString(),
            "A         B\n"
            "a?[31m b  ? tab\n");
}

TEST(TableTest, RowsOfAnotherLengthDoNoHarm) {
  Table table({"A", "B"});
  EXPECT_TRUE(table.empty());
  table.Add({"1"});
  table.Add({"1", "2", "3"});
  EXPECT_EQ(table.ToString(), "A  B\n1\n1  2\n");
}

}  // namespace
}  // namespace hinomi::cli
