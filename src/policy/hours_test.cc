#include "policy/hours.h"

#include <gtest/gtest.h>

#include <vector>

#include "policy/testing.h"

namespace hinomi::policy {
namespace {

HoursDocument Hours(std::vector<std::string> weekdays, int from_hour, int to_hour,
                    const char* zone = "Asia/Tokyo") {
  HoursDocument hours;
  hours.always = false;
  hours.time_zone = zone;
  hours.weekdays = std::move(weekdays);
  hours.from_minute = from_hour * 60;
  hours.to_minute = to_hour * 60;
  return hours;
}

const std::vector<std::string> kWork = {"mon", "tue", "wed", "thu", "fri"};

std::string Gap(const std::vector<HoursDocument>& hours, const char* from, int days = 365) {
  const Instant begin = *ParseRfc3339(from);
  const auto gap = FirstGap(hours, "UTC", begin, begin + Duration::Days(days));
  return gap ? FormatRfc3339(*gap) : "none";
}

HoursDocument HoursOf(const char* zone, std::vector<std::string> days, int from, int to) {
  HoursDocument hours;
  hours.always = false;
  hours.time_zone = zone;
  hours.weekdays = std::move(days);
  hours.from_minute = from;
  hours.to_minute = to;
  return hours;
}

TEST(HoursTest, OpenNextWhenTheCalendarAndTheClockSay) {
  const std::vector<std::string> workdays = {"mon", "tue", "wed", "thu", "fri"};
  const auto tokyo = HoursOf("Asia/Tokyo", workdays, 9 * 60, 18 * 60);
  const auto york = HoursOf("America/New_York", workdays, 9 * 60, 17 * 60);
  const auto night = HoursOf("UTC", {"fri"}, 22 * 60, 6 * 60);
  const auto in_gap = HoursOf("America/New_York", {"sun"}, 2 * 60 + 30, 5 * 60);
  struct Case {
    const HoursDocument& hours;
    const char* now;
    const char* opening;
  };
  const Case cases[] = {
      {tokyo, "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"},  // 09:00, inclusive
      {tokyo, "2026-11-24T08:59:59Z", "2026-11-24T08:59:59Z"},  // 17:59:59
      {tokyo, "2026-11-24T09:00:00Z", "2026-11-25T00:00:00Z"},  // 18:00, exclusive
      {tokyo, "2026-11-27T09:00:00Z", "2026-11-30T00:00:00Z"},  // Friday evening
      {york, "2026-03-06T23:00:00Z", "2026-03-09T13:00:00Z"},   // over the change to summer time
      {york, "2026-10-30T22:00:00Z", "2026-11-02T14:00:00Z"},   // and back
      {night, "2026-11-28T05:59:00Z", "2026-11-28T05:59:00Z"},  // Friday's night shift
      {night, "2026-11-28T06:00:00Z", "2026-12-04T22:00:00Z"},
      {in_gap, "2026-03-08T05:00:00Z", "2026-03-08T07:00:00Z"},  // 02:30 does not exist: 03:00
  };
  for (const Case& c : cases) {
    const std::optional<Instant> opening = NextOpening(c.hours, "UTC", *ParseRfc3339(c.now));
    ASSERT_TRUE(opening.has_value()) << c.now;
    EXPECT_EQ(FormatRfc3339(*opening), c.opening) << c.now;
  }
  EXPECT_EQ(NextOpening(HoursOf("UTC", {"never"}, 0, 1440), "UTC", Instant()), std::nullopt);
}

TEST(HoursTest, WhoeverIsThereAlwaysLeavesNoGap) {
  EXPECT_EQ(Gap({Hours(kWork, 9, 18), HoursDocument()}, "2026-12-01T00:00:00Z"), "none");
}

TEST(HoursTest, TheFirstMinuteWithNobodyIsFound) {
  // A Tuesday, 10:00 in Tokyo: open until 18:00.
  EXPECT_EQ(Gap({Hours(kWork, 9, 18)}, "2026-12-01T01:00:00Z"), "2026-12-01T09:00:00Z");
  // A Saturday: closed at once.
  EXPECT_EQ(Gap({Hours(kWork, 9, 18)}, "2026-12-05T01:00:00Z"), "2026-12-05T01:00:00Z");
  EXPECT_EQ(Gap({}, "2026-12-05T01:00:00Z"), "2026-12-05T01:00:00Z");
}

TEST(HoursTest, DayAndNightAndTheWeekendTogetherLeaveNone) {
  const HoursDocument day = Hours(kWork, 9, 18), night = Hours(kWork, 18, 9),
                      weekend = Hours({"sat", "sun"}, 0, 24);
  EXPECT_EQ(Gap({day, night, weekend}, "2026-12-01T01:00:00Z"),
            // Monday before nine: Sunday ends at midnight, and Friday's night on Saturday at nine.
            "2026-12-06T15:00:00Z");
  EXPECT_EQ(Gap({day, night, Hours({"sat", "sun"}, 9, 9)}, "2026-12-01T01:00:00Z"), "none");
}

TEST(HoursTest, TwoZonesOfWhichOneChangesItsClocksLeaveAnHourInWinter) {
  // Tokyo 09-18 is 00-09 UTC; Berlin 10-18 is 08-16 UTC in summer, 09-17 in winter.
  const HoursDocument tokyo = Hours({}, 9, 18), berlin = Hours({}, 10, 18, "Europe/Berlin");
  EXPECT_EQ(Gap({tokyo, berlin, Hours({}, 17, 0, "UTC")}, "2026-11-01T00:00:00Z", 120), "none");
  EXPECT_EQ(Gap({tokyo, berlin, Hours({}, 17, 0, "UTC")}, "2026-11-01T00:00:00Z"),
            "2027-03-28T16:00:00Z");
}

TEST(HoursTest, AStretchHasAnEnd) {
  const HoursDocument night = Hours(kWork, 22, 6);
  const Instant late = *ParseRfc3339("2026-12-01T14:00:00Z");  // 23:00 in Tokyo.
  EXPECT_EQ(NextOpening(night, "UTC", late), late);
  EXPECT_EQ(FormatRfc3339(*ClosesAt(night, "UTC", late)), "2026-12-01T21:00:00Z");
  EXPECT_EQ(ClosesAt(HoursDocument(), "UTC", late), std::nullopt);
}

/// Findings about who is there for a critical incident, from a Tuesday in Tokyo on.
std::string CoverFindings(const std::string& levels, const std::string& hours) {
  TestFolder folder;
  folder.Write("hinomi.yml", "time_zone: Asia/Tokyo\nwatched_by: https://example.com/beat\n");
  folder.Write("routes.yml",
               "routes:\n  down: {severity: critical, escalation: standard}\n"
               "  slow: {severity: error, escalation: day}\n");
  folder.Write("escalation.yml",
               "escalation:\n  standard:\n    steps:\n" + levels +
                   "  day:\n    steps:\n      - {level: L1, after: 0s, contacts: [office]}\n");
  folder.Write("contacts.yml",
               "channels: {mail: {type: outbox}}\ncontacts:\n"
               "  office:\n    methods: [{channel: mail}]\n    hours: {zone: Asia/Tokyo, weekdays: "
               "[mon, tue, wed, thu, fri], from: \"09:00\", to: \"18:00\"" +
                   hours + "}\n  night:\n    methods: [{channel: mail}]\n    hours: 24/7\n");
  PosixFiles files;
  LoadOptions options = folder.options();
  options.now = *ParseRfc3339("2026-12-01T01:00:00Z");
  std::string found;
  const auto loaded = LoadOpsFolder(files, folder.path(), options);
  for (const Finding& finding : loaded->findings)
    if (finding.level == Finding::Level::kMistake) found += finding.path + ": " + finding.message;
  return found;
}

TEST(CoverTest, APolicyThatLeavesACriticalIncidentWithNobodyIsRefusedWithTheMinute) {
  const std::string office = "      - {level: L1, after: 0s, contacts: [office]}\n";
  EXPECT_EQ(CoverFindings(office, ""),
            "escalation.standard: at 2026-12-01 18:00 JST nobody could be called for a critical "
            "incident: all contacts of its levels are outside their hours or have no way to be "
            "reached; add one who is there 24/7, or override_for: [critical] to somebody's hours");
  EXPECT_EQ(CoverFindings(office, ", override_for: [critical]"), "");
  EXPECT_EQ(CoverFindings(office + "      - {level: L2, after: 30m, contacts: [night]}\n", ""), "");
  // A level that is for errors only helps nobody.
  EXPECT_NE(CoverFindings(office + "      - {level: L2, after: 30m, contacts: [night], severities: "
                                   "[error]}\n",
                          ""),
            "");
}

}  // namespace
}  // namespace hinomi::policy
