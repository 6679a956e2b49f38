#include "api/console/impl/render.h"

#include <algorithm>
#include <map>

#include "alarms/detection_delay.h"
#include "api/console/impl/bands.h"
#include "api/console/impl/contributors.h"
#include "api/console/impl/masking.h"
#include "api/console/impl/words.h"
#include "policy/find.h"

namespace hinomi::api::impl {
namespace {

// "" for those who are no contact of the document: users, Hinomi itself.
std::string TitleOf(const policy::OpsFolder& policy, const std::string& name) {
  for (const policy::ContactDocument& contact : policy.contacts)
    if (contact.name == name) return contact.title;
  return {};
}

Json RenderContacts(const policy::OpsFolder& policy, const std::vector<std::string>& names) {
  Json contacts = Json::MakeArray();
  for (const std::string& name : names)
    contacts.Append(Json::MakeObject().Set("name", name).Set("title", TitleOf(policy, name)));
  return contacts;
}

Json OrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// The events about an incident, oldest first, as far as they can be read.
std::vector<ops_model::Event> Decode(const std::vector<store::JournalEntry>& entries) {
  std::vector<ops_model::Event> events;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    auto body = ops_model::DecodeEvent(entry->event.type, entry->event.version, entry->event.body);
    if (body) events.push_back({entry->sequence, entry->at, entry->event.actor, *std::move(body)});
  }
  return events;
}

Json RenderSteps(const Picture& picture, const std::string& incident, Instant opened_at,
                 const std::vector<ops_model::Event>& events) {
  Json steps = Json::MakeArray();
  std::vector<ops_model::EscalationStep> ladder;
  for (const ops_model::Event& event : events) {
    if (const auto* started = std::get_if<ops_model::EscalationStarted>(&event.body))
      ladder = started->steps;
    if (const auto* changed = std::get_if<ops_model::EscalationLadderChanged>(&event.body))
      ladder = changed->steps;
  }
  std::map<std::string, Instant> due;
  const auto waiting = picture.world.escalation.incidents.find(incident);
  if (waiting != picture.world.escalation.incidents.end()) {
    if (ladder.empty())
      for (const escalation::Rung& rung : waiting->second.rungs) ladder.push_back(rung.step);
    for (const escalation::Rung& rung : waiting->second.rungs)
      if (rung.due && rung.fired == 0) due[rung.step.level] = *rung.due;
  }
  for (const ops_model::EscalationStep& step : ladder) {
    Instant fired;
    std::string reason;
    for (const ops_model::Event& event : events) {
      const auto* told = std::get_if<ops_model::EscalationStepFired>(&event.body);
      if (told == nullptr || told->level != step.level || fired != Instant()) continue;
      fired = event.at;
      reason = told->reason_code;
    }
    steps.Append(Json::MakeObject()
                     .Set("level", step.level)
                     .Set("due_at", TimeOrNull(due.contains(step.level) ? due[step.level]
                                                                        : opened_at + step.after))
                     .Set("fired_at", TimeOrNull(fired))
                     .Set("contacts", RenderContacts(*picture.policy, step.contacts))
                     .Set("reason_code", OrNull(reason))
                     .Set("skipped_reason", reason == "nobody_reachable" ? Json(reason) : Json()));
  }
  return steps;
}

/// What is yet to come, soonest first.
Json RenderUpcoming(const Picture& picture, const std::string& incident) {
  Json upcoming = Json::MakeArray();
  for (const escalation::Upcoming& next :
       escalation::UpcomingSteps(picture.world.escalation, incident))
    upcoming.Append(Json::MakeObject()
                        .Set("kind", next.kind)
                        .Set("level", next.level)
                        .Set("due_at", TimeOrNull(next.at))
                        .Set("contacts", RenderContacts(*picture.policy, next.contacts)));
  return upcoming;
}

/// A storm may have thousands of members, and is shown on the first screen: all are counted, a few
/// that last are named.
void SetMembers(const incidents::Incident& incident, Json& shown) {
  constexpr size_t kMostNamed = 20;
  Json named = Json::MakeArray();
  int64_t lasting = 0;
  for (const auto& [key, lasts] : incident.members) {
    if (!lasts) continue;
    if (named.as_array().size() < kMostNamed) named.Append(key);
    ++lasting;
  }
  shown.Set("members", Json::MakeObject()
                           .Set("total", static_cast<int64_t>(incident.members.size()))
                           .Set("lasting", lasting)
                           .Set("named", std::move(named)));
}

Json RenderCorrected(const incidents::Incident& incident) {
  Json corrected = Json::MakeObject();
  for (const auto& [what, time] : incident.corrected) corrected.Set(what, FormatRfc3339(time));
  return corrected;
}

std::string_view PageStateName(const notify::Page& page) {
  switch (page.state) {
    case notify::PageState::kQueued:
      return "queued";
    case notify::PageState::kRetrying:
      return "retrying";
    case notify::PageState::kDelivered:
      // A file on this machine has reached nobody.
      return page.queued.channel_type == "outbox" ? "filed" : "delivered";
    case notify::PageState::kDead:
      return "failed";
    case notify::PageState::kCancelled:
      return "cancelled";
  }
  return "queued";
}

// Of a page that is not kept any more, a test or one of long ago: by its last attempt.
std::string_view StateAfter(const ops_model::PageAttempted& tried, const Json& page) {
  if (tried.outcome == "retry") return "retrying";
  if (tried.outcome != "delivered") return "failed";
  return page["channel_type"].as_string() == "outbox" ? "filed" : "delivered";
}

Json RenderPages(const Picture& picture, const std::vector<ops_model::Event>& events,
                 const Unseal& unseal) {
  Json::Array pages;
  for (const ops_model::Event& event : events) {
    if (const auto* queued = std::get_if<ops_model::PageQueued>(&event.body)) {
      const auto known = picture.world.notify.pages.find(queued->page);
      pages.push_back(Json::MakeObject()
                          .Set("id", queued->page)
                          .Set("incident", queued->incident)
                          .Set("level", queued->level)
                          .Set("contact", queued->contact)
                          .Set("contact_title", TitleOf(*picture.policy, queued->contact))
                          .Set("channel", queued->channel)
                          .Set("channel_type", queued->channel_type)
                          .Set("destination", unseal(queued->destination))
                          .Set("kind", queued->kind)
                          .Set("queued_at", TimeOrNull(event.at))
                          .Set("state", known == picture.world.notify.pages.end()
                                            ? std::string_view("queued")
                                            : PageStateName(known->second))
                          .Set("attempts", Json::MakeArray()));
    } else if (const auto* tried = std::get_if<ops_model::PageAttempted>(&event.body)) {
      for (Json& page : pages) {
        if (page["id"].as_string() != tried->page) continue;
        Json attempts = page["attempts"];
        attempts.Append(Json::MakeObject()
                            .Set("at", TimeOrNull(event.at))
                            .Set("outcome", tried->outcome)
                            .Set("reason_code", tried->reason_code)
                            .Set("detail", tried->detail)
                            .Set("next_at", TimeOrNull(tried->next_attempt)));
        page.Set("attempts", attempts);
        if (!picture.world.notify.pages.contains(tried->page))
          page.Set("state", StateAfter(*tried, page));
      }
    }
  }
  return pages;
}

/// Of an alarm that has never moved. One of PromQL begins OK, and that it was evaluated is no
/// event.
std::string InitialReason(const policy::AlarmDocument& alarm, text::Language language) {
  return text::Format(language, alarm.is_promql() ? "alarm.unchanged" : "alarm.unchecked");
}

}  // namespace

Json TimeOrNull(Instant t) {
  return t == Instant() ? Json() : Json(FormatRfc3339(t));
}

void SetWorstDelay(Json& shown, const policy::OpsFolder& folder,
                   const policy::AlarmDocument& alarm) {
  const alarms::DetectionDelay delay = alarms::WorstDelay(folder, alarm);
  const auto seconds = [](const std::optional<Duration>& time) {
    return time ? Json(time->ToSeconds()) : Json();
  };
  shown.Set("breach_detected_within_seconds", seconds(delay.of_breach))
      .Set("silence_detected_within_seconds", seconds(delay.of_silence));
}

Json RenderAlarm(const Picture& picture, const policy::AlarmDocument& alarm,
                 const ops_model::Datapoint& newest, text::Language language) {
  const auto known = picture.world.alarms.alarms.find(alarm.name);
  alarms::AlarmStatus status;
  if (known != picture.world.alarms.alarms.end()) status = known->second;
  const policy::RouteDocument* route = policy::FindRoute(*picture.policy, alarm.action);
  const Instant observed_until =
      picture.world.alarms.installed_at + picture.policy->server.observe_new_alarms;
  Json dimensions = Json::MakeObject();
  for (const auto& [key, text] : alarm.dimensions) dimensions.Set(key, text);
  std::string held = WhatHolds(status.last, alarm, language);
  if (!held.empty() && status.last.held_until != Instant())
    held = text::Format(language, "alarm.held_explain_until",
                        {{"what", held}, {"time", Moment(status.last.held_until)}});
  else if (!held.empty())
    held = text::Format(language, "alarm.held_explain", {{"what", held}});
  Json rendered = Json::MakeObject();
  rendered.Set("name", alarm.name)
      .Set("description", alarm.description)
      .Set("metric", alarm.metric)
      .Set("dimensions", dimensions)
      .Set("state", ops_model::AlarmStateName(status.state))
      .Set("since", TimeOrNull(status.since))
      .Set("reason", status.transition == 0 ? InitialReason(alarm, language) : status.last.reason)
      .Set("reason_code", status.transition == 0 ? "initial" : status.last.reason_code)
      .Set("threshold", alarm.has_band() ? Json() : Json(alarm.threshold))
      .Set("threshold_text", LimitText(alarm))
      .Set("comparison", policy::ComparisonName(alarm.comparison))
      .Set("statistic", alarm.statistic)
      .Set("period_seconds", alarm.period.seconds())
      .Set("evaluation_periods", alarm.evaluation_periods)
      .Set("datapoints_to_alarm", alarm.datapoints_to_alarm)
      .Set("treat_missing_data", policy::MissingDataName(alarm.treat_missing_data))
      .Set("unit", UnitOf(alarm))
      .Set("action", alarm.action)
      .Set("severity", route == nullptr ? "" : route->severity)
      .Set("value", newest.value ? Json(*newest.value) : Json())
      .Set("sentence", AlarmSentence(alarm, newest.value, language, newest.band))
      .Set("rule", alarm.rule)
      .Set("held", held)
      .Set("observing", status.last.observing)
      .Set("observing_until",
           status.last.observing && !alarm.observe_only ? TimeOrNull(observed_until) : Json());
  if (alarm.has_band()) rendered.Set("band", RenderBand(alarm, newest.band, language));
  if (alarm.is_promql()) AddPromql(alarm, status, language, rendered);
  return rendered;
}

Json RenderIncident(const Picture& picture, const incidents::Incident& incident,
                    const std::vector<store::JournalEntry>& entries, text::Language language,
                    const Unseal& unseal) {
  const std::vector<ops_model::Event> events = Decode(entries);
  Json timeline = Json::MakeArray();
  Json notes = Json::MakeArray();
  for (const store::JournalEntry& entry : entries) {
    timeline.Append(RenderEntry(entry, language, unseal));
    if (entry.event.type == "incident.noted") notes.Append(RenderEntry(entry, language, unseal));
  }
  const std::string& id = incident.opened.incident;
  Json upcoming = incident.is_open() ? RenderUpcoming(picture, id) : Json::MakeArray();
  Json next;  // That calls somebody who was not called yet.
  for (const Json& one : upcoming.as_array())
    if (next.is_null() && one["kind"].as_string() == "step") next = one;
  Json shown = Json::MakeObject();
  shown.Set("id", id)
      .Set("title", incident.opened.title)
      .Set("severity", ops_model::SeverityName(incident.opened.severity))
      .Set("service", incident.opened.service)
      .Set("alarm", incident.opened.alarm)
      .Set("recurrence_of", incident.opened.recurrence_of)
      .Set("test", incident.opened.is_test())
      .Set("state", incident.state_name())
      .Set("opened_at", TimeOrNull(incident.opened_at))
      .Set("acknowledged_at", TimeOrNull(incident.acknowledged_at))
      .Set("acknowledged_by", OrNull(incident.acknowledged.by))
      .Set("acknowledged_by_title", TitleOf(*picture.policy, incident.acknowledged.by))
      .Set("resolved_at", TimeOrNull(incident.resolved_at))
      .Set("resolved_by", OrNull(incident.resolved.by))
      .Set("resolved_by_title", TitleOf(*picture.policy, incident.resolved.by))
      .Set("resolution", OrNull(unseal(incident.resolved.text)))
      .Set("resolution_code", OrNull(incident.resolved.reason_code))
      .Set("steps", RenderSteps(picture, id, incident.opened_at, events))
      .Set("next_step", std::move(next))
      .Set("upcoming", std::move(upcoming))
      .Set("snoozed_until", TimeOrNull(incident.snoozed_until.value_or(Instant())))
      .Set("merged_into", OrNull(incident.merged_into))
      .Set("corrected", RenderCorrected(incident))
      .Set("pages", RenderPages(picture, events, unseal))
      .Set("notes", notes)
      .Set("timeline", timeline);
  SetMembers(incident, shown);
  return shown;
}

Json RenderPages(const Picture& picture, const std::vector<store::JournalEntry>& entries,
                 const Unseal& unseal) {
  return RenderPages(picture, Decode(entries), unseal);
}

std::string WhyUnconfigured(const policy::ChannelDocument& channel, text::Language language) {
  if (channel.missing_variable.empty()) return channel.unconfigured_reason;
  return text::Format(language, "channel.missing_variable", {{"name", channel.missing_variable}});
}

Json RenderChannels(const policy::OpsFolder& policy, text::Language language) {
  Json channels = Json::MakeArray();
  for (const policy::ChannelDocument& channel : policy.channels)
    channels.Append(Json::MakeObject()
                        .Set("name", channel.name)
                        .Set("type", channel.type)
                        .Set("configured", channel.configured)
                        .Set("reason", WhyUnconfigured(channel, language)));
  return channels;
}

Json RenderUndelivered(const Picture& picture) {
  std::vector<const notify::Page*> dead;
  for (const auto& [name, page] : picture.world.notify.pages)
    if (page.state == notify::PageState::kDead) dead.push_back(&page);
  std::sort(dead.begin(), dead.end(),
            [](const auto* a, const auto* b) { return a->queued_at > b->queued_at; });
  Json rendered = Json::MakeArray();
  for (const notify::Page* page : dead)
    rendered.Append(Json::MakeObject()
                        .Set("id", page->queued.page)
                        .Set("incident", page->queued.incident)
                        .Set("contact", page->queued.contact)
                        .Set("contact_title", TitleOf(*picture.policy, page->queued.contact))
                        .Set("channel", page->queued.channel)
                        .Set("attempts", page->attempts)
                        .Set("reason_code", page->last_outcome)
                        .Set("replaced", page->replaced)
                        .Set("queued_at", TimeOrNull(page->queued_at)));
  return rendered;
}

Json RenderResources(const policy::OpsFolder& policy) {
  Json resources = Json::MakeArray();
  for (const policy::ResourceDocument& resource : policy.targets.resources)
    resources.Append(Json::MakeObject()
                         .Set("name", resource.name)
                         .Set("kind", resource.kind)
                         .Set("state", "not started"));
  return resources;
}

// What is about keys and values of the folder is read beside it and stays as the
// check says it; what everybody is told from the first minute is in their language.
std::string MessageOf(const policy::Finding& finding, text::Language language) {
  if (finding.level == policy::Finding::Level::kWarning && finding.file == "hinomi.yml" &&
      finding.path == "watched_by")
    return text::Format(language, "finding.nobody_watches");
  return finding.message;
}

Json RenderFindings(const std::vector<policy::Finding>& findings, text::Language language) {
  Json rendered = Json::MakeArray();
  for (const policy::Finding& finding : findings)
    rendered.Append(
        Json::MakeObject()
            .Set("level", finding.level == policy::Finding::Level::kMistake ? "error" : "warning")
            .Set("file", finding.file)
            .Set("line", finding.line)
            .Set("column", finding.column)
            .Set("path", finding.path)
            .Set("message", MessageOf(finding, language))
            .Set("excerpt", MayShowSecret(finding) ? std::string() : finding.excerpt));
  return rendered;
}

}  // namespace hinomi::api::impl
