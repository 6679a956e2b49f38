#include "cli/top/commands.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/top/words.h"

namespace hinomi::cli::top {
namespace {

using text::Format;

/// Somebody who presses a key sooner has not read what it is about.
constexpr Duration kReaction = Duration::Millis(800);

void Say(State& state, std::string sentence) {
  state.message = {std::move(sentence), false};
}

/// The text that was kept of this command, if there is one.
std::vector<Command>::iterator Kept(State& state, const Command& command) {
  return std::ranges::find_if(state.kept, [&](const Command& kept) {
    return kept.incident == command.incident && kept.verb == command.verb;
  });
}

Effects Send(State& state, Command command) {
  const auto kept = Kept(state, command);
  // The same words under the same key: if they did arrive they are not written twice.
  if (kept != state.kept.end() && kept->text == command.text) command.key = kept->key;
  if (command.key.empty()) command.key = state.session + "-" + std::to_string(++state.commands);
  if (kept != state.kept.end()) state.kept.erase(kept);
  Json body = Json::MakeObject().Set("via", "cli");
  if (command.verb == "note") body.Set("text", command.text);
  if (command.verb == "resolve") body.Set("reason", command.text);
  std::string path = "incidents/" + UrlEncode(command.incident) + "/" + command.verb;
  if (state.language) path += "?lang=" + std::string(text::LanguageTag(*state.language));
  state.mode = Mode::kBrowse;
  Say(state, Format(LanguageOf(state), "top.sending"));
  Effect effect{Effect::Kind::kPost, "command", std::move(path), std::move(body), command.key};
  state.sending = std::move(command);
  return {std::move(effect)};
}

void Edit(State& state, Mode mode) {
  state.mode = mode;
  const auto kept = Kept(state, state.command);
  state.editor = LineEditor(kept == state.kept.end() ? std::string() : kept->text);
}

std::string NextLevel(const Json& incident) {
  return incident["next_step"]["level"].as_string();
}

std::string DoneSentence(const State& state, const Command& command, const Json& incident,
                         Duration now) {
  const text::Language language = LanguageOf(state);
  const std::string& id = command.incident;
  if (command.verb == "note") return Format(language, "top.noted", {{"id", id}});
  if (command.verb == "resolve") return Format(language, "top.resolved", {{"id", id}});
  if (command.verb == "escalate")
    return Format(language, "top.escalated", {{"id", id}, {"level", command.level}});
  const Json& next = incident["next_step"];
  if (!next.is_object()) return Format(language, "top.acknowledged", {{"id", id}});
  return Format(language, "top.acknowledged_next",
                {{"id", id},
                 {"level", NextLevel(incident)},
                 {"people", People(state, next["contacts"])},
                 {"time", Exact(state, next["due_at"].as_string(), now)}});
}

std::string FailureSentence(const State& state, const Command& command) {
  const text::Language language = LanguageOf(state);
  const auto say = [&](std::string_view key) {
    return Format(language, key, {{"id", command.incident}});
  };
  if (command.verb == "acknowledge") return say("action.acknowledge_failed");
  if (command.verb == "resolve") return say("action.resolve_failed");
  if (command.verb == "escalate") return say("action.escalate_failed");
  return say("action.note_failed");
}

bool IsUnreachable(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout;
}

}  // namespace

Effects Begin(State& state, const std::string& verb, Duration now) {
  const text::Language language = LanguageOf(state);
  const Json* incident = Subject(state);
  if (incident == nullptr) {
    Say(state, Format(language, "top.no_incident_here"));
    return {};
  }
  const std::string& id = (*incident)["id"].as_string();
  const std::string& stands = (*incident)["state"].as_string();
  if (!MayAct(state)) {
    Say(state, Format(language, "action.no_right"));
  } else if (state.sending) {
    Say(state, Format(language, "top.sending"));
  } else if (stands == "resolved" && verb != "note") {
    Say(state, Format(language, "top.already_resolved", {{"id", id}}));
  } else if (verb == "acknowledge" && stands == "acknowledged") {
    Say(state, Format(language, "top.already_acknowledged", {{"id", id}}));
  } else if (verb == "acknowledge" && now - state.subject_since < kReaction) {
    Say(state, Format(language, "top.just_changed", {{"id", id}}));
  } else if (verb == "escalate" && NextLevel(*incident).empty()) {
    Say(state, Format(language, "count.nobody_left"));
  } else {
    state.command = {verb, id, {}, NextLevel(*incident)};
    if (verb == "acknowledge") return Send(state, state.command);
    if (verb == "escalate") state.mode = Mode::kConfirm;
    if (verb == "note") Edit(state, Mode::kNote);
    if (verb == "resolve") Edit(state, Mode::kReason);
  }
  return {};
}

Effects OnTextEntered(State& state) {
  state.command.text = std::string(Trim(state.editor.text()));
  if (state.command.text.empty()) return {};  // Both need words; the prompt stays.
  if (state.mode == Mode::kNote) return Send(state, state.command);
  state.mode = Mode::kConfirm;
  return {};
}

Effects OnConfirmed(State& state) {
  const Json* incident = FindIncident(state, state.command.incident);
  const bool moved_on = state.command.verb == "escalate" &&
                        (incident == nullptr || NextLevel(*incident) != state.command.level);
  if (!moved_on) return Send(state, state.command);
  state.mode = Mode::kBrowse;
  state.message = {Format(LanguageOf(state), "top.moved_on", {{"level", state.command.level}}),
                   true};
  return {};
}

void OnCommandAnswer(State& state, const Result<Json>& answer, Duration now) {
  if (!state.sending) return;
  const Command command = *std::exchange(state.sending, std::nullopt);
  if (answer) {
    const Json incident = Cleaned((*answer)["incident"]);
    Say(state, DoneSentence(state, command, incident, now));
    if (state.screen == Screen::kIncident && incident.contains("timeline"))
      state.incident = incident;
    return;
  }
  const std::string why = IsUnreachable(answer.error().code)
                              ? Format(LanguageOf(state), "action.unreachable")
                              : Printable(answer.error().message);
  std::string sentence = FailureSentence(state, command) + " " + why;
  if (!command.text.empty()) {
    sentence += " " + Format(LanguageOf(state),
                             command.verb == "note" ? "top.note_kept" : "top.reason_kept");
    state.kept.push_back(command);
  }
  state.message = {std::move(sentence), true};
}

}  // namespace hinomi::cli::top
