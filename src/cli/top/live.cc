#include "cli/top/live.h"

#include <algorithm>

#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/top/commands.h"

namespace hinomi::cli::top {
namespace {

using EffectKind = Effect::Kind;

constexpr Duration kRefresh = Duration::Seconds(15);  // Values move on without events.
constexpr Duration kUnsure = Duration::Seconds(2);    // While there is no stream, or no answer.
constexpr Duration kQuiet = Duration::Seconds(6);     // Then it is asked whether it is there.
constexpr Duration kBurst = Duration::Millis(100);    // An incident opens with five events.
constexpr Duration kSilence = Duration::Seconds(12);  // The server speaks every 4 s.
constexpr Duration kPrefix = Duration::Millis(1200);

void Ask(State& state, Effects& effects, const std::string& tag, std::string path) {
  if (const auto pending = state.link.pending.find(tag); pending != state.link.pending.end()) {
    pending->second = true;
    return;
  }
  state.link.pending[tag] = false;
  const char* separator = path.find('?') == std::string::npos ? "?" : "&";
  if (state.language)
    path += separator + std::string("lang=") + std::string(text::LanguageTag(*state.language));
  effects.push_back({EffectKind::kGet, tag, std::move(path)});
}

std::string SubjectId(const State& state) {
  const Json* subject = Subject(state);
  return subject == nullptr ? std::string() : (*subject)["id"].as_string();
}

void TakeTime(State& state, const std::string& text, Duration now) {
  const auto at = ParseRfc3339(text);
  if (!at) return;
  state.server_time = *at;
  state.read_at = now;
}

void TakeNow(State& state, const Json& answer, Duration now) {
  const std::string before = SubjectId(state);
  state.now = Cleaned(answer);
  if (!before.empty() && SubjectId(state) != before) state.subject_since = now;
  Link& link = state.link;
  link.answered = true;
  link.failed = link.refused = false;
  link.tries = 0;
  link.why.clear();
  link.heard = now;
  TakeTime(state, state.now["server"]["now"].as_string(), now);
  link.values_of = state.server_time;
}

void TakeFailure(State& state, const Error& error) {
  state.link.failed = true;
  state.link.refused = error.code == ErrorCode::kDenied;
  state.link.why = Printable(error.message);
  ++state.link.tries;
}

/// Of more alarms than one answer holds the server looks for the right ones.
std::string AlarmsPath(const State& state) {
  const std::string path = "alarms?limit=1000";
  const auto filter = state.filter.find(Screen::kAlarms);
  const bool look = AlarmsLeftOut(state) && filter != state.filter.end() && !filter->second.empty();
  return look ? path + "&match=" + UrlEncode(filter->second) : path;
}

/// Where an answer other than that of `now` is kept.
Json* PlaceOf(State& state, const std::string& tag) {
  if (tag == "alarms") return &state.alarms;
  if (tag == "services") return &state.services;
  if (tag == "incidents") return &state.incidents;
  if (tag == "journal") return &state.journal;
  if (tag == "incident") return &state.incident;
  return nullptr;
}

}  // namespace

Effects Refresh(State& state, Duration now) {
  Effects effects;
  state.link.refreshed = now;
  state.link.changed.reset();
  Ask(state, effects, "now", "now");
  Ask(state, effects, "services", "services");
  if (state.screen == Screen::kAlarms) Ask(state, effects, "alarms", AlarmsPath(state));
  if (state.screen == Screen::kIncidents) Ask(state, effects, "incidents", "incidents?state=all");
  if (state.screen == Screen::kJournal) Ask(state, effects, "journal", "journal?limit=200");
  if (state.screen == Screen::kIncident)
    Ask(state, effects, "incident", "incidents/" + UrlEncode(state.incident_id));
  return effects;
}

Effects OnTick(State& state, Duration now) {
  Effects effects;
  Link& link = state.link;
  if (state.mode == Mode::kGo && now - state.mode_since >= kPrefix) state.mode = Mode::kBrowse;
  const bool sure = link.stream == Link::Stream::kOpen && !link.failed;
  const bool due = now - link.refreshed >= (sure ? kRefresh : kUnsure) ||
                   now - std::max(link.heard, link.refreshed) >= kQuiet;
  const bool changed = link.changed && now - *link.changed >= kBurst;
  if ((due && !link.pending.contains("now")) || changed) effects = Refresh(state, now);
  if (link.stream == Link::Stream::kOpen && now - link.heard >= kSilence) {
    effects.push_back({EffectKind::kCloseStream});
    link.stream = Link::Stream::kClosed;
    link.stream_due = now;
  }
  if (link.stream == Link::Stream::kClosed && now >= link.stream_due && !link.refused) {
    link.stream = Link::Stream::kOpening;
    effects.push_back({EffectKind::kOpenStream});
  }
  return effects;
}

Duration NextTick(const State& state, Duration now) {
  const Duration second = Duration::Seconds(1);
  const int64_t into = ServerNow(state, now).nanos() % second.nanos();
  Duration next = second - Duration::Nanos(into < 0 ? into + second.nanos() : into);
  if (state.link.changed)
    next = std::min(next, std::max(Duration(), *state.link.changed + kBurst - now));
  return next;
}

Effects OnAnswer(State& state, const std::string& tag, const Result<Json>& answer, Duration now) {
  if (tag == "command") {
    OnCommandAnswer(state, answer, now);
    return Refresh(state, now);
  }
  const bool again = state.link.pending[tag];
  state.link.pending.erase(tag);
  if (tag == "now") {
    answer ? TakeNow(state, *answer, now) : TakeFailure(state, answer.error());
  } else if (Json* const place = PlaceOf(state, tag); place != nullptr && answer) {
    *place = Cleaned(*answer);
  } else if (tag == "services" && answer.error().code == ErrorCode::kNotFound) {
    state.services = Json::MakeObject();  // This server runs none.
  } else if (tag == "incident" && answer.error().code == ErrorCode::kNotFound) {
    state.incident = Json::MakeObject().Set("unknown", state.incident_id);
  }
  return again ? Refresh(state, now) : Effects{};
}

Effects OnStream(State& state, const std::vector<http::StreamEvent>& events, Duration now) {
  Link& link = state.link;
  const bool opened = link.stream != Link::Stream::kOpen;
  link.stream = Link::Stream::kOpen;
  link.heard = now;
  for (const http::StreamEvent& event : events) {
    if (event.type == "beat") {
      if (const auto beat = Json::Parse(event.data))
        TakeTime(state, (*beat)["now"].as_string(), now);
    } else if (!link.changed) {
      link.changed = now;
    }
  }
  // Something may have changed while the stream was broken.
  return opened && link.failed ? Refresh(state, now) : Effects{};
}

Effects OnStreamEnd(State& state, Duration now) {
  const bool was_open = state.link.stream == Link::Stream::kOpen;
  state.link.stream = Link::Stream::kClosed;
  state.link.stream_due = now + kUnsure;
  // Is the server gone, or only its stream?
  return was_open ? Refresh(state, now) : Effects{};
}

}  // namespace hinomi::cli::top
