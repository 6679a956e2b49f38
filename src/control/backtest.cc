#include "control/backtest.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <set>
#include <utility>

#include "alarms/alarms.h"
#include "alarms/evaluator.h"
#include "alarms/schedule.h"
#include "incidents/incidents.h"
#include "policy/find.h"

namespace hinomi::control {
namespace {

using ops_model::AlarmContributorMoved;
using ops_model::AlarmEvaluation;
using ops_model::AlarmState;
using ops_model::AlarmTransitioned;
using ops_model::Datapoint;
using ops_model::Event;
using ops_model::EventBody;
using ops_model::EventInput;
using ops_model::IncidentOpened;
using ops_model::IncidentResolved;

/// One look at an alarm, with what there was to see.
struct Look {
  Instant at;
  size_t alarm;
  std::vector<Datapoint> points;
  /// Of a PromQL alarm, instead; nothing where the evaluation failed.
  std::optional<ops_model::AlertObservation> seen = std::nullopt;
};

AlarmTransitioned TransitionOf(const AlarmContributorMoved& moved) {
  AlarmTransitioned transition;
  transition.alarm = moved.alarm;
  transition.from = moved.from;
  transition.to = moved.to;
  transition.reason = moved.reason;
  transition.reason_code = moved.reason_code;
  transition.action = moved.action;
  transition.observing = moved.observing;
  transition.held_by = moved.held_by;
  transition.held_until = moved.held_until;
  return transition;
}

/// The instants at which an alarm is looked at between, as the schedule has them.
std::vector<Instant> InstantsOf(const policy::AlarmDocument& alarm,
                                const std::vector<Instant>& samples,
                                const BacktestOptions& options) {
  std::vector<Instant> instants;
  for (Instant t = alarms::Schedule::NextOnGrid(alarm, options.from - Duration::Nanos(1));
       t <= options.to; t = alarms::Schedule::NextOnGrid(alarm, t))
    instants.push_back(t);
  // Samples that come together are one look, as of the newest of them.
  const Duration together = alarms::Schedule::Waits().after_data;
  for (size_t i = 0; i < samples.size();) {
    const Instant first = samples[i];
    while (i + 1 < samples.size() && samples[i + 1] - first < together) ++i;
    const Instant at = alarms::Schedule::AsOf(samples[i++]);
    if (at >= options.from && at <= options.to) instants.push_back(at);
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  return instants;
}

Duration InAlarm(const std::vector<BacktestState>& states, Instant end) {
  Duration sum;
  for (size_t i = 0; i < states.size(); ++i)
    if (states[i].state == AlarmState::kAlarm)
      sum = sum + ((i + 1 < states.size() ? states[i + 1].at : end) - states[i].at);
  return sum;
}

/// The machines of alarms and incidents in a world of their own.
class Replay {
 public:
  Replay(const policy::OpsFolder& folder, const BacktestSource& source)
      : folder_(folder), source_(source) {}

  void Begin(Instant at) {
    ops_model::OpsLoaded loaded;
    for (const policy::AlarmDocument& alarm : folder_.alarms) {
      loaded.alarms.push_back(alarm.name);
      if (alarm.is_promql()) loaded.promql_alarms.push_back(alarm.name);
    }
    loaded.digest = folder_.digest;
    Fold({EventBody(std::move(loaded))}, at);
  }

  /// Timers that are due on the way go off.
  void GoTo(Instant t) {
    for (auto next = alarms::NextWakeup(alarms_); next && *next <= t;) {
      const Instant due = *next;
      Fold(alarms::Decide(alarms_, ops_model::TimerInput{}, due, folder_).events, due);
      next = alarms::NextWakeup(alarms_);
      if (next && *next <= due) break;
    }
  }

  void Take(const Look& look, Instant at) {
    GoTo(at);
    const policy::AlarmDocument& alarm = folder_.alarms[look.alarm];
    if (look.seen) Fold(alarms::Decide(alarms_, *look.seen, at, folder_).events, at);
    if (!alarm.reads_points()) return;
    const alarms::Verdict verdict = alarms::Evaluate(alarm, look.points);
    const auto known = alarms_.alarms.find(alarm.name);
    if (!verdict.state || (known != alarms_.alarms.end() && known->second.state == *verdict.state))
      return;
    AlarmEvaluation evaluation{alarm.name, look.points};
    if (verdict.reason_code == "no_band" && source_.no_band)
      evaluation.no_band = source_.no_band(alarm, look.at);
    Fold(alarms::Decide(alarms_, evaluation, at, folder_).events, at);
  }

  /// From here on it counts.
  void Count(Instant from) {
    run_ = BacktestRun();
    for (const auto& [name, status] : alarms_.alarms)
      run_.alarms[name].states.push_back({from, status.state});
    open_.clear();
  }

  BacktestRun End(Instant at) {
    for (auto& [name, sum] : run_.alarms) sum.in_alarm = InAlarm(sum.states, at);
    return std::move(run_);
  }

 private:
  void Fold(std::vector<EventBody> bodies, Instant at) {
    std::deque<EventBody> waiting(std::make_move_iterator(bodies.begin()),
                                  std::make_move_iterator(bodies.end()));
    while (!waiting.empty()) {
      const Event event{++sequence_, at, "hinomi", std::move(waiting.front())};
      waiting.pop_front();
      alarms::Apply(alarms_, event);
      incidents::Apply(incidents_, event);
      Note(event);
      const EventInput input{event};
      for (EventBody& next : alarms::Decide(alarms_, input, at, folder_).events)
        waiting.push_back(std::move(next));
      for (EventBody& next : incidents::Decide(incidents_, input, at, folder_).events)
        waiting.push_back(std::move(next));
    }
  }

  void Note(const Event& event) {
    if (const auto* moved = std::get_if<AlarmTransitioned>(&event.body)) {
      run_.moves.push_back({event.at, *moved, ""});
      NoteState(moved->alarm, event.at);
    } else if (const auto* contributor = std::get_if<AlarmContributorMoved>(&event.body)) {
      run_.moves.push_back({event.at, TransitionOf(*contributor), contributor->contributor});
      NoteState(contributor->alarm, event.at);
    } else if (const auto* opened = std::get_if<IncidentOpened>(&event.body)) {
      open_[opened->incident] = run_.incidents.size();
      run_.incidents.push_back({event.at, Instant(), opened->alarm, opened->severity});
      ++run_.alarms[opened->alarm].incidents;
    } else if (const auto* resolved = std::get_if<IncidentResolved>(&event.body)) {
      if (const auto found = open_.find(resolved->incident); found != open_.end())
        run_.incidents[found->second].resolved_at = event.at;
    }
  }

  /// An alarm with contributors moves with its first and its last one only.
  void NoteState(const std::string& alarm, Instant at) {
    const AlarmState state = alarms_.alarms.at(alarm).state;
    std::vector<BacktestState>& states = run_.alarms[alarm].states;
    if (states.empty() || states.back().state != state) states.push_back({at, state});
  }

  const policy::OpsFolder& folder_;
  const BacktestSource& source_;
  alarms::State alarms_;
  incidents::State incidents_;
  uint64_t sequence_ = 0;
  BacktestRun run_;
  std::map<std::string, size_t> open_;  ///< Incidents by name: their place in the run.
};

/// Whether there may be one more look.
Status MayLook(const std::vector<Look>& looks, const BacktestSource& source,
               const BacktestOptions& options) {
  if (looks.size() >= options.most_evaluations)
    return Error{ErrorCode::kExhausted, "that would be more than " +
                                            std::to_string(options.most_evaluations) +
                                            " evaluations; take a shorter time or fewer alarms"};
  return source.go_on ? source.go_on() : Status();
}

/// Everything that is looked at, in the order of time.
Result<std::vector<Look>> Looks(const policy::OpsFolder& folder, const BacktestSource& source,
                                const BacktestOptions& options) {
  std::vector<Look> looks;
  for (size_t i = 0; i < folder.alarms.size(); ++i) {
    const policy::AlarmDocument& alarm = folder.alarms[i];
    if (alarm.is_promql() && source.alerts) {
      const auto take = [&](Instant at, std::optional<ops_model::AlertObservation> seen) -> Status {
        HN_TRY_VOID(MayLook(looks, source, options));
        looks.push_back({at, i, {}, std::move(seen)});
        return {};
      };
      HN_TRY_VOID(source.alerts(folder, alarm, options.from, options.to, take));
    }
    if (!alarm.reads_points()) continue;
    HN_TRY(const auto samples, source.samples(alarm, options.from, options.to));
    for (const Instant at : InstantsOf(alarm, samples, options)) {
      HN_TRY_VOID(MayLook(looks, source, options));
      HN_TRY(auto points, source.points(alarm, at));
      looks.push_back({at, i, std::move(points)});
    }
  }
  std::stable_sort(looks.begin(), looks.end(),
                   [](const Look& a, const Look& b) { return a.at < b.at; });
  return looks;
}

BacktestRun Run(const policy::OpsFolder& folder, const BacktestSource& source,
                const std::vector<Look>& looks, const BacktestOptions& options) {
  Replay replay(folder, source);
  replay.Begin(options.from);
  // The first look at each alarm, or each rule of it, says what was in force at the beginning.
  std::set<std::pair<size_t, std::string>> looked_at;
  for (const Look& look : looks)
    if (looked_at.emplace(look.alarm, look.seen ? look.seen->rule : "").second)
      replay.Take(look, options.from);
  replay.Count(options.from);
  for (const Look& look : looks) replay.Take(look, look.at);
  replay.GoTo(options.to);
  BacktestRun run = replay.End(options.to);
  for (const Look& look : looks) ++run.alarms[folder.alarms[look.alarm].name].evaluations;
  return run;
}

bool IsUpper(policy::Comparison comparison) {
  return comparison == policy::Comparison::kGreaterThan ||
         comparison == policy::Comparison::kGreaterThanOrEqual;
}

/// Thresholds from the least to the most easily reached, at most about `most`: one beyond all
/// values that the alarm has seen, then those values.
std::vector<double> Candidates(const policy::AlarmDocument& alarm, const std::vector<Look>& looks,
                               size_t most) {
  std::vector<double> values;
  for (const Look& look : looks)
    for (const Datapoint& point : look.points)
      if (point.value && std::isfinite(*point.value)) values.push_back(*point.value);
  if (values.empty()) return {};
  std::sort(values.begin(), values.end(), std::greater<>());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const double span = std::max(values.front() - values.back(), std::abs(values.front()));
  const double beyond = span > 0 ? span / 20 : 1;
  if (!IsUpper(alarm.comparison)) std::reverse(values.begin(), values.end());
  std::vector<double> some = {IsUpper(alarm.comparison) ? values.front() + beyond
                                                        : values.front() - beyond};
  const size_t step = std::max<size_t>(1, values.size() / most);
  for (size_t i = 0; i < values.size(); i += step) some.push_back(values[i]);
  return some;
}

/// The most sensitive threshold that, like all less sensitive ones, opens no more incidents than
/// wished. One that stands from the beginning on counts.
Result<std::optional<double>> ThresholdFor(const policy::OpsFolder& folder, size_t index,
                                           const BacktestSource& source,
                                           const std::vector<Look>& looks, double most_incidents,
                                           const BacktestOptions& options) {
  constexpr size_t kMostCandidates = 100;
  policy::OpsFolder alone = folder;
  alone.alarms = {folder.alarms[index]};
  policy::IndexAlarms(alone);
  const std::string& name = alone.alarms[0].name;
  std::vector<Look> own;
  for (const Look& look : looks)
    if (look.alarm == index) own.push_back({look.at, 0, look.points, std::nullopt});
  std::optional<double> quiet;
  for (const double threshold : Candidates(folder.alarms[index], own, kMostCandidates)) {
    if (source.go_on) HN_TRY_VOID(source.go_on());
    alone.alarms[0].threshold = threshold;
    const BacktestRun run = Run(alone, source, own, options);
    const bool stood = run.alarms.at(name).states.front().state == AlarmState::kAlarm;
    if (static_cast<double>(run.incidents.size() + (stood ? 1 : 0)) > most_incidents) break;
    quiet = threshold;
  }
  return quiet;
}

}  // namespace

Result<BacktestRun> Backtest(const policy::OpsFolder& folder, const BacktestSource& source,
                             const BacktestOptions& options) {
  if (options.from >= options.to)
    return InvalidArgument("the time of a backtest must begin before it ends");
  HN_TRY(const std::vector<Look> looks, Looks(folder, source, options));
  BacktestRun run = Run(folder, source, looks, options);
  if (!options.incidents_a_week) return run;
  const double weeks = (options.to - options.from).ToSeconds() / Duration::Days(7).ToSeconds();
  for (size_t i = 0; i < folder.alarms.size(); ++i) {
    if (!folder.alarms[i].reads_points() || folder.alarms[i].has_band()) continue;
    HN_TRY(run.alarms[folder.alarms[i].name].threshold,
           ThresholdFor(folder, i, source, looks, *options.incidents_a_week * weeks, options));
  }
  return run;
}

}  // namespace hinomi::control
