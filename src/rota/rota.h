#ifndef HINOMI_ROTA_ROTA_H_
#define HINOMI_ROTA_ROTA_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// Who is on call: turns by the clocks of a zone, layers, working hours, overrides. Pure functions
/// over values; no clock. All ranges are half-open.
namespace hinomi::rota {

/// A day of the calendar: days since 1970-01-01, whatever the zone.
using Day = int64_t;
/// "2026-01-05". Errors: kInvalidArgument, also for days that do not exist.
Result<Day> ParseDay(std::string_view text);
std::string FormatDay(Day day);

/// Named sets of days, e.g. holidays.
using Calendars = std::map<std::string, std::set<Day>>;

enum class Unit { kHour, kDay, kWeek, kMonth };

/// How long a turn is, by the calendar: a day on which the clocks change is one day.
struct Period {
  int count = 1;
  Unit unit = Unit::kWeek;
  bool operator==(const Period&) const = default;
};
/// "12h", "1d", "2w", "1mo"; up to a year. Errors: kInvalidArgument.
Result<Period> ParsePeriod(std::string_view text);

/// When turns change, by the clocks of the zone.
struct Handoff {
  int minute = 0;   ///< Of the day; for hours: of the hour.
  int weekday = 0;  ///< For weeks: 0 is Monday.
  int day = 1;      ///< For months: 1 to 31; a shorter month has it on its last day.
  bool operator==(const Handoff&) const = default;
};
/// As the unit wants it: ":30" for hours, "09:00" for days, "Mon 09:00" for weeks, "31 09:00" for
/// months. Errors: kInvalidArgument.
Result<Handoff> ParseHandoff(std::string_view text, Unit unit);

/// Hours in which a layer works. Where the day of its beginning is in one of `except`, it does not
/// take place. Of a beginning that clocks show twice the first counts, of an end the last: rather
/// two people than nobody.
struct Restriction {
  std::set<int> weekdays;           ///< 0 is Monday; empty: every day. Those on which it begins.
  int from_minute = 0;              ///< Of the day.
  int to_minute = 1440;             ///< Not after `from_minute`: of the following day.
  std::vector<std::string> except;  ///< Names of calendars; unknown ones have no days.
};

enum class Advance {
  kCalendar,      ///< The turn goes on at every hand-off.
  kActiveBlocks,  ///< A turn in which the restrictions leave nothing is not counted.
};

/// People who take turns.
struct Layer {
  std::string name;
  Period every;
  Handoff handoff;
  Day start = 0;             ///< The first hand-off on this day or after it begins the first turn.
  std::optional<Day> until;  ///< Ends as this day begins.
  /// Of each turn, who is on call in it. Empty: nobody ever is.
  std::vector<std::vector<std::string>> participants;
  std::vector<Restriction> restrictions;  ///< Any of them allows; none: always.
  Advance advance = Advance::kCalendar;
};

struct Schedule {
  std::string name;
  std::string title;
  std::string time_zone;      ///< As base/zone.h takes it.
  std::vector<Layer> layers;  ///< A later one hides those before it where it has somebody.
};

enum class OverrideKind { kAdd, kRemove, kReplace };

/// An exception from the layers for a while.
struct Override {
  std::string id;
  std::string person;
  Instant from, until;
  OverrideKind kind = OverrideKind::kReplace;
  std::string instead_of;  ///< Only with kReplace; empty: instead of all.
};

/// A time with the same people for the same reason.
struct Shift {
  Instant from, until;
  std::vector<std::string> people;     ///< Without doubles; never empty.
  std::string layer;                   ///< The one that decides; empty: none has anybody.
  std::vector<std::string> overrides;  ///< Ids of those that changed something.
  bool operator==(const Shift&) const = default;
};

struct Range {
  Instant from, until;
  bool operator==(const Range&) const = default;
};

/// Shifts of one layer alone that touch the range, cut to it, in order.
std::vector<Shift> LayerShifts(const Schedule& schedule, const Layer& layer,
                               const Calendars& calendars, Range range);

/// What holds in the end, in order, cut to the range. Overrides are applied in the order given,
/// that of their creation: each sees what those before it left, so the latest wins. A replacement
/// of a person also holds for who stands in for them. Shifts end at hand-offs, even to the same
/// people.
std::vector<Shift> FinalShifts(const Schedule& schedule, const Calendars& calendars,
                               std::span<const Override> overrides, Range range);

/// Who is on call; without people where nobody is.
Shift OnCallAt(const Schedule& schedule, const Calendars& calendars,
               std::span<const Override> overrides, Instant at);

/// The times without anybody.
std::vector<Range> Gaps(std::span<const Shift> shifts, Range range);

/// A moment from which other people are on call than before.
struct Change {
  Instant at;
  std::vector<std::string> before, after;  ///< Empty: nobody.
};

/// The first `count` changes after `after`, at most `horizon` ahead.
std::vector<Change> NextChanges(const Schedule& schedule, const Calendars& calendars,
                                std::span<const Override> overrides, Instant after, size_t count,
                                Duration horizon = Duration::Days(400));

/// No turn of the schedule is longer.
Duration LongestTurn(const Schedule& schedule);

/// Why an override cannot stand beside another one without people being surprised.
struct Conflict {
  std::string with;  ///< Its id.
  Range overlap;
  enum class Why {
    kSameShift,       ///< Both say who replaces the same person, or everybody.
    kAddAndRemove,    ///< One brings the person, the other takes them away.
    kReplacedPerson,  ///< One replaces the person whom the other brings.
  } why = Why::kSameShift;
};
std::vector<Conflict> Conflicts(std::span<const Override> existing, const Override& candidate);

/// A turn that somebody gives away.
struct SwapSide {
  std::string person;
  Range range;
};
/// The two overrides of an exchange: each takes the other's time. Errors: kInvalidArgument for the
/// same person twice, an empty range, or ranges that overlap.
Result<std::vector<Override>> Swap(const SwapSide& mine, const SwapSide& theirs);

}  // namespace hinomi::rota

#endif  // HINOMI_ROTA_ROTA_H_
