#include "notify/notify.h"

#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include "base/strings.h"
#include "notify/impl/pager.h"
#include "notify/impl/results.h"

namespace hinomi::notify {

using ops_model::AlarmTransitioned;
using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::EscalationStepFired;
using ops_model::Event;
using ops_model::IncidentAcknowledged;
using ops_model::IncidentOpened;
using ops_model::IncidentResolved;
using ops_model::PageAttempted;
using ops_model::PageDead;
using ops_model::PageQueued;
using ops_model::PageSuppressed;

namespace {

bool IsUnsent(const Page& page) {
  return page.state == PageState::kQueued || page.state == PageState::kRetrying;
}

const Topic* FindTopic(const State& state, const std::string& incident) {
  const auto found = state.topics.find(incident);
  return found == state.topics.end() ? nullptr : &found->second;
}

/// PagerDuty keeps what it took open until it hears of the end. A page that it
/// may have taken without our hearing of it has to be followed up as well; an
/// end of something that it never got does nothing there.
bool MayHaveArrived(const Page& page) {
  if (page.state == PageState::kDelivered) return true;
  return impl::KeepsAlerts(page) && page.attempts > 0 && impl::LeavesOpen(page.last_outcome);
}

/// One notice to each destination that a page of the incident arrived at.
void NotifyArrived(const State& state, const Topic& topic, const std::string& kind,
                   impl::Pager& pager) {
  // Not by address: addresses are sealed in events, each time differently.
  std::set<std::tuple<std::string, std::string, int>> told;
  for (const auto& [name, page] : state.pages) {
    const PageQueued& queued = page.queued;
    if (queued.incident != topic.opened.incident || queued.kind != "page" || !MayHaveArrived(page))
      continue;
    if (told.emplace(queued.contact, queued.channel, queued.method).second)
      pager.Notice(topic, kind, queued);
  }
}

/// Takes back what has not gone out of those pages that are needless.
void CancelUnsent(const State& state, const std::string& incident, const std::string& reason_code,
                  const std::function<bool(const PageQueued&)>& needless, Decision& decision) {
  for (const auto& [name, page] : state.pages) {
    if (page.queued.incident != incident || !IsUnsent(page) || !needless(page.queued)) continue;
    decision.events.emplace_back(PageSuppressed{incident, page.queued.contact, reason_code, name});
    decision.verdicts.push_back({0,
                                 ops_model::JobVerdict::Action::kDone,
                                 {},
                                 "cancelled: " + incident + ", " + reason_code,
                                 name});
  }
}

void OnAcknowledged(const State& state, const Topic& topic, impl::Pager& pager) {
  CancelUnsent(
      state, topic.opened.incident, "acknowledged_before_sending",
      [&topic](const PageQueued& queued) {
        return queued.kind == "page" && topic.until_acknowledged.contains(queued.level);
      },
      pager.decision());
  NotifyArrived(state, topic, "acknowledged", pager);
}

void OnResolved(const State& state, const Topic& topic, impl::Pager& pager) {
  CancelUnsent(
      state, topic.opened.incident, "resolved_before_sending",
      [](const PageQueued& queued) { return queued.kind != "resolved"; }, pager.decision());
  NotifyArrived(state, topic, "resolved", pager);
}

Decision OnEvent(const State& state, const Event& event, Instant now,
                 const policy::OpsFolder& policy) {
  impl::Pager pager(state, policy, now);
  if (const auto* opened = std::get_if<IncidentOpened>(&event.body)) {
    const Topic* topic = FindTopic(state, opened->incident);
    for (const policy::RouteDocument& route : policy.routes)
      if (topic != nullptr && route.action == opened->route)
        for (const std::string& contact : route.notify)
          pager.PageContact(*topic, contact, "", "opened");
  } else if (const auto* fired = std::get_if<EscalationStepFired>(&event.body)) {
    if (const Topic* topic = FindTopic(state, fired->incident))
      for (const std::string& contact : fired->contacts)
        pager.PageContact(*topic, contact, fired->level, fired->reason_code);
  } else if (const auto* acknowledged = std::get_if<IncidentAcknowledged>(&event.body)) {
    if (const Topic* topic = FindTopic(state, acknowledged->incident))
      OnAcknowledged(state, *topic, pager);
  } else if (const auto* resolved = std::get_if<IncidentResolved>(&event.body)) {
    if (const Topic* topic = FindTopic(state, resolved->incident)) OnResolved(state, *topic, pager);
  }
  return pager.Take();
}

Decision Refuse(std::string why) {
  Decision decision;
  decision.refusal = std::move(why);
  return decision;
}

template <typename Document>
Result<const Document*> FindNamed(const std::vector<Document>& documents, const std::string& name,
                                  const std::string& what) {
  std::vector<std::string> names;
  for (const Document& document : documents) {
    if (document.name == name) return &document;
    names.push_back(document.name);
  }
  const std::optional<std::string> nearest = NearestName(name, names);
  return NotFound(
      "contacts.yml has no " + what + " \"" + name + "\"." +
      (nearest ? " Did you mean \"" + *nearest + "\"?" : " It has: " + Join(names, ", ") + "."));
}

/// Test pages to every configured method of a contact, or to one channel.
Decision OnTest(const State& state, const CommandInput& command, Instant now,
                const policy::OpsFolder& policy) {
  impl::Pager pager(state, policy, now);
  std::vector<Json> pages;
  if (const std::string& name = command.arguments["contact"].as_string(); !name.empty()) {
    auto contact = FindNamed(policy.contacts, name, "contact");
    if (!contact) return Refuse(contact.error().message);
    const std::vector<policy::ContactMethod>& methods = (*contact)->methods;
    for (size_t i = 0; i < methods.size(); ++i) {
      auto channel = FindNamed(policy.channels, methods[i].channel, "channel");
      if (channel && (*channel)->configured)
        pages.emplace_back(pager.Test(name, **channel, methods[i].address, static_cast<int>(i)));
    }
    if (pages.empty())
      return Refuse("No channel of \"" + name +
                    "\" is configured: its pages go to the outbox. `hinomi check` says what is "
                    "missing.");
  } else {
    const std::string& channel_name = command.arguments["channel"].as_string();
    if (channel_name.empty()) return Refuse("Test what? Name a contact or a channel.");
    auto channel = FindNamed(policy.channels, channel_name, "channel");
    if (!channel) return Refuse(channel.error().message);
    if (!(*channel)->configured)
      return Refuse("Channel \"" + channel_name +
                    "\" is not configured: " + (*channel)->unconfigured_reason + ".");
    pages.emplace_back(pager.Test("", **channel, command.arguments["address"].as_string(), 0));
  }
  pager.decision().answer.Set("pages", Json(Json::Array(pages.begin(), pages.end())));
  return pager.Take();
}

// --- Apply ------------------------------------------------------------------

void ApplyOpened(State& state, const IncidentOpened& opened, const Event& event) {
  Topic topic;
  topic.opened = opened;
  topic.opened_at = event.at;
  if (opened.is_test()) {
    // Who tried it; the alarm's own reason, if it stands, is another matter.
    topic.reason = event.actor;
    state.topics.insert_or_assign(opened.incident, std::move(topic));
    return;
  }
  for (const std::string& about : {opened.dedup_key, opened.alarm})
    if (const auto reason = state.reasons.find(about);
        topic.reason.empty() && reason != state.reasons.end())
      topic.reason = reason->second;
  state.topics.insert_or_assign(opened.incident, std::move(topic));
}

void ApplyLadder(State& state, const std::string& incident,
                 const std::vector<ops_model::EscalationStep>& steps) {
  const auto found = state.topics.find(incident);
  if (found == state.topics.end()) return;
  found->second.until_acknowledged.clear();
  for (const ops_model::EscalationStep& step : steps)
    if (step.until_acknowledged) found->second.until_acknowledged.insert(step.level);
}

void ForgetOldest(State& state) {
  const std::string incident = std::move(state.resolved.front());
  state.resolved.pop_front();
  state.topics.erase(incident);
  std::erase_if(state.pages, [&incident](const auto& entry) {
    return entry.second.queued.incident == incident;
  });
}

void ApplyResolved(State& state, const IncidentResolved& resolved, Instant at) {
  const auto found = state.topics.find(resolved.incident);
  if (found == state.topics.end() || !found->second.resolved.incident.empty()) return;
  found->second.resolved = resolved;
  found->second.resolved_at = at;
  state.resolved.push_back(resolved.incident);
  if (state.resolved.size() > kResolvedKept) ForgetOldest(state);
}

void ApplyQueued(State& state, const PageQueued& queued, Instant at) {
  if (queued.page.starts_with("PG-"))
    if (const std::optional<uint64_t> number = ParseUint(std::string_view(queued.page).substr(3)))
      state.last_page = std::max(state.last_page, *number);
  Page page;
  page.queued = queued;
  page.queued_at = at;
  page.next_attempt = queued.due;
  state.pages.insert_or_assign(queued.page, std::move(page));
  if (const auto replaced = state.pages.find(queued.replaces); replaced != state.pages.end())
    replaced->second.replaced = true;
}

void ApplySetBack(State& state, const ops_model::ClockSetBack& clock, Instant at) {
  for (auto& [name, page] : state.pages) {
    const bool tried = page.attempts > 0;
    page.queued_at = page.queued_at - clock.by;
    page.queued.due = clock.MovedUntried(page.queued.due, at);
    page.next_attempt =
        tried ? page.next_attempt - clock.by : clock.MovedUntried(page.next_attempt, at);
  }
}

void ApplyAttempted(State& state, const PageAttempted& attempted) {
  const auto found = state.pages.find(attempted.page);
  if (found == state.pages.end()) return;
  Page& page = found->second;
  page.attempts = attempted.attempt;
  page.last_outcome = attempted.reason_code;
  page.next_attempt = attempted.next_attempt;
  if (attempted.outcome == "delivered")
    page.state = PageState::kDelivered;
  else if (attempted.outcome == "retry")
    page.state = PageState::kRetrying;
  // Test pages belong to no incident that would take them along.
  if (page.queued.incident.empty() && attempted.outcome != "retry") state.pages.erase(found);
}

}  // namespace

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy, Random& random) {
  if (const auto* event = std::get_if<ops_model::EventInput>(&input))
    return OnEvent(state, event->event, now, policy);
  if (const auto* result = std::get_if<ops_model::JobResult>(&input))
    return impl::OnJobResult(state, *result, now, policy, random);
  if (const auto* command = std::get_if<CommandInput>(&input))
    if (command->verb == "channel.test") return OnTest(state, *command, now, policy);
  return {};
}

void Apply(State& state, const Event& event) {
  if (const auto* transition = std::get_if<AlarmTransitioned>(&event.body)) {
    if (transition->to == ops_model::AlarmState::kAlarm)
      state.reasons[transition->alarm] = transition->reason;
    else
      state.reasons.erase(transition->alarm);
  } else if (const auto* moved = std::get_if<ops_model::AlarmContributorMoved>(&event.body)) {
    if (moved->to == ops_model::AlarmState::kAlarm)
      state.reasons[moved->IncidentKey()] = moved->reason;
    else
      state.reasons.erase(moved->IncidentKey());
  } else if (const auto* opened = std::get_if<IncidentOpened>(&event.body)) {
    ApplyOpened(state, *opened, event);
  } else if (const auto* acknowledged = std::get_if<IncidentAcknowledged>(&event.body)) {
    const auto found = state.topics.find(acknowledged->incident);
    if (found == state.topics.end()) return;
    found->second.acknowledged = *acknowledged;
    found->second.acknowledged_at = event.at;
  } else if (const auto* given_up = std::get_if<ops_model::IncidentUnacknowledged>(&event.body)) {
    const auto found = state.topics.find(given_up->incident);
    if (found == state.topics.end()) return;
    found->second.acknowledged = {};
    found->second.acknowledged_at = {};
  } else if (const auto* severity = std::get_if<ops_model::IncidentSeverityChanged>(&event.body)) {
    const auto found = state.topics.find(severity->incident);
    if (found != state.topics.end()) found->second.opened.severity = severity->to;
  } else if (const auto* merged = std::get_if<ops_model::IncidentMerged>(&event.body)) {
    const auto found = state.topics.find(merged->incident);
    if (found != state.topics.end()) found->second.merged_into = merged->into;
  } else if (const auto* started = std::get_if<ops_model::EscalationStarted>(&event.body)) {
    ApplyLadder(state, started->incident, started->steps);
  } else if (const auto* ladder = std::get_if<ops_model::EscalationLadderChanged>(&event.body)) {
    ApplyLadder(state, ladder->incident, ladder->steps);
  } else if (const auto* resolved = std::get_if<IncidentResolved>(&event.body)) {
    ApplyResolved(state, *resolved, event.at);
  } else if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    ApplySetBack(state, *clock, event.at);
  } else if (const auto* queued = std::get_if<PageQueued>(&event.body)) {
    ApplyQueued(state, *queued, event.at);
  } else if (const auto* attempted = std::get_if<PageAttempted>(&event.body)) {
    ApplyAttempted(state, *attempted);
  } else if (const auto* dead = std::get_if<PageDead>(&event.body)) {
    const auto found = state.pages.find(dead->page);
    if (found != state.pages.end()) found->second.state = PageState::kDead;
  } else if (const auto* suppressed = std::get_if<PageSuppressed>(&event.body)) {
    const auto found = state.pages.find(suppressed->page);
    if (found != state.pages.end()) found->second.state = PageState::kCancelled;
  }
}

bool StillWanted(const State& state, const std::string& page) {
  const auto found = state.pages.find(page);
  return found != state.pages.end() && IsUnsent(found->second);
}

std::optional<Instant> OldestOverdue(const State& state, Instant now) {
  std::optional<Instant> oldest;
  for (const auto& [name, page] : state.pages) {
    if (!IsUnsent(page)) continue;
    const Instant due = std::max(page.queued.due, page.queued_at);
    if (due <= now && (!oldest || due < *oldest)) oldest = due;
  }
  return oldest;
}

}  // namespace hinomi::notify
