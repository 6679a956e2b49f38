#include "cli/top/words.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/strings.h"
#include "base/zone.h"

namespace hinomi::cli::top {
namespace {

using text::Format;

/// Civil time in the zone that is shown.
struct Civil {
  int year = 0;
  unsigned month = 0, day = 0, weekday = 0;
  int64_t second = 0;  ///< Of the day.
  bool SameDay(const Civil& o) const { return year == o.year && month == o.month && day == o.day; }
};

std::string ZoneOf(const State& state) {
  return state.utc ? "UTC" : state.now["server"]["time_zone"].as_string();
}

Civil CivilAt(const State& state, Instant at) {
  const int64_t local = (at + OffsetAt(ZoneOf(state), at).offset).seconds();
  constexpr int64_t kDay = 86'400;
  const int64_t day = (local - ((local % kDay) + kDay) % kDay) / kDay;
  const std::chrono::sys_days date{std::chrono::days(day)};
  const std::chrono::year_month_day civil(date);
  return {int(civil.year()), unsigned(civil.month()), unsigned(civil.day()),
          std::chrono::weekday(date).c_encoding(), local - day * kDay};
}

std::string TwoDigits(int64_t n) {
  return (n < 10 ? "0" : "") + std::to_string(n);
}

std::string MinuteText(const Civil& civil) {
  return TwoDigits(civil.second / 3600) + ":" + TwoDigits(civil.second / 60 % 60);
}

std::string DayText(text::Language language, const Civil& civil) {
  const std::string months = Format(language, "top.months");
  return Format(language, "top.day",
                {{"month", std::string(Split(months, ' ')[civil.month - 1])},
                 {"day", std::to_string(civil.day)}});
}

/// The page of a level that tells most: who was reached, else who still may be.
const Json* PageOfLevel(const Json& incident, const std::string& level) {
  constexpr std::string_view kOrder[] = {"delivered", "retrying", "queued",
                                         "filed",     "failed",   "cancelled"};
  const auto rank = [&](const Json& page) {
    return std::ranges::find(kOrder, page["state"].as_string()) - kOrder;
  };
  const Json* best = nullptr;
  for (const Json& page : incident["pages"].as_array())
    if (page["level"].as_string() == level && page["kind"].as_string() == "page")
      if (best == nullptr || rank(page) < rank(*best)) best = &page;
  return best;
}

struct LookRow {
  std::string_view name, icon, key;
  Style style;
};

template <size_t N>
Look Find(const State& state, const LookRow (&table)[N], const std::string& name) {
  const auto* row = std::ranges::find(table, name, &LookRow::name);
  if (row == std::end(table)) row = std::begin(table);
  return {std::string(row->icon), Format(LanguageOf(state), row->key), row->style};
}

constexpr Style kGood{Tone::kGood};
constexpr Style kRun{Tone::kRunning};

}  // namespace

std::string ClockText(const State& state, Instant at) {
  const Civil civil = CivilAt(state, at);
  return MinuteText(civil) + ":" + TwoDigits(civil.second % 60);
}

std::string FullTime(const State& state, Instant at) {
  const text::Language language = LanguageOf(state);
  const Civil civil = CivilAt(state, at);
  const std::string names = Format(language, "top.weekdays");
  return Format(language, "top.full_time",
                {{"day", DayText(language, civil)},
                 {"weekday", std::string(Split(names, ' ')[civil.weekday])},
                 {"time", ClockText(state, at)},
                 {"zone", OffsetAt(ZoneOf(state), at).abbreviation}});
}

std::string Exact(const State& state, const std::string& at, Duration now) {
  const auto parsed = ParseRfc3339(at);
  if (!parsed) return {};
  const Civil civil = CivilAt(state, *parsed);
  if (civil.SameDay(CivilAt(state, ServerNow(state, now)))) return ClockText(state, *parsed);
  return DayText(LanguageOf(state), civil) + " " + MinuteText(civil);
}

std::string DurationText(const State& state, Duration length) {
  const text::Language language = LanguageOf(state);
  const int64_t s = std::max<int64_t>(0, length.seconds());
  const auto n = [](int64_t value) { return std::to_string(value); };
  if (s >= 86'400)
    return Format(language, "time.days_hours", {{"d", n(s / 86'400)}, {"h", n(s / 3600 % 24)}});
  if (s >= 3600)
    return Format(language, "time.hours_minutes", {{"h", n(s / 3600)}, {"m", n(s / 60 % 60)}});
  if (s >= 60)
    return Format(language, "time.minutes_seconds", {{"m", n(s / 60)}, {"s", TwoDigits(s % 60)}});
  return Format(language, "time.seconds", {{"s", n(s)}});
}

std::string Countdown(Duration left) {
  const int64_t s = std::max<int64_t>(0, left.seconds());
  const std::string rest = TwoDigits(s / 60 % 60) + ":" + TwoDigits(s % 60);
  return s >= 3600 ? std::to_string(s / 3600) + ":" + rest : rest;
}

std::string People(const State& state, const Json& contacts) {
  const text::Language language = LanguageOf(state);
  std::vector<std::string> names;
  for (const Json& contact : contacts.as_array()) {
    const std::string& title = contact["title"].as_string();
    names.push_back(title.empty() ? contact["name"].as_string() : title);
  }
  if (names.empty()) return Format(language, "people.nobody");
  return Join(names, Format(language, "people.separator"));
}

std::string Who(const Json& incident, const std::string& what) {
  const std::string& title = incident[what + "_by_title"].as_string();
  return title.empty() ? incident[what + "_by"].as_string() : title;
}

Look SeverityLook(const State& state, const Json& incident) {
  static constexpr LookRow kLooks[] = {{"error", "!", "severity.error", kCrit},
                                       {"critical", "!!", "severity.critical", kCrit},
                                       {"warning", "~", "severity.warning", kWarn},
                                       {"info", "i", "severity.info", kDim}};
  return Find(state, kLooks, incident["severity"].as_string());
}

Look IncidentLook(const State& state, const Json& incident) {
  static constexpr LookRow kLooks[] = {{"triggered", "!", "incident.unacknowledged", kCrit},
                                       {"acknowledged", "@", "incident.in_hand", kRun},
                                       {"resolved", "✓", "incident.resolved", kGood}};
  return Find(state, kLooks, incident["state"].as_string());
}

Look AlarmLook(const State& state, const Json& alarm) {
  static constexpr LookRow kLooks[] = {{"INSUFFICIENT_DATA", "?", "alarm.no_data", kDim},
                                       {"OK", "✓", "alarm.ok", kGood},
                                       {"ALARM", "!", "alarm.firing", kCrit}};
  const std::string& name = alarm["state"].as_string();
  const std::string& severity = alarm["severity"].as_string();
  if (name == "ALARM" && (severity == "warning" || severity == "info"))
    return {"~", Format(LanguageOf(state), "severity.warning"), kWarn};
  return Find(state, kLooks, name);
}

Look ServiceLook(const State& state, const Json& service) {
  const text::Language language = LanguageOf(state);
  if (IsWell(service)) return {"✓", Format(language, "top.service_well"), kGood};
  return {"!", Format(language, "top.service_ill"), kCrit};
}

Look PageLook(const State& state, const Json& page) {
  static constexpr LookRow kLooks[] = {
      {"queued", "-", "delivery.queued", kDim},  {"delivered", "✓", "delivery.delivered", kGood},
      {"filed", "~", "delivery.filed", kWarn},   {"retrying", "~", "delivery.retrying", kWarn},
      {"failed", "✗", "delivery.failed", kCrit}, {"cancelled", "-", "delivery.cancelled", kDim}};
  return Find(state, kLooks, page["state"].as_string());
}

Look StepLook(const State& state, const Json& incident, const Json& step, Duration now) {
  const text::Language language = LanguageOf(state);
  if (const std::string& fired = step["fired_at"].as_string(); !fired.empty()) {
    const Json* page = PageOfLevel(incident, step["level"].as_string());
    if (page == nullptr)
      return {"-", Format(language, "ladder.called", {{"time", Exact(state, fired, now)}}), kDim};
    Look look = PageLook(state, *page);
    for (const Json& attempt : (*page)["attempts"].as_array())
      if (attempt["outcome"].as_string() == "delivered" &&
          (*page)["state"].as_string() == "delivered")
        look.word = Format(language, "ladder.delivered",
                           {{"time", Exact(state, attempt["at"].as_string(), now)}});
    return look;
  }
  if (const std::string& reason = step["skipped_reason"].as_string(); !reason.empty()) {
    const std::string key =
        "ladder.skipped_" + std::string(reason == "nobody_reachable" ? "no_channel" : reason);
    if (text::HasKey(key)) return {"-", Format(language, key), kDim};
    return {"-", Format(language, "ladder.skipped", {{"reason", reason}}), kDim};
  }
  const bool over = incident["state"].as_string() == "resolved";
  return {"-", Format(language, over ? "ladder.skipped_resolved" : "ladder.planned"), kDim};
}

}  // namespace hinomi::cli::top
