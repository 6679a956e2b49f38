#include "base/cron.h"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

std::string Next(const char* fields, const char* zone, const char* after) {
  const auto table = CronTable::Parse(fields);
  if (!table) return table.error().message;
  const auto next = table->Next(zone, *ParseRfc3339(after));
  return next ? FormatRfc3339(*next) : "never";
}

TEST(CronTest, TheNextBeginningByTheClocksOfTheZone) {
  const struct {
    const char* fields;
    const char* zone;
    const char* after;
    const char* next;
  } cases[] = {
      {"0 2 * * *", "", "2026-11-24T01:59:59Z", "2026-11-24T02:00:00Z"},
      {"0 2 * * *", "", "2026-11-24T02:00:00Z", "2026-11-25T02:00:00Z"},
      {"0 2 * * *", "Asia/Tokyo", "2026-11-24T02:00:00Z", "2026-11-24T17:00:00Z"},
      {"0 2 * * ?", "+05:45", "2026-11-24T00:00:00Z", "2026-11-24T20:15:00Z"},
      {"*/15 9-17 * * MON-FRI", "", "2026-11-27T17:45:00Z", "2026-11-30T09:00:00Z"},
      {"*/15 9-17 * * 1-5", "", "2026-11-27T17:44:00Z", "2026-11-27T17:45:00Z"},
      {"5/20 * * * *", "", "2026-11-27T17:44:00Z", "2026-11-27T17:45:00Z"},
      {"0 0 1,15 * *", "", "2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z"},
      {"0 0 13 * FRI", "", "2026-11-24T00:00:00Z", "2026-11-27T00:00:00Z"},
      {"0 0 29 feb *", "", "2026-11-24T00:00:00Z", "2028-02-29T00:00:00Z"},
      {"0 0 30 2 *", "", "2026-11-24T00:00:00Z", "never"},
      {"0 0 * * 7", "", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
      {"0 0 * * 0", "", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
      // 02:30 does not exist on the 29th of March, and exists twice on the 25th of October.
      {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
      {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
      {"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Next(c.fields, c.zone, c.after), c.next) << c.fields << " " << c.zone;
}

TEST(CronTest, AMistakeNamesItsFieldAndWhatIsExpected) {
  EXPECT_EQ(Next("0 2 * *", "", "2026-11-24T00:00:00Z"),
            "expected five fields, \"minute hour day-of-month month day-of-week\", got 4");
  EXPECT_EQ(Next("60 2 * * *", "", "2026-11-24T00:00:00Z"),
            "the minute: expected *, 0 to 59, ranges (1-5), steps (*/2) or a list of them (1,3), "
            "got \"60\"");
  EXPECT_EQ(Next("0 2 * * MOO", "", "2026-11-24T00:00:00Z"),
            "the day of the week: expected *, 0 to 7 or SUN to SAT, ranges (1-5), steps (*/2) or "
            "a list of them (1,3), got \"MOO\"");
  for (const char* fields : {"a 2 * * *", "5-1 * * * *", "*/0 * * * *", ", * * * *", "1, * * * *",
                             "* * 0 * *", "* * * 13 *", "* * * * 8", "*/61 * * * *", ""})
    EXPECT_NE(Next(fields, "", "2026-11-24T00:00:00Z").find("expected"), std::string::npos)
        << fields;
}

}  // namespace
}  // namespace hinomi
