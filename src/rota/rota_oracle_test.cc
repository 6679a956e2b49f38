#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "base/seed_testing.h"
#include "base/strings.h"
#include "base/zone.h"
#include "rota/rota.h"

/// Schedules against a model that walks minute by minute and reads the wall clock: it shares no
/// arithmetic of turns with what it judges.
namespace hinomi::rota {
namespace {

constexpr Duration kMinute = Duration::Minutes(1);
/// No clock is set back further.
constexpr int kLongestFold = 180;

constexpr const char* kZones[] = {"America/New_York",  "Europe/Berlin",      "Australia/Lord_Howe",
                                  "Asia/Tokyo",        "Asia/Kolkata",       "America/St_Johns",
                                  "Africa/Casablanca", "America/Santiago",   "Pacific/Chatham",
                                  "Europe/London",     "Pacific/Kiritimati", "America/Nuuk"};

/// What the clocks of a zone show, minute by minute from `begin` on.
class WallClock {
 public:
  WallClock(const std::string& zone, Instant begin, int64_t minutes) : begin_(begin) {
    Duration offset;
    for (int64_t i = 0; i < minutes; ++i) {
      // Clocks change on quarters of an hour.
      if (i % 15 == 0) offset = OffsetAt(zone, begin + kMinute * i).offset;
      civil_.push_back(begin + kMinute * i + offset);
    }
    latest_ = earliest_ = civil_;
    for (size_t i = 1; i < civil_.size(); ++i) latest_[i] = std::max(latest_[i], latest_[i - 1]);
    for (size_t i = civil_.size() - 1; i > 0; --i)
      earliest_[i - 1] = std::min(earliest_[i - 1], earliest_[i]);
  }
  int64_t size() const { return static_cast<int64_t>(civil_.size()); }
  Instant at(int64_t i) const { return begin_ + kMinute * i; }
  Instant operator[](int64_t i) const { return civil_[static_cast<size_t>(i)]; }
  /// True once the clocks have shown the time, however often they are set back.
  bool HasShown(int64_t i, Instant civil) const { return latest_[static_cast<size_t>(i)] >= civil; }
  /// True while they show a time before it, now or once more.
  bool WillShowBefore(int64_t i, Instant civil) const {
    return earliest_[static_cast<size_t>(i)] < civil;
  }

 private:
  Instant begin_;
  std::vector<Instant> civil_, latest_, earliest_;
};

Day CivilDay(Instant civil) {
  return civil.seconds() / 86'400;
}

Instant Midnight(Day day) {
  return Instant() + Duration::Days(day);
}

/// The civil hand-off after one, found by looking at every hour, day or month in turn.
Instant NextHandoff(const Layer& layer, Instant civil) {
  if (layer.every.unit == Unit::kHour) return civil + Duration::Hours(layer.every.count);
  if (layer.every.unit == Unit::kDay) return civil + Duration::Days(layer.every.count);
  if (layer.every.unit == Unit::kWeek) return civil + Duration::Days(7 * layer.every.count);
  std::string month = FormatRfc3339(civil).substr(0, 7);
  Day day = CivilDay(civil);
  for (int months = 0; months < layer.every.count;) {
    ++day;
    if (FormatDay(day).substr(0, 7) == month) continue;
    month = FormatDay(day).substr(0, 7);
    ++months;
  }
  // The first of the month that it is in: on to its day, or to the last one.
  while (FormatDay(day + 1).substr(0, 7) == month &&
         *ParseUint(FormatDay(day).substr(8)) < static_cast<uint64_t>(layer.handoff.day))
    ++day;
  return Midnight(day) + Duration::Minutes(layer.handoff.minute);
}

Instant FirstHandoff(const Layer& layer) {
  Day day = layer.start;
  const auto fits = [&] {
    if (layer.every.unit == Unit::kWeek) return Weekday(Midnight(day)) == layer.handoff.weekday;
    if (layer.every.unit != Unit::kMonth) return true;
    const uint64_t number = *ParseUint(FormatDay(day).substr(8));
    const bool last = FormatDay(day + 1).substr(8) == "01";
    return number == static_cast<uint64_t>(layer.handoff.day) ||
           (last && number < static_cast<uint64_t>(layer.handoff.day));
  };
  while (!fits()) ++day;
  return Midnight(day) + Duration::Minutes(layer.handoff.minute);
}

bool IsAllowed(const Layer& layer, const Calendars& calendars, const WallClock& clock, int64_t i) {
  if (layer.restrictions.empty()) return true;
  for (const Restriction& one : layer.restrictions)
    for (Day day = CivilDay(clock[i]) - 2; day <= CivilDay(clock[i]) + 1; ++day) {
      if (!one.weekdays.empty() && !one.weekdays.contains(Weekday(Midnight(day)))) continue;
      if (std::ranges::any_of(one.except, [&](const std::string& name) {
            return calendars.contains(name) && calendars.at(name).contains(day);
          }))
        continue;
      const Instant from = Midnight(day) + Duration::Minutes(one.from_minute);
      const Instant to = Midnight(one.to_minute > one.from_minute ? day : day + 1) +
                         Duration::Minutes(one.to_minute);
      if (clock.HasShown(i, from) && clock.WillShowBefore(i, to)) return true;
    }
  return false;
}

/// Who has the layer, minute by minute; empty: nobody.
std::vector<std::vector<std::string>> WalkLayer(const Layer& layer, const Calendars& calendars,
                                                const WallClock& clock) {
  std::vector<std::vector<std::string>> out(static_cast<size_t>(clock.size()));
  Instant next = FirstHandoff(layer);
  int64_t turn = -1, worked = 0;
  bool any = false, over = false;
  for (int64_t i = 0; i < clock.size(); ++i) {
    while (clock[i] >= next) {
      if (turn >= 0 && any) ++worked;
      ++turn;
      any = false;
      next = NextHandoff(layer, next);
    }
    over = over || (layer.until && clock[i] >= Midnight(*layer.until));
    if (turn < 0 || over || !IsAllowed(layer, calendars, clock, i)) continue;
    any = true;
    const int64_t whose =
        layer.advance == Advance::kActiveBlocks && !layer.restrictions.empty() ? worked : turn;
    out[static_cast<size_t>(i)] =
        layer.participants[static_cast<size_t>(whose) % layer.participants.size()];
  }
  return out;
}

void ApplyOne(std::vector<std::pair<std::string, std::string>>& seats, const Override& one) {
  const std::string& person = one.person;
  if (one.kind == OverrideKind::kRemove) {
    std::erase_if(seats, [&](const auto& seat) { return seat.second == person; });
  } else if (one.kind == OverrideKind::kReplace && one.instead_of.empty()) {
    seats = {{person, person}};
  } else if (one.kind == OverrideKind::kReplace) {
    for (auto& [owner, holder] : seats)
      if (owner == one.instead_of || holder == one.instead_of) holder = person;
  } else if (std::ranges::none_of(seats, [&](const auto& seat) { return seat.second == person; })) {
    seats.emplace_back(person, person);
  }
}

std::set<std::string> WhoAt(const std::vector<std::vector<std::vector<std::string>>>& layers,
                            const std::vector<Override>& overrides, Instant at, size_t minute) {
  std::vector<std::pair<std::string, std::string>> seats;
  for (const auto& layer : layers) {
    if (layer[minute].empty()) continue;
    seats.clear();
    for (const std::string& person : layer[minute]) seats.emplace_back(person, person);
  }
  for (const Override& one : overrides)
    if (one.from <= at && at < one.until) ApplyOne(seats, one);
  std::set<std::string> who;
  for (const auto& [owner, holder] : seats) who.insert(holder);
  return who;
}

std::string Somebody(Random& random) {
  return std::string(1, static_cast<char>('a' + random.Below(6)));
}

Layer AnyLayer(Random& random, Day start) {
  Layer layer;
  layer.name = "layer" + std::to_string(random.Below(1000));
  layer.every.unit = static_cast<Unit>(random.Below(4));
  layer.every.count = static_cast<int>(1 + random.Below(layer.every.unit == Unit::kHour ? 13 : 3));
  const bool hours = layer.every.unit == Unit::kHour;
  layer.handoff.minute = static_cast<int>(random.Below(hours ? 4 : 96) * 15);
  if (layer.every.unit == Unit::kWeek) layer.handoff.weekday = static_cast<int>(random.Below(7));
  if (layer.every.unit == Unit::kMonth) layer.handoff.day = static_cast<int>(1 + random.Below(31));
  layer.start = start + static_cast<Day>(random.Below(4));
  if (random.Percent(20)) layer.until = start + 20 + static_cast<Day>(random.Below(60));
  for (uint64_t i = 1 + random.Below(4); i > 0; --i) {
    layer.participants.push_back({Somebody(random)});
    if (random.Percent(20)) layer.participants.back().push_back(Somebody(random));
  }
  for (uint64_t i = random.Below(3); i > 0; --i) {
    Restriction one;
    for (int day = 0; day < 7; ++day)
      if (random.Percent(60)) one.weekdays.insert(day);
    one.from_minute = static_cast<int>(random.Below(96) * 15);
    one.to_minute = static_cast<int>(random.Below(97) * 15);
    if (random.Percent(40)) one.except = {"holidays"};
    layer.restrictions.push_back(std::move(one));
  }
  if (random.Percent(40)) layer.advance = Advance::kActiveBlocks;
  return layer;
}

/// One random schedule of a zone, walked for so many days.
void Compare(uint64_t seed, const std::string& zone, Day start, int days) {
  Random random(seed);
  Schedule schedule{"s", "", zone, {}};
  for (uint64_t i = 1 + random.Below(3); i > 0; --i)
    schedule.layers.push_back(AnyLayer(random, start));
  Calendars calendars;
  for (int i = 0; i < days / 8; ++i)
    calendars["holidays"].insert(start +
                                 static_cast<Day>(random.Below(static_cast<uint64_t>(days))));
  const Instant begin = Midnight(start) - Duration::Days(2);
  std::vector<Override> overrides;
  for (uint64_t i = random.Below(5); i > 0; --i) {
    const Instant from =
        begin +
        Duration::Minutes(static_cast<int64_t>(random.Below(static_cast<uint64_t>(days) * 1440)));
    overrides.push_back({"O", Somebody(random), from,
                         from + Duration::Minutes(static_cast<int64_t>(1 + random.Below(5000))),
                         static_cast<OverrideKind>(random.Below(3)),
                         random.Percent(50) ? Somebody(random) : ""});
  }
  const WallClock clock(zone, begin, int64_t{days} * 1440);
  std::vector<std::vector<std::vector<std::string>>> layers;
  for (const Layer& layer : schedule.layers) layers.push_back(WalkLayer(layer, calendars, clock));
  // The last hours are the model's blind spot: it cannot see whether clocks are set back.
  const int64_t judged = clock.size() - kLongestFold;
  const auto shifts = FinalShifts(schedule, calendars, overrides, {begin, clock.at(judged)});
  size_t next = 0;
  for (int64_t i = 0; i < judged; ++i) {
    const Instant at = clock.at(i);
    while (next < shifts.size() && shifts[next].until <= at) ++next;
    const bool covered = next < shifts.size() && shifts[next].from <= at;
    const std::set<std::string> expected = WhoAt(layers, overrides, at, static_cast<size_t>(i));
    std::set<std::string> found;
    if (covered) found.insert(shifts[next].people.begin(), shifts[next].people.end());
    ASSERT_EQ(found, expected) << "seed " << seed << " " << zone << " at " << FormatRfc3339(at);
  }
}

// A sample each run; all zones over ten years in soak.
TEST(RotaOracleTest, EveryMinuteIsWhoseTheWallClockSaysItIs) {
  const Day first = *ParseDay("2026-01-01");
  if (Soak()) {
    for (size_t i = 0; i < std::size(kZones); ++i)
      for (uint64_t seed = 0; seed < 4; ++seed)
        ASSERT_NO_FATAL_FAILURE(Compare(FirstSeed() + 100 * i + seed, kZones[i], first, 3653));
    return;
  }
  for (uint64_t i = 0; i < 48; ++i) {
    const uint64_t seed = FirstSeed() + i;
    Random random(seed);
    // Most clocks change in March and April, or in October and November.
    const Day season = random.Percent(50) ? 55 : 270;
    const Day start = first + static_cast<Day>(random.Below(9)) * 365 + season +
                      static_cast<Day>(random.Below(20));
    ASSERT_NO_FATAL_FAILURE(Compare(seed, kZones[seed % std::size(kZones)], start, 40));
  }
}

}  // namespace
}  // namespace hinomi::rota
