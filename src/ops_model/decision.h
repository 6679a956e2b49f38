#ifndef HINOMI_OPS_MODEL_DECISION_H_
#define HINOMI_OPS_MODEL_DECISION_H_

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "ops_model/event.h"

namespace hinomi::ops_model {

/// A job that a decision asks for; the control loop gives it to the store.
struct JobSpec {
  std::string kind;
  Instant due;
  std::string key;  ///< Idempotency key.
  Json payload;
  bool urgent = false;
  bool once = false;
};

/// How a job went: a result of the world, told to the modules as input.
struct JobResult {
  std::string kind;
  std::string key;
  uint64_t id = 0;
  int attempt = 0;  ///< From 1.
  enum class Outcome { kDone, kRetry, kFailed, kUnknown } outcome = Outcome::kDone;
  std::string reason_code;  ///< "accepted", "throttled", "timeout", …
  std::string detail;
  Duration retry_after;  ///< What the other side asked for; zero if nothing.
  Instant answered_at;   ///< When it was said; zero: now. The turn may come later.
  Json payload;          ///< Of the job, as it was written.
};

/// What an evaluation of one alarm found.
struct AlarmEvaluation {
  std::string alarm;
  std::vector<Datapoint> datapoints;  ///< Newest first; the evaluation range.
  std::string no_band = {};           ///< Why points have no band though the alarm has one.
};

/// What an evaluation of an alerting rule found: all contributors that are pending or firing. An
/// evaluation that fails says nothing.
struct AlertObservation {
  struct Contributor {
    std::string name;  ///< As `AlarmContributorMoved::contributor`.
    bool firing = false;
    double value = 0;
    Instant active_at;
    std::map<std::string, std::string> labels, annotations;
  };
  std::string rule;  ///< Of the policy's `AlertRuleId`.
  std::string alarm;
  std::string file;  ///< Of the rule.
  std::string expr;
  std::vector<Contributor> active;
  bool settled = true;  ///< False: who is missing may only not have come yet.
};

/// These alerting rules are evaluated, and no others any more.
struct AlertRulesInForce {
  std::vector<std::string> rules;  ///< Their ids.
};

/// How many hosts of a service are well, as its balancer or its probes see it.
/// Told as often as it is looked at; what is no news makes no event.
struct ServiceObservation {
  std::string service;
  std::optional<int> healthy;  ///< Nothing: nobody has said so for too long.
};

/// Somebody asks for something. `who` is authenticated.
struct CommandInput {
  std::string who;
  std::string via;   ///< "cli", "console", "link".
  std::string verb;  ///< "incident.acknowledge", "incident.resolve", "incident.escalate",
                     ///< "incident.note", "incident.open", "channel.test", "service.scale"
  Json arguments;
  uint64_t command_id = 0;  ///< Of the inbox, answered in the same transaction.
};

/// Time has reached what `NextWakeup` asked for.
struct TimerInput {};

/// Another module's event, in the same turn.
struct EventInput {
  Event event;
};

using Input = std::variant<CommandInput, AlarmEvaluation, JobResult, TimerInput, EventInput,
                           ServiceObservation, AlertObservation, AlertRulesInForce>;

/// What becomes of a job that ran, or, by key, of one that shall not run any more.
struct JobVerdict {
  uint64_t id = 0;  ///< 0: the job is named by `key`.
  enum class Action { kDone, kRetryAt, kDead } action = Action::kDone;
  Instant due;
  std::string error;
  std::string key;
};

/// The answer of `Decide`. Nothing in it has happened yet.
struct Decision {
  std::vector<EventBody> events;
  std::vector<JobSpec> jobs;
  std::vector<JobVerdict> verdicts;
  /// For a command: what to tell the one who asked. Empty if not for this module.
  Json answer;
  std::string refusal;  ///< Reason in words, if the command is refused.

  void Merge(Decision other) {
    for (auto& e : other.events) events.push_back(std::move(e));
    for (auto& j : other.jobs) jobs.push_back(std::move(j));
    for (auto& v : other.verdicts) verdicts.push_back(std::move(v));
    if (!other.answer.is_null()) answer = std::move(other.answer);
    if (!other.refusal.empty()) refusal = std::move(other.refusal);
  }
};

}  // namespace hinomi::ops_model

#endif  // HINOMI_OPS_MODEL_DECISION_H_
