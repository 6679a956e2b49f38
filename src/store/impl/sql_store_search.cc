#include <algorithm>
#include <string_view>

#include "store/impl/sql_store.h"

namespace hinomi::store {
namespace {

// Some milliseconds of the session, which the control thread waits for.
constexpr uint64_t kWindow = 5000;
// Times of the journal rise, but where the clock was set back: so much beyond
// the place that halving found is looked at as well.
constexpr uint64_t kMargin = 10'000;

bool HasType(const JournalFilter& filter, std::string_view type) {
  if (filter.types.empty()) return true;
  return std::ranges::any_of(filter.types, [type](const std::string& wanted) {
    return wanted.ends_with('.') ? type.starts_with(wanted) : type == wanted;
  });
}

bool Matches(const JournalFilter& filter, const SqlRow& row) {
  const Instant at = row.Time(1);
  return filter.from <= at && at < filter.to && HasType(filter, row.Bytes(2)) &&
         (filter.actor.empty() || row.Bytes(5) == filter.actor);
}

}  // namespace

// Of the events before `end` the first that is not before `at`, by halving: the
// numbers are dense.
Result<uint64_t> SqlStore::FirstFrom(Instant at, uint64_t end) {
  uint64_t low = 1, high = end;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    bool earlier = false;
    HN_TRY_VOID(session_->Run("SELECT at FROM journal WHERE sequence = $1", {middle},
                              [&](const SqlRow& row) { earlier = row.Time(0) < at; }));
    if (earlier) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<JournalFound> SqlStore::SearchJournal(const JournalFilter& filter, uint64_t before,
                                             size_t limit) {
  HN_TRY_VOID(CheckText("a subject", filter.subject));
  HN_TRY_VOID(CheckText("an actor", filter.actor));
  return Reading("searching the journal", [&]() -> Result<JournalFound> {
    HN_TRY(const Head head, ReadHead());
    uint64_t end = head.sequence + 1;  // Exclusive, as `before` is.
    uint64_t begin = 1;
    if (filter.from > Instant()) {
      HN_TRY(const uint64_t first, FirstFrom(filter.from, end));
      begin = first > kMargin ? first - kMargin : 1;
    }
    if (filter.to < Instant::Max()) {
      HN_TRY(const uint64_t first, FirstFrom(filter.to, end));
      end = std::min(end, first + kMargin);
    }
    if (before != 0) end = std::min(end, before);
    if (end <= begin) return JournalFound{};

    JournalFound found;
    uint64_t looked_at = 0;  // Rows of the one subject.
    uint64_t last = end;
    const auto take = [&](const SqlRow& row) {
      ++looked_at;
      if (found.entries.size() == limit) return;
      last = row.Uint(0);
      if (Matches(filter, row)) found.entries.push_back(EntryOf(row));
    };
    if (!filter.subject.empty()) {
      HN_TRY_VOID(session_->Run(
          "SELECT sequence, at, type, version, subject, actor, body, hash FROM journal "
          "WHERE subject = $1 AND subject <> '' AND sequence >= $2 AND sequence < $3 "
          "ORDER BY sequence DESC LIMIT $4",
          {filter.subject, begin, end, kWindow}, take));
      if (looked_at < kWindow && found.entries.size() < limit) last = begin;
    } else {
      const uint64_t low = end - begin > kWindow ? end - kWindow : begin;
      HN_TRY_VOID(session_->Run(
          "SELECT sequence, at, type, version, subject, actor, body, hash FROM journal "
          "WHERE sequence >= $1 AND sequence < $2 ORDER BY sequence DESC",
          {low, end}, take));
      if (found.entries.size() < limit) last = low;
    }
    found.next = last > begin ? last : 0;
    return found;
  });
}

}  // namespace hinomi::store
