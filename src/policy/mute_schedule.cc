#include "policy/mute_schedule.h"

#include "base/zone.h"

namespace hinomi::policy {
namespace {

/// What stands between "WORD(" and ")".
std::optional<std::string_view> Within(std::string_view text, std::string_view word) {
  if (!text.starts_with(word) || text.size() < word.size() + 2 || text[word.size()] != '(' ||
      !text.ends_with(')'))
    return std::nullopt;
  return text.substr(word.size() + 1, text.size() - word.size() - 2);
}

}  // namespace

Result<MuteSchedule> MuteSchedule::Parse(std::string_view text) {
  MuteSchedule schedule;
  if (const auto fields = Within(text, "cron")) {
    HN_TRY(schedule.cron_, CronTable::Parse(*fields));
    return schedule;
  }
  if (const auto moment = Within(text, "at")) {
    const bool seconds = moment->size() > 16;
    const auto civil = ParseRfc3339(std::string(*moment) + (seconds ? "Z" : ":00Z"));
    if (civil) {
      schedule.civil_ = *civil;
      return schedule;
    }
  }
  return InvalidArgument(
      "expected cron(minute hour day-of-month month day-of-week), e.g. cron(0 2 * * SUN), or "
      "at(2026-12-24T18:00)");
}

std::optional<Instant> MuteSchedule::Next(const std::string& zone, Instant after) const {
  if (cron_) return cron_->Next(zone, after);
  const Instant begins = FromCivil(zone, civil_);
  return begins > after ? std::optional(begins) : std::nullopt;
}

}  // namespace hinomi::policy
