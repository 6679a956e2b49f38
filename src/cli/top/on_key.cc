#include "cli/top/on_key.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/top/commands.h"
#include "cli/top/jump.h"
#include "cli/top/live.h"

namespace hinomi::cli::top {
namespace {

using Kind = Key::Kind;

constexpr int kPage = 10;

Effects Show(State& state, Screen screen, Duration now) {
  if (screen == Screen::kIncident && state.screen != Screen::kIncident)
    state.before_incident = state.screen;
  state.screen = screen;
  return Refresh(state, now);
}

Effects OpenIncident(State& state, const std::string& id, Duration now) {
  if (state.incident_id != id) state.selected.erase(Screen::kIncident);
  state.incident_id = id;
  return Show(state, Screen::kIncident, now);
}

/// A row, or what an entry of the journal is about.
Effects OpenRow(State& state, const std::string& id, Duration now) {
  const size_t colon = id.find(':');
  const std::string kind = id.substr(0, colon);
  if (kind == "incident") return OpenIncident(state, id.substr(colon + 1), now);
  const Screen screen = kind == "alarm" ? Screen::kAlarms : Screen::kServices;
  if (kind != "alarm" && kind != "service") return {};
  state.selected[screen] = id;
  return Show(state, screen, now);
}

Effects OpenSelected(State& state, Duration now) {
  const std::vector<Row> rows = Rows(state);
  if (rows.empty()) return {};
  const Row& row = rows[SelectedRow(state, rows)];
  if (row.id.starts_with("entry:"))
    return OpenRow(state, std::string((*row.value)["subject"].as_string()), now);
  // An alarm in its list leads to the incident that it opened.
  if (row.id.starts_with("alarm:") && state.screen == Screen::kAlarms) {
    const Json* incident = Subject(state);
    return incident == nullptr ? Effects{}
                               : OpenIncident(state, (*incident)["id"].as_string(), now);
  }
  return OpenRow(state, row.id, now);
}

void Move(State& state, int by) {
  const std::vector<Row> rows = Rows(state);
  if (rows.empty()) return;
  const int last = static_cast<int>(rows.size()) - 1;
  const int at = static_cast<int>(SelectedRow(state, rows));
  state.selected[state.screen] = rows[static_cast<size_t>(std::clamp(at + by, 0, last))].id;
}

Effects Back(State& state, Duration now) {
  std::string& filter = state.filter[state.screen];
  if (!filter.empty()) {
    filter.clear();
    return {};
  }
  if (state.screen == Screen::kNow) return {};
  return Show(state, state.screen == Screen::kIncident ? state.before_incident : Screen::kNow, now);
}

void Enter(State& state, Mode mode, Duration now) {
  state.mode = mode;
  state.mode_since = now;
  state.editor = LineEditor(mode == Mode::kFilter ? state.filter[state.screen] : std::string());
}

Effects OnLetter(State& state, const std::string& letter, Duration now) {
  if (letter == "q") return {{Effect::Kind::kQuit}};
  if (letter == "a") return Begin(state, "acknowledge", now);
  if (letter == "r") return Begin(state, "resolve", now);
  if (letter == "e") return Begin(state, "escalate", now);
  if (letter == "n") return Begin(state, "note", now);
  if (letter == "j") Move(state, 1);
  if (letter == "k") Move(state, -1);
  if (letter == "u") state.utc = !state.utc;
  if (letter == "g") Enter(state, Mode::kGo, now);
  if (letter == "/") Enter(state, Mode::kFilter, now);
  if (letter == ":") Enter(state, Mode::kJump, now);
  if (letter == "?") Enter(state, Mode::kHelp, now);
  return {};
}

Effects Browse(State& state, const Key& key, Duration now) {
  constexpr int kFar = 1 << 20;
  switch (key.kind) {
    case Kind::kText:
      return OnLetter(state, key.text, now);
    case Kind::kEnter:
      return OpenSelected(state, now);
    case Kind::kEscape:
      return Back(state, now);
    case Kind::kUp:
    case Kind::kDown:
      Move(state, key.kind == Kind::kUp ? -1 : 1);
      return {};
    case Kind::kPageUp:
    case Kind::kPageDown:
      Move(state, key.kind == Kind::kPageUp ? -kPage : kPage);
      return {};
    case Kind::kHome:
    case Kind::kEnd:
      Move(state, key.kind == Kind::kHome ? -kFar : kFar);
      return {};
    default:
      return {};
  }
}

Effects Go(State& state, const Key& key, Duration now) {
  state.mode = Mode::kBrowse;
  const auto screen = key.kind == Kind::kText ? ScreenOfLetter(key.text) : std::nullopt;
  return screen ? Show(state, *screen, now) : Effects{};
}

Effects Jump(State& state, Duration now) {
  state.mode = Mode::kBrowse;
  const std::string wanted(Trim(state.editor.text()));
  if (wanted.empty()) return {};
  const std::vector<Place> places = PlacesLike(state, wanted);
  if (!places.empty()) {
    const Place& place = places.front();
    if (place.screen == Screen::kIncident) return OpenIncident(state, place.row, now);
    if (!place.row.empty()) {
      state.selected[place.screen] = place.row;
      state.filter[place.screen].clear();
    }
    return Show(state, place.screen, now);
  }
  // An incident that is not among the newest is still there.
  const std::string upper = ToUpperAscii(wanted);
  if (upper.starts_with("INC-") && ParseUint(upper.substr(4)))
    return OpenIncident(state, upper, now);
  // Of many alarms not all are here: the server looks.
  if (AlarmsLeftOut(state)) {
    state.filter[Screen::kAlarms] = wanted;
    return Show(state, Screen::kAlarms, now);
  }
  state.message = {text::Format(LanguageOf(state), "top.nothing_named", {{"name", wanted}}), true};
  return {};
}

/// A line is entered: Enter takes it, Esc leaves it.
Effects Edit(State& state, const Key& key, Duration now) {
  const Mode mode = state.mode;
  if (key.kind == Kind::kEscape) {
    if (mode == Mode::kFilter) state.filter[state.screen].clear();
    state.mode = Mode::kBrowse;
    return {};
  }
  if (key.kind == Kind::kEnter) {
    if (mode == Mode::kNote || mode == Mode::kReason) return OnTextEntered(state);
    if (mode == Mode::kJump) return Jump(state, now);
    state.mode = Mode::kBrowse;
    return {};
  }
  if (key.kind == Kind::kTab && mode == Mode::kJump) {
    const std::vector<Place> places = PlacesLike(state, state.editor.text());
    if (!places.empty()) state.editor = LineEditor(places.front().name);
    return {};
  }
  state.editor.Take(key);
  if (mode != Mode::kFilter) return {};
  state.filter[state.screen] = state.editor.text();
  // What is not here yet is asked for, once for several letters.
  if (state.screen == Screen::kAlarms && AlarmsLeftOut(state)) state.link.changed = now;
  return {};
}

Effects Confirm(State& state, const Key& key) {
  if (key.Is("y")) return OnConfirmed(state);
  const bool no = key.Is("n") || key.kind == Kind::kEscape;
  if (!no) return {};  // Neither: a slip must not decide.
  // The words are not lost: back to where they are written.
  state.mode = state.command.verb == "resolve" ? Mode::kReason : Mode::kBrowse;
  return {};
}

}  // namespace

Effects OnKey(State& state, const Key& key, Duration now) {
  if (key.IsControl("c")) return {{Effect::Kind::kQuit}};
  if (key.IsControl("z")) return {{Effect::Kind::kSuspend}};
  const bool told = state.message.has_value();
  // What failed stays until Esc: it may be the only trace.
  if (told && (!state.message->failed || key.kind == Kind::kEscape)) {
    const bool failed = state.message->failed;
    state.message.reset();
    if (failed && state.mode == Mode::kBrowse) return {};
  }
  switch (state.mode) {
    case Mode::kBrowse:
      return Browse(state, key, now);
    case Mode::kGo:
      return Go(state, key, now);
    case Mode::kHelp:
      state.mode = Mode::kBrowse;
      return {};
    case Mode::kConfirm:
      return Confirm(state, key);
    default:
      return Edit(state, key, now);
  }
}

}  // namespace hinomi::cli::top
