#include "cli/top/view.h"

#include <algorithm>

#include "cli/top/bars.h"
#include "cli/top/body.h"

namespace hinomi::cli::top {
namespace {

constexpr int kRoomy = 20;  // Rows from which one below the bar is to be had,
constexpr int kAiry = 30;   // and one above each heading.
constexpr size_t kLeastList = 3;

Body BodyOf(const Canvas& canvas) {
  const State& state = canvas.state;
  Body body;
  if (!state.link.answered) {
    const std::string n = std::to_string(state.link.tries);
    canvas.Add(body.head, state.link.failed && !state.link.refused
                              ? canvas.Say("loading.no_answer", {{"n", n}})
                              : canvas.Say("loading.wait"));
    if (!state.link.why.empty()) canvas.Add(body.head, state.link.why, kDim);
    return body;
  }
  switch (state.screen) {
    case Screen::kNow:
      return NowBody(canvas);
    case Screen::kAlarms:
      return AlarmsBody(canvas);
    case Screen::kIncidents:
      return IncidentsBody(canvas);
    case Screen::kIncident:
      return IncidentBody(canvas);
    case Screen::kServices:
      return ServicesBody(canvas);
    case Screen::kJournal:
      return JournalBody(canvas);
  }
  return body;
}

void Append(Lines& lines, const Lines& more, size_t most) {
  const size_t count = std::min(more.size(), most);
  lines.insert(lines.end(), more.begin(), more.begin() + static_cast<ptrdiff_t>(count));
}

/// The part of the list that fits, with the selected line in it.
Lines Window(const Body& body, size_t rows) {
  if (rows == 0) return {};
  const size_t selected = body.selected.value_or(0);
  const size_t most_first = body.list.size() > rows ? body.list.size() - rows : 0;
  const size_t first = selected < rows ? 0 : std::min(most_first, selected + 1 - rows);
  Lines lines;
  for (size_t i = first; i < body.list.size() && lines.size() < rows; ++i)
    lines.push_back(body.list[i]);
  return lines;
}

/// The body in exactly `rows` lines: the list gets at least a few of them.
Lines Arrange(const Body& body, size_t rows) {
  const size_t least = std::min({kLeastList, body.list.size(), rows});
  Lines lines;
  Append(lines, body.head, rows - least);
  const size_t foot = std::min(body.foot.size(), rows - lines.size() - least);
  const Lines list = Window(body, rows - lines.size() - foot);
  lines.insert(lines.end(), list.begin(), list.end());
  lines.resize(rows - foot);
  Append(lines, body.foot, foot);
  return lines;
}

}  // namespace

Frame Render(const State& state, TerminalSize size, Duration now) {
  const Canvas canvas{state, static_cast<size_t>(std::max(size.columns, 2)), now,
                      size.rows >= kAiry};
  const auto rows = static_cast<size_t>(std::max(size.rows, 1));
  const Bottom bottom = BottomBar(canvas);
  Frame frame;
  frame.lines.push_back(TopBar(canvas));
  Append(frame.lines, Banners(canvas), rows / 3);
  if (size.rows >= kRoomy) frame.lines.emplace_back();
  const size_t above = frame.lines.size();
  const size_t below = std::min(bottom.lines.size(), rows - std::min(rows, above));
  const size_t middle = rows - std::min(rows, above + below);
  if (state.mode == Mode::kHelp) {
    Append(frame.lines, HelpLines(canvas), middle);
  } else {
    const Lines body = Arrange(BodyOf(canvas), middle);
    frame.lines.insert(frame.lines.end(), body.begin(), body.end());
  }
  frame.lines.resize(rows - below);
  // Of a bottom that does not fit, its end is what is asked.
  const size_t skipped = bottom.lines.size() - below;
  frame.lines.insert(frame.lines.end(), bottom.lines.begin() + static_cast<ptrdiff_t>(skipped),
                     bottom.lines.end());
  if (bottom.cursor && bottom.cursor->row >= skipped)
    frame.cursor = Cursor{rows - below + bottom.cursor->row - skipped, bottom.cursor->column};
  for (Line& line : frame.lines) line = Clip(line, canvas.columns);
  return frame;
}

Frame RenderOnce(const State& state, int columns, Duration now) {
  const Canvas canvas{state, static_cast<size_t>(std::max(columns, 20)), now};
  Frame frame;
  frame.lines.push_back(TopBar(canvas));
  for (const Lines& part : {Banners(canvas), Lines{{}}}) Append(frame.lines, part, part.size());
  const Body body = NowBody(canvas);
  Append(frame.lines, body.head, body.head.size());
  Append(frame.lines, body.list, body.list.size());
  return frame;
}

bool AllIsWell(const State& state) {
  const auto& alarms = state.now["alarms"].as_array();
  const bool firing = std::ranges::any_of(alarms, [](const Json& alarm) {
    return alarm["state"].as_string() == "ALARM" && !alarm["observing"].as_bool();
  });
  return !firing && AreServicesWell(state) && state.now["incidents"].as_array().empty();
}

}  // namespace hinomi::cli::top
