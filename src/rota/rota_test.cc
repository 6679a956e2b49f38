#include "rota/rota.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace hinomi::rota {
namespace {

using Lines = std::vector<std::string>;

Instant At(const char* text) {
  return *ParseRfc3339(text);
}

/// A rotation of one each, in the words of the document.
Layer Rotation(const char* every, const char* handoff, const char* start,
               std::vector<std::string> people) {
  Layer layer;
  layer.name = "layer";
  layer.every = *ParsePeriod(every);
  layer.handoff = *ParseHandoff(handoff, layer.every.unit);
  layer.start = *ParseDay(start);
  for (std::string& person : people) layer.participants.push_back({std::move(person)});
  return layer;
}

Schedule In(const char* zone, std::vector<Layer> layers) {
  return {"primary", "", zone, std::move(layers)};
}

Lines Shown(const std::vector<Shift>& shifts) {
  Lines lines;
  for (const Shift& shift : shifts)
    lines.push_back(FormatRfc3339(shift.from).substr(0, 16) + " " + Join(shift.people, "+") +
                    (shift.overrides.empty() ? "" : " by " + Join(shift.overrides, ",")));
  return lines;
}

// S1: adding 604,800 seconds is the bug.
TEST(RotaTest, AWeekIsAWeekOfTheWallClock) {
  const Schedule schedule = In(
      "America/New_York", {Rotation("1w", "Mon 09:00", "2026-01-05", {"sato", "tanaka", "ito"})});
  std::map<int64_t, int> by_hours;
  for (const Shift& shift :
       FinalShifts(schedule, {}, {}, {At("2026-01-05T14:00:00Z"), At("2027-01-04T14:00:00Z")}))
    ++by_hours[(shift.until - shift.from).seconds() / 3600];
  EXPECT_EQ(by_hours, (std::map<int64_t, int>{{167, 1}, {168, 50}, {169, 1}}));
  const auto march = LayerShifts(schedule, schedule.layers[0], {},
                                 {At("2026-03-02T14:00:00Z"), At("2026-03-09T13:00:00Z")});
  ASSERT_EQ(march.size(), 1u);
  EXPECT_EQ((march[0].until - march[0].from).seconds(), 167 * 3600);
}

// S2: a hand-off in a gap is when the gap ends; of two the first.
TEST(RotaTest, HandOffsThatDoNotExistOrExistTwice) {
  struct Case {
    const char *zone, *handoff, *start, *expected;
  };
  for (const Case& c : {
           Case{"America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00:00Z"},
           Case{"Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00:00Z"},
           Case{"America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30:00Z"},
           Case{"Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30:00Z"},
           // Lord Howe's clocks go back by half an hour only, at 02:00 to 01:30.
           Case{"Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45:00Z"},
       }) {
    const Schedule schedule = In(c.zone, {Rotation("1d", c.handoff, c.start, {"a", "b"})});
    const auto shifts =
        FinalShifts(schedule, {}, {}, {At("2026-01-01T00:00:00Z"), At("2027-01-01T00:00:00Z")});
    EXPECT_EQ(FormatRfc3339(shifts.front().from), c.expected) << c.zone;
  }
}

TEST(RotaTest, WorkingHoursThatEndInARepeatedHourCoverBothOfThem) {
  Layer layer = Rotation("1d", "00:00", "2026-10-24", {"a"});
  layer.restrictions = {{{}, 1 * 60, 2 * 60 + 30, {}}};
  const Schedule schedule = In("Europe/Berlin", {layer});
  const auto shifts =
      FinalShifts(schedule, {}, {}, {At("2026-10-24T22:00:00Z"), At("2026-10-25T12:00:00Z")});
  ASSERT_EQ(shifts.size(), 1u);
  EXPECT_EQ(FormatRfc3339(shifts[0].from), "2026-10-24T23:00:00Z");
  EXPECT_EQ(FormatRfc3339(shifts[0].until), "2026-10-25T01:30:00Z");
}

// S3
TEST(RotaTest, HoursAlignWithTheClockAndMonthsComeBackToTheir31st) {
  const Schedule hours = In("America/New_York", {Rotation("2h", ":00", "2026-03-07", {"a", "b"})});
  for (const Shift& shift :
       FinalShifts(hours, {}, {}, {At("2026-03-07T07:00:00Z"), At("2026-03-09T06:00:00Z")})) {
    const int64_t hour = shift.from.seconds() / 3600;
    const int64_t offset = shift.from < At("2026-03-08T07:00:00Z") ? 5 : 4;
    // The one at two o'clock comes at three, when the clocks have leapt.
    if (shift.from == At("2026-03-08T07:00:00Z")) continue;
    EXPECT_EQ((hour - offset) % 2, 0) << hour;
  }
  const Schedule months = In("UTC", {Rotation("1mo", "31 09:00", "2026-01-01", {"a", "b"})});
  Lines days;
  for (const Shift& shift :
       FinalShifts(months, {}, {}, {At("2026-01-01T00:00:00Z"), At("2026-06-01T00:00:00Z")}))
    days.push_back(FormatRfc3339(shift.from).substr(5, 5) + shift.people[0]);
  EXPECT_EQ(days, (Lines{"01-31a", "02-28b", "03-31a", "04-30b", "05-31a"}));
}

// S4
TEST(RotaTest, ALaterLayerHidesTheOthersOnlyWhereItHasSomebody) {
  Layer nights = Rotation("1d", "09:00", "2026-11-30", {"n1", "n2"});
  nights.restrictions = {{{}, 18 * 60, 9 * 60, {}}};
  const Schedule schedule =
      In("Asia/Tokyo", {Rotation("1w", "Mon 09:00", "2026-11-30", {"sato"}), nights});
  EXPECT_EQ(Shown(FinalShifts(schedule, {}, {},
                              {At("2026-11-30T00:00:00Z"), At("2026-12-02T00:00:00Z")})),
            (Lines{"2026-11-30T00:00 sato", "2026-11-30T09:00 n1", "2026-12-01T00:00 sato",
                   "2026-12-01T09:00 n2"}));
}

TEST(RotaTest, TurnsGoOnByTheCalendarOrByWhatIsWorked) {
  Layer layer = Rotation("1d", "00:00", "2026-12-04", {"a", "b", "c"});
  layer.restrictions = {{{0, 1, 2, 3, 4}, 9 * 60, 18 * 60, {"closed"}}};
  const Calendars calendars = {{"closed", {*ParseDay("2026-12-08")}}};
  const auto shown = [&](Advance advance) {
    layer.advance = advance;
    return Shown(FinalShifts(In("UTC", {layer}), calendars, {},
                             {At("2026-12-04T00:00:00Z"), At("2026-12-10T00:00:00Z")}));
  };
  // Friday, then over the weekend; the eighth is closed.
  EXPECT_EQ(shown(Advance::kCalendar),
            (Lines{"2026-12-04T09:00 a", "2026-12-07T09:00 a", "2026-12-09T09:00 c"}));
  EXPECT_EQ(shown(Advance::kActiveBlocks),
            (Lines{"2026-12-04T09:00 a", "2026-12-07T09:00 b", "2026-12-09T09:00 c"}));
}

// S5
TEST(RotaTest, OverridesAddTakeAwayAndReplaceAndTheLatestWins) {
  const Schedule schedule = In("UTC", {Rotation("1w", "Mon 00:00", "2026-11-30", {"sato"})});
  const std::vector<Override> overrides = {
      {"O1", "ito", At("2026-12-01T00:00:00Z"), At("2026-12-03T00:00:00Z"), OverrideKind::kAdd, ""},
      {"O2", "mori", At("2026-12-02T00:00:00Z"), At("2026-12-04T00:00:00Z"), OverrideKind::kReplace,
       "sato"},
      {"O3", "kato", At("2026-12-02T12:00:00Z"), At("2026-12-02T18:00:00Z"), OverrideKind::kReplace,
       ""},
      {"O4", "mori", At("2026-12-03T12:00:00Z"), At("2026-12-03T18:00:00Z"), OverrideKind::kRemove,
       ""}};
  const Range week = {At("2026-11-30T00:00:00Z"), At("2026-12-05T00:00:00Z")};
  const auto shifts = FinalShifts(schedule, {}, overrides, week);
  EXPECT_EQ(Shown(shifts),
            (Lines{"2026-11-30T00:00 sato", "2026-12-01T00:00 sato+ito by O1",
                   "2026-12-02T00:00 mori+ito by O1,O2", "2026-12-02T12:00 kato by O1,O2,O3",
                   "2026-12-02T18:00 mori+ito by O1,O2", "2026-12-03T00:00 mori by O2",
                   "2026-12-03T18:00 mori by O2", "2026-12-04T00:00 sato"}));
  // S6: nobody is a gap.
  const std::vector<Range> gaps = Gaps(shifts, week);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0], (Range{At("2026-12-03T12:00:00Z"), At("2026-12-03T18:00:00Z")}));
  EXPECT_EQ(OnCallAt(schedule, {}, overrides, At("2026-12-03T13:00:00Z")).people, Lines());
  EXPECT_EQ(Conflicts(overrides, {"O5", "abe", At("2026-12-03T00:00:00Z"),
                                  At("2026-12-05T00:00:00Z"), OverrideKind::kReplace, "sato"})
                .size(),
            1u);
}

TEST(RotaTest, ASwapIsTwoReplacements) {
  const Schedule schedule = In("UTC", {Rotation("1d", "00:00", "2026-12-01", {"sato", "ito"})});
  auto swap = Swap({"sato", {At("2026-12-01T00:00:00Z"), At("2026-12-02T00:00:00Z")}},
                   {"ito", {At("2026-12-04T00:00:00Z"), At("2026-12-05T00:00:00Z")}});
  ASSERT_TRUE(swap);
  Lines people;
  for (const Shift& shift :
       FinalShifts(schedule, {}, *swap, {At("2026-12-01T00:00:00Z"), At("2026-12-05T00:00:00Z")}))
    people.push_back(shift.people[0]);
  EXPECT_EQ(people, (Lines{"ito", "ito", "sato", "sato"}));
  EXPECT_FALSE(Swap({"sato", {At("2026-12-01T00:00:00Z"), At("2026-12-02T00:00:00Z")}},
                    {"sato", {At("2026-12-04T00:00:00Z"), At("2026-12-05T00:00:00Z")}}));
}

// S6: what comes next, before it is saved.
TEST(RotaTest, TheNextChangesAreToldWithWhoGoesAndWhoComes) {
  const Schedule schedule =
      In("Asia/Tokyo", {Rotation("1w", "Mon 09:00", "2026-01-05", {"sato", "tanaka", "ito"})});
  const auto changes = NextChanges(schedule, {}, {}, At("2026-12-03T00:00:00Z"), 3);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(FormatRfc3339(changes[0].at), "2026-12-07T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(changes[2].at), "2026-12-21T00:00:00Z");
  EXPECT_EQ(changes[0].after, changes[1].before);
  EXPECT_NE(changes[0].after, changes[0].before);
}

TEST(RotaTest, WhatCannotBeReadSaysWhatWasExpected) {
  EXPECT_EQ(ParsePeriod("1 week").error().message,
            "expected hours, days, weeks or months up to a year, e.g. 12h, 1d, 2w or 1mo, got "
            "\"1 week\"");
  for (const char* wrong : {"0d", "400d", "w", "-1w", "13mo"}) EXPECT_FALSE(ParsePeriod(wrong));
  EXPECT_EQ(ParseHandoff("09:00", Unit::kWeek).error().message,
            "expected a weekday and a time, e.g. \"Mon 09:00\", got \"09:00\"");
  for (const char* wrong : {"Mon 24:00", "Mon", "Montag 09:00", "Mon 9:00"})
    EXPECT_FALSE(ParseHandoff(wrong, Unit::kWeek));
  for (const char* wrong : {"2026-02-29", "2026-1-05", "1969-01-01", "x"})
    EXPECT_FALSE(ParseDay(wrong));
}

}  // namespace
}  // namespace hinomi::rota
