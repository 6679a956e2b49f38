#include <algorithm>

#include "rota/rota.h"

namespace hinomi::rota {
namespace {

/// Whom an override brings in; empty for a removal.
std::string Brought(const Override& one) {
  return one.kind == OverrideKind::kRemove ? "" : one.person;
}

std::optional<Conflict::Why> WhyConflict(const Override& a, const Override& b) {
  using Why = Conflict::Why;
  const bool both_replace = a.kind == OverrideKind::kReplace && b.kind == OverrideKind::kReplace;
  if (both_replace && a.instead_of == b.instead_of && a.person != b.person) return Why::kSameShift;
  const auto takes_away = [](const Override& one, const Override& other) {
    return one.kind == OverrideKind::kRemove && one.person == Brought(other);
  };
  if (takes_away(a, b) || takes_away(b, a)) return Why::kAddAndRemove;
  const auto replaces = [](const Override& one, const Override& other) {
    return one.kind == OverrideKind::kReplace && other.kind != OverrideKind::kRemove &&
           one.person != other.person && (one.instead_of.empty() || one.instead_of == other.person);
  };
  if (replaces(a, b) || replaces(b, a)) return Why::kReplacedPerson;
  return std::nullopt;
}

Status CheckSide(const SwapSide& side) {
  if (side.person.empty()) return InvalidArgument("a swap is between two people: one has no name");
  if (side.range.until <= side.range.from) {
    return InvalidArgument("the time that " + side.person + " gives away ends before it begins (" +
                           FormatRfc3339(side.range.from) + " to " +
                           FormatRfc3339(side.range.until) + ")");
  }
  return {};
}

}  // namespace

std::vector<Conflict> Conflicts(std::span<const Override> existing, const Override& candidate) {
  std::vector<Conflict> out;
  for (const Override& one : existing) {
    const Range overlap = {std::max(one.from, candidate.from),
                           std::min(one.until, candidate.until)};
    if (overlap.until <= overlap.from) continue;
    if (const auto why = WhyConflict(one, candidate)) out.push_back({one.id, overlap, *why});
  }
  return out;
}

Result<std::vector<Override>> Swap(const SwapSide& mine, const SwapSide& theirs) {
  HN_TRY_VOID(CheckSide(mine));
  HN_TRY_VOID(CheckSide(theirs));
  if (mine.person == theirs.person)
    return InvalidArgument("a swap is between two people, and both are " + mine.person);
  if (mine.range.from < theirs.range.until && theirs.range.from < mine.range.until) {
    return InvalidArgument("the two times of a swap overlap: " + mine.person + " and " +
                           theirs.person + " would both be replaced by the other at once");
  }
  const auto stand_in = [](const SwapSide& side, const std::string& person) {
    return Override{.person = person,
                    .from = side.range.from,
                    .until = side.range.until,
                    .kind = OverrideKind::kReplace,
                    .instead_of = side.person};
  };
  return std::vector<Override>{stand_in(mine, theirs.person), stand_in(theirs, mine.person)};
}

}  // namespace hinomi::rota
