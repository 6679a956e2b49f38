#include "incidents/impl/changes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "incidents/impl/commands.h"

namespace hinomi::incidents::impl {

using ops_model::Decision;
using ops_model::IncidentAcknowledged;
using ops_model::IncidentLinked;
using ops_model::IncidentMerged;
using ops_model::IncidentNoted;
using ops_model::IncidentResolved;
using ops_model::IncidentSeverityChanged;
using ops_model::IncidentSnoozed;
using ops_model::IncidentTimeCorrected;
using ops_model::IncidentUnacknowledged;
using ops_model::Severity;

namespace {

constexpr std::array<std::string_view, 4> kTimes = {"impact_start", "detected", "mitigated",
                                                    "resolved"};

const std::string& NameOf(const Asked& asked) {
  return asked.incident.opened.incident;
}

std::string TextOf(const Asked& asked) {
  return std::string(Trim(asked.command.arguments["text"].as_string()));
}

/// When a snooze is to end: in a length of time, or at an instant.
Result<Instant> SnoozeEnd(const Asked& asked) {
  const std::string& length = asked.command.arguments["for"].as_string();
  const std::string& until = asked.command.arguments["until"].as_string();
  if (length.empty() == until.empty())
    return InvalidArgument("For how long? Give a time such as 30m or 2h, or an end.");
  Instant end;
  if (!length.empty()) {
    HN_TRY(const Duration duration, ParseDuration(length));
    end = asked.now + duration;
  } else {
    HN_TRY(end, ParseRfc3339(until));
  }
  if (end <= asked.now) return InvalidArgument("The end lies in the past.");
  if (end > asked.now + kLongestSnooze)
    return InvalidArgument("An incident can be put off for " + FormatDuration(kLongestSnooze) +
                           " at most; then somebody has to look again.");
  return end;
}

}  // namespace

Decision Acknowledge(const Asked& asked) {
  const Incident& incident = asked.incident;
  if (!incident.is_open()) return Refuse(AlreadyResolved(incident));
  Decision decision = Answer(NameOf(asked), "acknowledged");
  if (incident.acknowledged.by == asked.command.who && !incident.snoozed_until) {
    decision.answer.Set("already", true);
    return decision;
  }
  decision.events.emplace_back(
      IncidentAcknowledged{NameOf(asked), asked.command.who, asked.command.via});
  return decision;
}

Decision Unacknowledge(const Asked& asked) {
  const Incident& incident = asked.incident;
  if (!incident.is_open()) return Refuse(AlreadyResolved(incident));
  Decision decision = Answer(NameOf(asked), "triggered");
  if (incident.is_acknowledged())
    decision.events.emplace_back(IncidentUnacknowledged{NameOf(asked), asked.command.who, "asked"});
  else
    decision.answer.Set("already", true);
  return decision;
}

Decision Snooze(const Asked& asked) {
  const Incident& incident = asked.incident;
  if (!incident.is_open()) return Refuse(AlreadyResolved(incident));
  const Result<Instant> end = SnoozeEnd(asked);
  if (!end) return Refuse(end.error().message);
  Decision decision = Answer(NameOf(asked), "acknowledged");
  decision.answer.Set("until", FormatRfc3339(*end));
  if (incident.acknowledged.by != asked.command.who)
    decision.events.emplace_back(
        IncidentAcknowledged{NameOf(asked), asked.command.who, asked.command.via});
  decision.events.emplace_back(
      IncidentSnoozed{NameOf(asked), asked.command.who, *end, asked.command.via});
  return decision;
}

Decision ChangeSeverity(const Asked& asked) {
  const Incident& incident = asked.incident;
  if (!incident.is_open()) return Refuse(AlreadyResolved(incident));
  const std::string& given = asked.command.arguments["severity"].as_string();
  const std::optional<Severity> severity = ops_model::SeverityFromName(given);
  if (!severity)
    return Refuse("\"" + given + "\" is no severity; they are critical, error, warning, info.");
  Decision decision = Answer(NameOf(asked), incident.state_name());
  decision.answer.Set("severity", given);
  if (*severity == incident.opened.severity)
    decision.answer.Set("already", true);
  else
    decision.events.emplace_back(IncidentSeverityChanged{
        NameOf(asked), incident.opened.severity, *severity, asked.command.who, TextOf(asked)});
  return decision;
}

Decision Merge(const Asked& asked) {
  if (!asked.incident.is_open()) return Refuse(AlreadyResolved(asked.incident));
  const std::string name = Canonical(asked.command.arguments["into"].as_string());
  const Incident* into = asked.state.Find(name);
  if (into == nullptr) return Refuse(UnknownIncident(asked.state, name));
  if (!into->is_open()) return Refuse(AlreadyResolved(*into));
  if (name == NameOf(asked)) return Refuse(name + " is already itself; merge it into another one.");
  Decision decision = Answer(NameOf(asked), "resolved");
  decision.answer.Set("into", name);
  decision.events.emplace_back(IncidentMerged{NameOf(asked), name, asked.command.who});
  decision.events.emplace_back(IncidentResolved{NameOf(asked), asked.command.who, "merged", ""});
  return decision;
}

Decision Resolve(const Asked& asked) {
  if (!asked.incident.is_open()) return Refuse(AlreadyResolved(asked.incident));
  Decision decision = Answer(NameOf(asked), "resolved");
  decision.events.emplace_back(IncidentResolved{NameOf(asked), asked.command.who, "human",
                                                asked.command.arguments["text"].as_string()});
  return decision;
}

Decision Note(const Asked& asked) {
  const std::string text = TextOf(asked);
  if (text.empty()) return Refuse("A note needs a text.");
  Decision decision = Answer(NameOf(asked), asked.incident.state_name());
  decision.events.emplace_back(IncidentNoted{NameOf(asked), asked.command.who, text});
  return decision;
}

Decision Link(const Asked& asked) {
  std::string target(Trim(asked.command.arguments["target"].as_string()));
  const bool url = target.starts_with("https://") || target.starts_with("http://");
  if (!url) {
    target = Canonical(target);
    if (asked.state.Find(target) == nullptr)
      return Refuse(
          "A link leads to an address that begins with https:// or http://, or to an "
          "incident. " +
          UnknownIncident(asked.state, target));
  }
  Decision decision = Answer(NameOf(asked), asked.incident.state_name());
  decision.events.emplace_back(
      IncidentLinked{NameOf(asked), asked.command.who, target, TextOf(asked)});
  return decision;
}

Decision CorrectTime(const Asked& asked) {
  const std::string& what = asked.command.arguments["what"].as_string();
  if (std::ranges::find(kTimes, what) == kTimes.end())
    return Refuse("\"" + what +
                  "\" is no time of an incident; they are impact_start, detected, mitigated, "
                  "resolved.");
  if (what == "resolved" && asked.incident.is_open())
    return Refuse(NameOf(asked) + " is still open; resolve it first.");
  const std::string& given = asked.command.arguments["time"].as_string();
  Instant time = asked.now;
  if (!given.empty()) {
    const Result<Instant> parsed = ParseRfc3339(given);
    if (!parsed) return Refuse(parsed.error().message);
    time = *parsed;
  }
  if (time > asked.now) return Refuse("The time " + given + " lies in the future.");
  Decision decision = Answer(NameOf(asked), asked.incident.state_name());
  decision.events.emplace_back(
      IncidentTimeCorrected{NameOf(asked), asked.command.who, what, time, TextOf(asked)});
  return decision;
}

}  // namespace hinomi::incidents::impl
