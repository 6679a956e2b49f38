#ifndef HINOMI_CLI_TOP_BODY_H_
#define HINOMI_CLI_TOP_BODY_H_

#include <optional>

#include "cli/top/frame.h"
#include "cli/top/state.h"

namespace hinomi::cli::top {

/// What a screen shows between bar and keys. `head` stands still, `list`
/// scrolls so that `selected` is seen, `foot` stands below it.
struct Body {
  Lines head;
  Lines list;
  std::optional<size_t> selected;  ///< Line of `list`.
  Lines foot;
};

/// What the bodies are written with.
struct Canvas {
  const State& state;
  size_t columns;
  Duration now;
  bool airy = true;  ///< There is room for blank rows.

  std::string Say(std::string_view key, text::Arguments arguments = {}) const;
  /// Wrapped, each line behind `indent` blanks.
  void Add(Lines& lines, std::string_view text, Style style = {}, size_t indent = 0) const;
  void AddHeading(Lines& lines, std::string_view key) const;
  bool narrow() const { return columns < 60; }
  /// A row of a list, marked if it is the selected one.
  Line Item(bool selected, Line line) const;
};

Body NowBody(const Canvas& canvas);
Body IncidentBody(const Canvas& canvas);
Body AlarmsBody(const Canvas& canvas);
Body IncidentsBody(const Canvas& canvas);
Body ServicesBody(const Canvas& canvas);
Body JournalBody(const Canvas& canvas);

/// The fault as one sentence, who has it, the countdown and the ladder.
void AddHeadline(const Canvas& canvas, Lines& lines, const Json& incident);

/// Rows of lists; `names` is how many columns the names of the list take.
using LineOf = Line (*)(const Canvas& canvas, const Json& value, size_t names);
Line EntryLine(const Canvas& canvas, const Json& entry, size_t names = 0);
Line AlarmLine(const Canvas& canvas, const Json& alarm, size_t names);
Line IncidentLine(const Canvas& canvas, const Json& incident, size_t names);
Line ServiceLine(const Canvas& canvas, const Json& service, size_t names);

/// The rows whose id begins with `kind`, aligned; how many there were.
size_t AddRows(const Canvas& canvas, Body& body, std::string_view kind, LineOf line);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_BODY_H_
