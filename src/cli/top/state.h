#ifndef HINOMI_CLI_TOP_STATE_H_
#define HINOMI_CLI_TOP_STATE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "cli/top/line_editor.h"
#include "text/catalogue.h"

/// `hinomi top`: a pure core (this state, `live.h`, `commands.h`, `view.h`) in
/// a thin shell (`top.h`). No file here but the shell's does I/O or reads a
/// clock; `now` is always the monotonic time.
namespace hinomi::cli::top {

enum class Screen { kNow, kAlarms, kIncidents, kIncident, kServices, kJournal };

/// What keys mean at the moment.
enum class Mode {
  kBrowse,
  kGo,  ///< After `g`: the next letter names a screen.
  kHelp,
  kFilter,
  kJump,
  kNote,
  kReason,  ///< Why an incident is resolved.
  kConfirm,
};

/// Something that changes the world, and what it needs.
struct Command {
  std::string verb;  ///< acknowledge, resolve, escalate, note
  std::string incident;
  std::string text = {};   ///< Of the note or the reason.
  std::string level = {};  ///< That escalating calls, as the person was told.
  std::string key = {};    ///< Makes a second sending of the same do nothing.
};

/// What the shell is to do.
struct Effect {
  enum class Kind { kGet, kPost, kOpenStream, kCloseStream, kSuspend, kQuit } kind;
  std::string tag = {};  ///< Comes back with the answer.
  std::string path = {};
  Json body = {};
  std::string key = {};
};
using Effects = std::vector<Effect>;

/// A sentence for the reader that stays until the next key, or until Esc.
struct Message {
  std::string text;
  bool failed = false;
};

/// How it stands with the server.
struct Link {
  enum class Stream { kClosed, kOpening, kOpen } stream = Stream::kClosed;
  bool answered = false;  ///< At least once.
  bool failed = false;    ///< The last question was not answered.
  bool refused = false;   ///< The answer was: you may not.
  std::string why;        ///< In the server's words, or of who could not reach it.
  int tries = 0;
  Duration heard;                       ///< Last sign of life.
  Duration refreshed;                   ///< Last time that values were asked for.
  Duration stream_due;                  ///< Not opened again before.
  Instant values_of;                    ///< Server time of the values that are shown.
  std::optional<Duration> changed;      ///< First change that was not asked for yet.
  std::map<std::string, bool> pending;  ///< By tag; true: ask again afterwards.
};

struct State {
  std::optional<text::Language> language;  ///< Nothing: as the server has it.
  bool utc = false;
  std::string session;  ///< Unpredictable; begins the keys of commands.
  int commands = 0;

  // What the server said, cleaned; null until it did.
  Json now, alarms, services, incidents, journal, incident;
  Instant server_time;  ///< At the monotonic time `read_at`.
  Duration read_at;
  Link link;

  Screen screen = Screen::kNow;
  Screen before_incident = Screen::kIncidents;  ///< Where Esc leads from one.
  std::string incident_id;                      ///< Of Screen::kIncident.
  std::map<Screen, std::string> selected;       ///< Row by its id.
  std::map<Screen, std::string> filter;

  Mode mode = Mode::kBrowse;
  Duration mode_since;
  LineEditor editor;
  Command command;         ///< That is entered or confirmed.
  Duration subject_since;  ///< Since when another incident is shown than before.
  std::optional<Command> sending;
  std::vector<Command> kept;  ///< Texts that could not be sent: offered again.
  std::optional<Message> message;
};

/// One thing in a list; `id` is "incident:INC-7", "alarm:NAME", "service:NAME",
/// "entry:SEQUENCE", "page:PG-7".
struct Row {
  std::string id;
  const Json* value = nullptr;
};

text::Language LanguageOf(const State& state);
/// The server's time: the clock of this terminal may be wrong.
Instant ServerNow(const State& state, Duration now);
/// Nothing was heard for so long that what is shown may be wrong.
bool IsStale(const State& state, Duration now);
bool MayAct(const State& state);

/// Open ones, those that need a person most first.
std::vector<const Json*> OpenIncidents(const State& state);
const Json* FindIncident(const State& state, const std::string& id);
const Json* FindAlarm(const State& state, const std::string& name);
bool IsFiring(const State& state, const Json& incident);
/// Healthy as many as wanted, and reachable through its balancer.
bool IsWell(const Json& service);
bool AreServicesWell(const State& state);

/// How many are in that state, of all that there are.
int64_t CountAlarms(const State& state, const char* alarm_state);
/// There are more than one answer holds.
bool AlarmsLeftOut(const State& state);

/// What the present screen lists, filtered.
std::vector<Row> Rows(const State& state);
/// Index of the selected one; 0 if none is.
size_t SelectedRow(const State& state, const std::vector<Row>& rows);
/// The incident that a command is about; null where there is none.
const Json* Subject(const State& state);

/// All strings fit for a terminal, names of members too.
Json Cleaned(const Json& value);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_STATE_H_
