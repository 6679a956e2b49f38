#include "cli/top/bars.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/top/jump.h"
#include "cli/top/words.h"

namespace hinomi::cli::top {
namespace {

constexpr size_t kFindings = 2;

Span Summary(const Canvas& c) {
  const std::vector<const Json*> open = OpenIncidents(c.state);
  const std::string n = std::to_string(open.size());
  const auto is = [](const char* state) {
    return [state](const Json* value) { return (*value)["state"].as_string() == state; };
  };
  if (!open.empty()) {
    const bool waiting = std::ranges::any_of(open, is("triggered"));
    const std::string_view key = c.narrow() ? "bar.incidents"
                                 : waiting  ? "bar.incidents_waiting"
                                            : "bar.incidents_in_hand";
    return {" ! " + c.Say(key, {{"n", n}}) + " ", {Tone::kCritical, true, true}};
  }
  if (!c.state.link.answered) return {};
  if (CountAlarms(c.state, "ALARM") > 0) return {"~ " + c.Say("bar.firing_unpaged"), kWarn};
  if (const auto unknown = CountAlarms(c.state, "INSUFFICIENT_DATA"); unknown > 0)
    return {"? " + c.Say("bar.no_data", {{"n", std::to_string(unknown)}}), kDim};
  if (IsStale(c.state, c.now)) return {};  // Not green: nobody knows.
  return {"✓ " + c.Say("bar.no_incident"), {Tone::kGood}};
}

Span StreamSpan(const Canvas& c) {
  if (!c.state.link.answered) return {"- " + c.Say("bar.connecting"), kDim};
  if (IsStale(c.state, c.now)) return {"✗ " + c.Say("bar.stale"), {Tone::kWarning, true, true}};
  return {"✓ " + c.Say("bar.live"), {Tone::kGood}};
}

void AddStale(const Canvas& c, Lines& lines) {
  const Instant values = c.state.link.values_of;
  const Duration age = ServerNow(c.state, c.now) - values;
  c.Add(lines, c.Say("banner.stale", {{"time", DurationText(c.state, age)}}), kWarn);
  c.Add(lines, c.Say("banner.stale_detail", {{"time", ClockText(c.state, values)},
                                             {"n", std::to_string(c.state.link.tries)}}));
  if (c.state.link.refused) c.Add(lines, c.state.link.why, kWarn);
}

void AddFindings(const Canvas& c, Lines& lines) {
  size_t mistakes = 0;
  for (const Json& finding : c.state.now["findings"].as_array()) {
    if (finding["level"].as_string() != "error" || ++mistakes > kFindings) continue;
    c.Add(lines,
          c.Say("banner.finding", {{"file", finding["file"].as_string()},
                                   {"line", std::to_string(finding["line"].as_int())},
                                   {"column", std::to_string(finding["column"].as_int())}}) +
              " " + finding["message"].as_string() + " " + c.Say("banner.former_in_force"),
          {Tone::kCritical});
  }
  if (mistakes > kFindings)
    c.Add(lines, c.Say("banner.more_findings", {{"n", std::to_string(mistakes - kFindings)}}),
          {Tone::kCritical});
}

void AddUndelivered(const Canvas& c, Lines& lines) {
  for (const Json& page : c.state.now["undelivered"].as_array()) {
    if (page["replaced"].as_bool()) continue;
    const std::string& title = page["contact_title"].as_string();
    c.Add(lines,
          c.Say("banner.undelivered",
                {{"id", page["id"].as_string()},
                 {"contact", title.empty() ? page["contact"].as_string() : title},
                 {"channel", page["channel"].as_string()}}),
          kCrit);
    return;  // The newest; the others are in their incidents.
  }
}

void AddNobodyReached(const Canvas& c, Lines& lines) {
  std::vector<std::string> names;
  for (const Json& channel : c.state.now["channels"].as_array()) {
    if (channel["configured"].as_bool()) return;
    names.push_back(channel["name"].as_string());
  }
  if (names.empty()) return;
  c.Add(lines, c.Say("banner.nobody_reached"), kWarn);
  c.Add(lines, c.Say("banner.channels", {{"names", Join(names, ", ")}}));
}

void AddObserving(const Canvas& c, Lines& lines) {
  const int64_t n = CountAlarms(c.state, "observing");
  if (n > 0) c.Add(lines, c.Say("banner.observing_detail", {{"n", std::to_string(n)}}), kDim);
}

}  // namespace

Line TopBar(const Canvas& c) {
  const bool narrow = c.narrow();
  Line left;
  if (!narrow) left.push_back({"Hinomi  ", kBold});
  left.push_back(Summary(c));
  Line right{StreamSpan(c)};
  if (c.state.link.answered) {
    const Instant at = ServerNow(c.state, c.now);
    right.push_back({"  " + (narrow ? ClockText(c.state, at) : FullTime(c.state, at)), kBold});
  }
  return Spread(left, right, c.columns);
}

Lines Banners(const Canvas& c) {
  Lines lines;
  if (IsStale(c.state, c.now)) AddStale(c, lines);
  if (c.state.screen != Screen::kNow) return lines;
  AddFindings(c, lines);
  AddUndelivered(c, lines);
  AddNobodyReached(c, lines);
  AddObserving(c, lines);
  return lines;
}

}  // namespace hinomi::cli::top
