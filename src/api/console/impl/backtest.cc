#include "api/console/impl/backtest.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "policy/find.h"

namespace hinomi::api::impl {
namespace {

constexpr Duration kDefaultLength = Duration::Days(7);
/// Of one backtest: it holds a worker, for which a server that stops waits.
constexpr Duration kLongest = Duration::Minutes(2);
/// An alarm that comes this much later or earlier is still about the same incident.
constexpr Duration kAround = Duration::Minutes(15);

Result<Instant> TimeOf(const Json& body, std::string_view name, Instant fallback) {
  if (!body.contains(name)) return fallback;
  if (!body[name].is_string()) return InvalidArgument(std::string(name) + " must be a time");
  Result<Instant> time = ParseRfc3339(body[name].as_string());
  if (!time) return std::move(time).error().WithContext(name);
  return time;
}

/// Only the alarm of that name, with those that it is made of.
Result<policy::OpsFolder> Chosen(const policy::OpsFolder& folder, const std::string& name) {
  policy::OpsFolder chosen = folder;
  if (name.empty()) return chosen;
  std::set<std::string> wanted, open = {name};
  while (!open.empty()) {
    const std::string next = open.extract(open.begin()).value();
    if (!wanted.insert(next).second) continue;
    for (const policy::AlarmDocument& alarm : folder.alarms) {
      if (alarm.name != next) continue;
      if (alarm.parsed_rule != nullptr) open.merge(policy::AlarmsOf(*alarm.parsed_rule));
      if (!alarm.suppressor.alarm.empty()) open.insert(alarm.suppressor.alarm);
    }
  }
  std::erase_if(chosen.alarms, [&wanted](const policy::AlarmDocument& alarm) {
    return !wanted.contains(alarm.name);
  });
  if (std::ranges::find(chosen.alarms, name, &policy::AlarmDocument::name) == chosen.alarms.end())
    return NotFound(policy::NoSuchAlarm(folder, name));
  policy::IndexAlarms(chosen);
  return chosen;
}

/// As if the alarm's threshold were the one in the body.
Status TakeThreshold(policy::OpsFolder& folder, const std::string& name, const Json& body) {
  if (!body.contains("threshold")) return {};
  if (!body["threshold"].is_number()) return InvalidArgument("threshold must be a number");
  if (name.empty()) return InvalidArgument("a threshold is tried for one alarm: name it as alarm");
  auto& alarm = *std::ranges::find(folder.alarms, name, &policy::AlarmDocument::name);
  if (!alarm.reads_points() || alarm.has_band())
    return InvalidArgument("\"" + name +
                           "\" has no threshold: it is decided by an expression, a rule or a band");
  alarm.threshold = body["threshold"].as_double();
  return {};
}

Json MovesOf(const control::BacktestRun& run) {
  Json moves = Json::MakeArray();
  for (const control::BacktestMove& move : run.moves) {
    if (moves.as_array().size() == kMostBacktestRows) break;
    const ops_model::AlarmTransitioned& moved = move.moved;
    moves.Append(Json::MakeObject()
                     .Set("at", FormatRfc3339(move.at))
                     .Set("alarm", moved.alarm)
                     .Set("contributor", move.contributor)
                     .Set("from", ops_model::AlarmStateName(moved.from))
                     .Set("to", ops_model::AlarmStateName(moved.to))
                     .Set("action", moved.acts() ? moved.action : "")
                     .Set("held_by", moved.held_by)
                     .Set("reason", moved.reason));
  }
  return moves;
}

bool Overlap(const control::BacktestIncident& would, const incidents::Incident& real, Instant to) {
  const Instant real_end = real.is_open() ? to : real.resolved_at;
  const Instant would_end = would.resolved_at == Instant() ? to : would.resolved_at;
  return would.opened_at <= real_end + kAround && real.opened_at <= would_end + kAround;
}

/// What really happened beside what the alarms would have said.
class Comparison {
 public:
  Comparison(const control::BacktestRun& run, const incidents::State& state, Instant from,
             Instant to) {
    for (const auto& [name, incident] : state.open) Take(incident, from, to);
    for (const incidents::Incident& incident : state.resolved) Take(incident, from, to);
    std::ranges::sort(real_, {}, [](const auto* incident) { return incident->opened_at; });
    for (const incidents::Incident* real : real_) {
      const bool hit = std::ranges::any_of(
          run.incidents, [&](const auto& would) { return Overlap(would, *real, to); });
      (hit ? hits_ : misses_) += 1;
      incidents_.Append(Json::MakeObject()
                            .Set("incident", real->opened.incident)
                            .Set("opened_at", FormatRfc3339(real->opened_at))
                            .Set("alarm", real->opened.alarm)
                            .Set("title", real->opened.title)
                            .Set("hit", hit));
    }
    for (const control::BacktestIncident& would : run.incidents) {
      const bool founded =
          std::ranges::any_of(real_, [&](const auto* real) { return Overlap(would, *real, to); });
      if (!founded) ++without_incident_;
    }
  }
  Json Answer() && {
    return Json::MakeObject()
        .Set("hits", hits_)
        .Set("misses", misses_)
        .Set("without_incident", without_incident_)
        .Set("incidents", std::move(incidents_));
  }

 private:
  void Take(const incidents::Incident& incident, Instant from, Instant to) {
    if (incident.opened.is_test()) return;
    const bool over = !incident.is_open() && incident.resolved_at < from;
    if (!over && incident.opened_at <= to) real_.push_back(&incident);
  }

  std::vector<const incidents::Incident*> real_;
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  uint64_t without_incident_ = 0;
  Json incidents_ = Json::MakeArray();
};

Json StatesOf(const control::BacktestSum& sum) {
  Json states = Json::MakeArray();
  for (const control::BacktestState& state : sum.states) {
    if (states.as_array().size() == kMostBacktestRows) break;
    states.Append(Json::MakeObject()
                      .Set("at", FormatRfc3339(state.at))
                      .Set("state", ops_model::AlarmStateName(state.state)));
  }
  return states;
}

Json SumsOf(const policy::OpsFolder& folder, const control::BacktestRun& run) {
  Json alarms = Json::MakeArray();
  for (const policy::AlarmDocument& alarm : folder.alarms) {
    const control::BacktestSum& sum = run.alarms.at(alarm.name);
    alarms.Append(Json::MakeObject()
                      .Set("name", alarm.name)
                      .Set("evaluations", sum.evaluations)
                      .Set("states", StatesOf(sum))
                      .Set("states_total", sum.states.size())
                      .Set("in_alarm_seconds", sum.in_alarm.seconds())
                      .Set("incidents", sum.incidents)
                      .Set("threshold", alarm.reads_points() && !alarm.has_band()
                                            ? Json(alarm.threshold)
                                            : Json())
                      .Set("quiet_threshold", sum.threshold ? Json(*sum.threshold) : Json()));
  }
  return alarms;
}

}  // namespace

Result<std::shared_ptr<const policy::OpsFolder>> FolderToTry(const ConsoleContext& context,
                                                             const Picture& picture,
                                                             const Json& body) {
  if (!body.contains("alarms_yml")) return picture.policy;
  if (!body["alarms_yml"].is_string()) return InvalidArgument("alarms_yml must be a text");
  if (context.folder == nullptr)
    return InvalidArgument("this server runs without an ops folder: it has no routes for alarms");
  HN_TRY(const auto loaded,
         context.folder->TryWith({{"alarms.yml", body["alarms_yml"].as_string()}}));
  if (loaded.folder) return loaded.folder;
  std::string mistakes;
  for (const policy::Finding& finding : loaded.findings)
    if (finding.level == policy::Finding::Level::kMistake)
      mistakes += (mistakes.empty() ? "" : "\n") + policy::FormatFinding(finding);
  return InvalidArgument(mistakes);
}

Result<Json> Backtest(const ConsoleContext& context, const http::Request& request) {
  if (!context.history) return Unavailable("this server keeps no metrics");
  HN_TRY(const Json body, BodyOf(request));
  const auto picture = context.picture();
  control::BacktestOptions options;
  HN_TRY(options.to, TimeOf(body, "to", context.clock.Now()));
  HN_TRY(options.from, TimeOf(body, "from", options.to - kDefaultLength));
  if (options.to > context.clock.Now()) return InvalidArgument("to lies in the future");
  if (body.contains("incidents_a_week")) {
    if (!body["incidents_a_week"].is_number() || body["incidents_a_week"].as_double() < 0)
      return InvalidArgument("incidents_a_week must be a number from 0");
    options.incidents_a_week = body["incidents_a_week"].as_double();
  }
  HN_TRY(const auto whole, FolderToTry(context, *picture, body));
  const std::string name = body["alarm"].is_string() ? body["alarm"].as_string() : "";
  HN_TRY(policy::OpsFolder folder, Chosen(*whole, name));
  HN_TRY_VOID(TakeThreshold(folder, name, body));
  control::BacktestSource source = context.history();
  source.go_on = [&clock = context.clock, end = context.clock.Monotonic() + kLongest]() -> Status {
    if (clock.Monotonic() < end) return {};
    return Error{ErrorCode::kTimeout, "a backtest takes " + FormatDuration(kLongest) +
                                          " at most; take a shorter time, or one alarm"};
  };
  HN_TRY(const control::BacktestRun run, control::Backtest(folder, source, options));
  Json incidents = Json::MakeArray();
  for (const control::BacktestIncident& incident : run.incidents) {
    if (incidents.as_array().size() == kMostBacktestRows) break;
    incidents.Append(Json::MakeObject()
                         .Set("opened_at", FormatRfc3339(incident.opened_at))
                         .Set("resolved_at", TimeOrNull(incident.resolved_at))
                         .Set("alarm", incident.alarm)
                         .Set("severity", ops_model::SeverityName(incident.severity)));
  }
  return Json::MakeObject()
      .Set("from", FormatRfc3339(options.from))
      .Set("to", FormatRfc3339(options.to))
      .Set("alarms", SumsOf(folder, run))
      .Set("transitions", MovesOf(run))
      .Set("transitions_total", run.moves.size())
      .Set("incidents", std::move(incidents))
      .Set("incidents_total", run.incidents.size())
      .Set("compared",
           Comparison(run, picture->world.incidents, options.from, options.to).Answer());
}

}  // namespace hinomi::api::impl
