#include "rota/rota.h"

#include <algorithm>

#include "base/zone.h"
#include "rota/impl/turns.h"

namespace hinomi::rota {
namespace {

using impl::AllowedTimes;
using impl::CivilOf;
using impl::Turns;

Range Common(const Range& a, const Range& b) {
  return {std::max(a.from, b.from), std::min(a.until, b.until)};
}

bool IsEmpty(const Range& range) {
  return range.until <= range.from;
}

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// Which participants' turn it is; asked for rising numbers of turns.
class WhoseTurn {
 public:
  WhoseTurn(const Layer& layer, const Turns& turns, const std::string& zone,
            const Calendars& calendars, Instant until)
      : layer_(layer), turns_(turns) {
    if (layer.advance == Advance::kActiveBlocks && !layer.restrictions.empty())
      allowed_ = AllowedTimes(layer, zone, calendars, {turns.Start(0), until});
  }

  const std::vector<std::string>& Of(int64_t number) {
    if (allowed_.empty()) return Participants(number);
    for (; seen_ < number; ++seen_) {
      if (IsActive(turns_.Start(seen_), turns_.Start(seen_ + 1))) ++counted_;
    }
    return Participants(counted_);
  }

 private:
  const std::vector<std::string>& Participants(int64_t turn) const {
    return layer_.participants[static_cast<size_t>(turn) % layer_.participants.size()];
  }

  bool IsActive(Instant from, Instant until) {
    while (next_ < allowed_.size() && allowed_[next_].until <= from) ++next_;
    return from < until && next_ < allowed_.size() && allowed_[next_].from < until;
  }

  const Layer& layer_;
  const Turns& turns_;
  std::vector<Range> allowed_;
  size_t next_ = 0;  ///< The first of `allowed_` that is not over.
  int64_t seen_ = 0, counted_ = 0;
};

/// A place among those on call: whose it was, and who has it by overrides.
struct Seat {
  std::string owner, holder;
};

bool ApplyReplace(std::vector<Seat>& seats, const Override& change) {
  if (change.instead_of.empty()) {
    seats = {{change.person, change.person}};
    return true;
  }
  bool changed = false;
  for (Seat& seat : seats) {
    if (seat.owner != change.instead_of && seat.holder != change.instead_of) continue;
    changed = changed || seat.holder != change.person;
    seat.holder = change.person;
  }
  return changed;
}

/// True if it changed something.
bool ApplyOverride(std::vector<Seat>& seats, const Override& change) {
  const auto holds = [&](const Seat& seat) { return seat.holder == change.person; };
  switch (change.kind) {
    case OverrideKind::kAdd:
      if (std::any_of(seats.begin(), seats.end(), holds)) return false;
      seats.push_back({change.person, change.person});
      return true;
    case OverrideKind::kRemove:
      return std::erase_if(seats, holds) > 0;
    case OverrideKind::kReplace:
      break;
  }
  return ApplyReplace(seats, change);
}

/// Layers' shifts, walked in rising time.
class LayerWalk {
 public:
  explicit LayerWalk(std::vector<Shift> shifts) : shifts_(std::move(shifts)) {}
  /// The shift that covers `at`, which never falls from call to call.
  const Shift* Covering(Instant at) {
    while (next_ < shifts_.size() && shifts_[next_].until <= at) ++next_;
    return next_ < shifts_.size() && shifts_[next_].from <= at ? &shifts_[next_] : nullptr;
  }
  const std::vector<Shift>& shifts() const { return shifts_; }

 private:
  std::vector<Shift> shifts_;
  size_t next_ = 0;
};

/// Where the answer may change, with both ends of the range.
std::vector<Instant> Edges(std::span<const LayerWalk> layers, std::span<const Override> overrides,
                           Range range) {
  std::vector<Instant> edges = {range.from, range.until};
  const auto add = [&](Instant edge) {
    if (edge > range.from && edge < range.until) edges.push_back(edge);
  };
  for (const LayerWalk& layer : layers) {
    for (const Shift& shift : layer.shifts()) {
      add(shift.from);
      add(shift.until);
    }
  }
  for (const Override& change : overrides) {
    add(change.from);
    add(change.until);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

/// What holds from `from` on; `turn` is the layer's own shift that decides.
Shift Resolve(const Shift* turn, std::span<const Override> overrides, Instant from, Instant until) {
  Shift out{.from = from, .until = until};
  std::vector<Seat> seats;
  if (turn != nullptr) {
    out.layer = turn->layer;
    for (const std::string& person : turn->people) seats.push_back({person, person});
  }
  for (const Override& change : overrides) {
    if (change.from > from || change.until <= from) continue;
    if (ApplyOverride(seats, change)) out.overrides.push_back(change.id);
  }
  for (const Seat& seat : seats) AddOnce(out.people, seat.holder);
  return out;
}

bool IsSameReason(const Shift& a, const Shift& b) {
  return a.people == b.people && a.layer == b.layer && a.overrides == b.overrides;
}

}  // namespace

std::vector<Shift> LayerShifts(const Schedule& schedule, const Layer& layer,
                               const Calendars& calendars, Range range) {
  std::vector<Shift> out;
  if (layer.participants.empty()) return out;
  const std::string& zone = schedule.time_zone;
  const Turns turns(layer, zone);
  range.from = std::max(range.from, turns.Start(0));
  if (layer.until) range.until = std::min(range.until, FromCivil(zone, CivilOf(*layer.until, 0)));
  if (IsEmpty(range)) return out;
  WhoseTurn whose(layer, turns, zone, calendars, range.until);
  const std::vector<Range> allowed = AllowedTimes(layer, zone, calendars, range);
  size_t next = 0;
  int64_t number = turns.At(range.from);
  for (Instant from = turns.Start(number); from < range.until; ++number) {
    const Instant end = turns.Start(number + 1);
    const Range turn = Common({from, end}, range);
    from = end;
    while (next < allowed.size() && allowed[next].until <= turn.from) ++next;
    for (size_t i = next; i < allowed.size() && allowed[i].from < turn.until; ++i) {
      const Range shift = Common(allowed[i], turn);
      if (IsEmpty(shift)) continue;
      Shift one{.from = shift.from, .until = shift.until, .layer = layer.name};
      for (const std::string& person : whose.Of(number)) AddOnce(one.people, person);
      if (!one.people.empty()) out.push_back(std::move(one));
    }
  }
  return out;
}

std::vector<Shift> FinalShifts(const Schedule& schedule, const Calendars& calendars,
                               std::span<const Override> overrides, Range range) {
  std::vector<Shift> out;
  if (IsEmpty(range)) return out;
  std::vector<LayerWalk> layers;
  for (const Layer& layer : schedule.layers)
    layers.emplace_back(LayerShifts(schedule, layer, calendars, range));
  const std::vector<Instant> edges = Edges(layers, overrides, range);
  const Shift* turn_before = nullptr;
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    const Shift* turn = nullptr;
    for (LayerWalk& layer : layers) {
      if (const Shift* covering = layer.Covering(edges[i])) turn = covering;
    }
    Shift shift = Resolve(turn, overrides, edges[i], edges[i + 1]);
    // A hand-off of a layer that is hidden, or an override without effect, ends nothing.
    const bool goes_on = !out.empty() && out.back().until == shift.from && turn == turn_before &&
                         IsSameReason(out.back(), shift);
    turn_before = turn;
    if (goes_on) {
      out.back().until = shift.until;
    } else if (!shift.people.empty()) {
      out.push_back(std::move(shift));
    }
  }
  return out;
}

Shift OnCallAt(const Schedule& schedule, const Calendars& calendars,
               std::span<const Override> overrides, Instant at) {
  const Range moment = {at, at + Duration::Nanos(1)};
  std::vector<Shift> shifts = FinalShifts(schedule, calendars, overrides, moment);
  if (shifts.empty()) return Shift{.from = moment.from, .until = moment.until};
  return std::move(shifts.front());
}

std::vector<Range> Gaps(std::span<const Shift> shifts, Range range) {
  std::vector<Range> out;
  Instant covered = range.from;
  for (const Shift& shift : shifts) {
    if (shift.from > covered) out.push_back({covered, std::min(shift.from, range.until)});
    covered = std::max(covered, shift.until);
    if (covered >= range.until) return out;
  }
  if (covered < range.until) out.push_back({covered, range.until});
  return out;
}

namespace {

std::vector<Change> ChangesWithin(std::span<const Shift> shifts, Range range) {
  std::vector<Change> out;
  std::vector<std::string> people;
  Instant covered = range.from;
  const auto become = [&](Instant at, const std::vector<std::string>& after) {
    if (at > range.from && std::set<std::string>(people.begin(), people.end()) !=
                               std::set<std::string>(after.begin(), after.end()))
      out.push_back({at, people, after});
    people = after;
  };
  for (const Shift& shift : shifts) {
    if (shift.from > covered) become(covered, {});
    become(shift.from, shift.people);
    covered = shift.until;
  }
  if (covered < range.until) become(covered, {});
  return out;
}

}  // namespace

std::vector<Change> NextChanges(const Schedule& schedule, const Calendars& calendars,
                                std::span<const Override> overrides, Instant after, size_t count,
                                Duration horizon) {
  std::vector<Change> changes;
  // Mostly the next change is near: look a little ahead, then further.
  for (Duration ahead = Duration::Days(8);; ahead = ahead * 4) {
    ahead = std::min(ahead, horizon);
    const Range range = {after, after + ahead};
    changes = ChangesWithin(FinalShifts(schedule, calendars, overrides, range), range);
    if (changes.size() >= count || ahead == horizon) break;
  }
  if (changes.size() > count) changes.resize(count);
  return changes;
}

Duration LongestTurn(const Schedule& schedule) {
  Duration longest;
  for (const Layer& layer : schedule.layers) {
    Duration unit = Duration::Days(31);
    if (layer.every.unit == Unit::kWeek) unit = Duration::Days(7);
    if (layer.every.unit == Unit::kDay) unit = Duration::Days(1);
    if (layer.every.unit == Unit::kHour) unit = Duration::Hours(1);
    // A day more for clocks that are set back.
    longest = std::max(longest, unit * layer.every.count + Duration::Days(1));
  }
  return longest;
}

}  // namespace hinomi::rota
