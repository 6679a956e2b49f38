#ifndef HINOMI_CLI_TOP_WORDS_H_
#define HINOMI_CLI_TOP_WORDS_H_

#include <string>
#include <string_view>

#include "cli/top/frame.h"
#include "cli/top/state.h"

/// Times, people and states in the reader's words, as the console has them.
namespace hinomi::cli::top {

/// "03:12:04" in the server's zone, or in UTC.
std::string ClockText(const State& state, Instant at);
/// "Tue 24 Nov 03:12:04 JST"
std::string FullTime(const State& state, Instant at);
/// Of an RFC 3339 text: with seconds today, else day and minute. "" if it is none.
std::string Exact(const State& state, const std::string& at, Duration now);
/// "14m 44s", "1h 12m"
std::string DurationText(const State& state, Duration length);
/// "15:16", "1:02:03"; never below zero.
std::string Countdown(Duration left);

/// "Sato (first on call); Tanaka"
std::string People(const State& state, const Json& contacts);
/// Who acknowledged or resolved: the document's title of a contact, else the name.
std::string Who(const Json& incident, const std::string& what);

/// A state: icon, word and tone, in that order of trust.
struct Look {
  std::string icon;
  std::string word;
  Style style;
  std::string text() const { return icon + " " + word; }
  Span span() const { return {text(), style}; }
};
Look SeverityLook(const State& state, const Json& incident);
Look IncidentLook(const State& state, const Json& incident);
Look AlarmLook(const State& state, const Json& alarm);
Look ServiceLook(const State& state, const Json& service);
Look PageLook(const State& state, const Json& page);
/// One rung of an incident's ladder.
Look StepLook(const State& state, const Json& incident, const Json& step, Duration now);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_WORDS_H_
