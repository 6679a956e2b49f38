#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"
#include "cli/top/bars.h"
#include "cli/top/jump.h"
#include "cli/top/words.h"

namespace hinomi::cli::top {
namespace {

struct KeyRow {
  std::string_view keys;
  std::string_view label;
};
constexpr KeyRow kAllKeys[] = {
    {"g n", "nav.now"},          {"g a", "nav.alarms"},
    {"g i", "nav.incidents"},    {"g s", "top.services"},
    {"g j", "nav.journal"},      {"j k", "top.key_rows"},
    {"Enter", "top.key_open"},   {"a", "action.acknowledge_key"},
    {"r", "action.resolve_key"}, {"e", "action.escalate_key"},
    {"n", "action.note_key"},    {"/", "top.key_filter"},
    {":", "top.key_jump"},       {"u", "key.utc"},
    {"?", "key.help"},           {"Esc", "top.key_back"},
    {"q", "top.key_quit"},
};

/// Those of this moment, the most needed last: what does not fit is left out
/// before them.
std::vector<KeyRow> KeysNow(const Canvas& c) {
  std::vector<KeyRow> keys;
  const Json* subject = Subject(c.state);
  if (subject != nullptr && MayAct(c.state)) {
    const std::string& state = (*subject)["state"].as_string();
    if (state == "triggered") keys.push_back({"a", "action.acknowledge_key"});
    if (state != "resolved") keys.push_back({"r", "action.resolve_key"});
    if (state != "resolved" && (*subject)["next_step"].is_object())
      keys.push_back({"e", "action.escalate_key"});
    keys.push_back({"n", "action.note_key"});
  }
  keys.push_back({"/", "top.key_filter"});
  keys.push_back({":", "top.key_jump"});
  return keys;
}

void AddKey(Line& line, const std::string& key, const std::string& label) {
  line.push_back({key, kBold});
  line.push_back({" " + label + "  ", kDim});
}

Line KeyBar(const Canvas& c) {
  Line end;
  AddKey(end, "?", c.Say("key.help"));
  AddKey(end, "q", c.Say("top.key_quit"));
  const size_t room = c.columns - std::min(c.columns, WidthOf(end));
  Line line;
  for (const KeyRow& key : KeysNow(c)) {
    Line longer = line;
    AddKey(longer, std::string(key.keys), c.Say(key.label));
    if (WidthOf(longer) <= room) line = std::move(longer);
  }
  line.insert(line.end(), end.begin(), end.end());
  return Clip(line, c.columns);
}

/// A line of text with the cursor in view.
void AddEditor(const Canvas& c, Bottom& bottom, const std::string& prompt) {
  const LineEditor& editor = c.state.editor;
  const size_t room = c.columns - std::min(c.columns - 1, DisplayWidth(prompt) + 1);
  std::string_view text = editor.text();
  size_t cursor = editor.cursor();
  while (DisplayWidth(text.substr(0, cursor)) >= room) {
    const size_t first = FirstCharacter(text);
    text.remove_prefix(first);
    cursor -= first;
  }
  bottom.cursor = {bottom.lines.size(),
                   DisplayWidth(prompt) + DisplayWidth(text.substr(0, cursor))};
  bottom.lines.push_back(
      {{prompt, kBold}, {std::string(text.substr(0, PrefixWithin(text, room)))}});
}

void AddResolve(const Canvas& c, Lines& lines) {
  const Command& command = c.state.command;
  lines.push_back({{Clip(c.Say("resolve.title", {{"id", command.incident}}), c.columns), kBold}});
  c.Add(lines, c.Say("resolve.effect"));
  const Json* incident = FindIncident(c.state, command.incident);
  if (incident != nullptr && IsFiring(c.state, *incident))
    c.Add(lines, c.Say("resolve.still_firing", {{"alarm", (*incident)["alarm"].as_string()}}),
          {Tone::kWarning, true});
}

void AddConfirm(const Canvas& c, Lines& lines) {
  const Command& command = c.state.command;
  if (command.verb == "resolve") {
    AddResolve(c, lines);
    c.Add(lines, c.Say("resolve.reason") + " " + command.text);
  } else {
    const Json* incident = FindIncident(c.state, command.incident);
    const Json contacts = incident == nullptr ? Json() : (*incident)["next_step"]["contacts"];
    const std::string people = People(c.state, contacts);
    lines.push_back(
        {{Clip(command.incident + "  " + c.Say("escalate.title", {{"level", command.level}}),
               c.columns),
          kBold}});
    c.Add(lines, c.Say("escalate.effect", {{"people", people}}));
  }
  lines.push_back({{Clip(c.Say("top.yes_no"), c.columns), {Tone::kPlain, true, true}}});
}

void AddPlaces(const Canvas& c, Lines& lines) {
  std::string names;
  for (const Place& place : PlacesLike(c.state, c.state.editor.text())) {
    if (DisplayWidth(names) > c.columns) break;
    names += place.name + "  ";
  }
  lines.push_back({{Clip(names, c.columns), kDim}});
}

/// What the mode asks, instead of the keys.
void AddPrompt(const Canvas& c, Bottom& bottom) {
  Lines& lines = bottom.lines;
  switch (c.state.mode) {
    case Mode::kFilter:
      return AddEditor(c, bottom, "/");
    case Mode::kJump:
      AddPlaces(c, lines);
      return AddEditor(c, bottom, ":");
    case Mode::kNote:
      lines.push_back(
          {{Clip(c.Say("note.title", {{"id", c.state.command.incident}}), c.columns), kBold}});
      c.Add(lines, c.Say("note.text") + "  " + c.Say("top.editor_keys"), kDim);
      return AddEditor(c, bottom, "> ");
    case Mode::kReason:
      AddResolve(c, lines);
      c.Add(lines, c.Say("resolve.reason") + "  " + c.Say("top.editor_keys"), kDim);
      return AddEditor(c, bottom, "> ");
    case Mode::kConfirm:
      return AddConfirm(c, lines);
    case Mode::kGo: {
      Line line{{"g ", kBold}};
      for (const std::string letter : {"n", "a", "i", "s", "j"})
        AddKey(line, letter, ScreenName(LanguageOf(c.state), *ScreenOfLetter(letter)));
      lines.push_back(Clip(line, c.columns));
      return;
    }
    case Mode::kBrowse:
    case Mode::kHelp:
      lines.push_back(KeyBar(c));
      return;
  }
}

}  // namespace

Bottom BottomBar(const Canvas& c) {
  Bottom bottom;
  if (c.state.message)
    c.Add(bottom.lines, c.state.message->text,
          c.state.message->failed ? Style{Tone::kCritical, true} : kBold);
  for (const Command& kept : c.state.kept)
    if (c.state.mode == Mode::kBrowse && !c.state.message)
      c.Add(bottom.lines, c.Say("top.not_written_yet", {{"id", kept.incident}}),
            {Tone::kWarning, true});
  const auto filter = c.state.filter.find(c.state.screen);
  if (c.state.mode == Mode::kBrowse && filter != c.state.filter.end() && !filter->second.empty())
    c.Add(bottom.lines, c.Say("top.filtered", {{"text", filter->second}}), kDim);
  AddPrompt(c, bottom);
  return bottom;
}

Lines HelpLines(const Canvas& c) {
  Lines lines{{{c.Say("key.title"), kBold}}, {}};
  const size_t half = std::size(kAllKeys) / 2 + 1;
  const bool two = c.columns >= 70;
  for (size_t i = 0; i < (two ? half : std::size(kAllKeys)); ++i) {
    Line line;
    for (size_t k = i; k < std::size(kAllKeys); k += half) {
      line.push_back({"  " + Fit(kAllKeys[k].keys, 7), kBold});
      line.push_back({Fit(c.Say(kAllKeys[k].label), 28)});
      if (!two) break;
    }
    lines.push_back(Clip(line, c.columns));
  }
  return lines;
}

}  // namespace hinomi::cli::top
