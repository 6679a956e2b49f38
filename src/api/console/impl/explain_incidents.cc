#include <algorithm>
#include <utility>

#include "api/console/impl/explainer.h"
#include "api/console/impl/words.h"
#include "base/strings.h"

/// Explanations of incidents and pages.
namespace hinomi::api::impl {

using ops_model::AlarmTransitioned;
using ops_model::EscalationStepFired;
using ops_model::IncidentOpened;
using ops_model::PageAttempted;
using ops_model::PageQueued;

namespace {

/// What happens to an open incident by itself next.
std::string WhatComes(text::Language language, const escalation::Upcoming& next) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"pass", "explain.incident_pass"},
      {"acknowledgement_timeout", "explain.incident_acknowledgement_timeout"},
      {"snooze_over", "explain.incident_snooze_over"},
  };
  std::string_view key = "explain.incident_next";
  for (const auto& [kind, words] : kWords)
    if (kind == next.kind) key = words;
  return text::Format(language, key, {{"level", next.level}, {"time", Moment(next.at)}});
}

}  // namespace

Result<std::optional<Fact>> Explainer::ContributorBefore(const IncidentOpened& opened,
                                                         uint64_t sequence) const {
  if (opened.alarm.empty()) return std::optional<Fact>();
  HN_TRY(const auto facts, reader_.About("alarm:" + opened.alarm));
  const Fact* found = FindFact<ops_model::AlarmContributorMoved>(
      facts, [&](const Fact& fact, const ops_model::AlarmContributorMoved& moved) {
        return fact.entry.sequence < sequence && moved.to == ops_model::AlarmState::kAlarm &&
               moved.IncidentKey() == opened.dedup_key;
      });
  return found == nullptr ? std::optional<Fact>() : std::optional(*found);
}

Result<Json> Explainer::Incident(const incidents::Incident& incident) const {
  const std::string& name = incident.opened.incident;
  Explanation answer(source_, "incident", name);
  answer.Since(incident.opened_at);
  HN_TRY(const auto facts, reader_.About("incident:" + name));
  std::string why = Words("explain.by_hand");
  for (const Fact& fact : facts) {
    const bool part_of_it = fact.As<EscalationStepFired>() != nullptr ||
                            fact.As<ops_model::IncidentAcknowledged>() != nullptr ||
                            fact.As<ops_model::IncidentResolved>() != nullptr;
    if (part_of_it) answer.Rests(fact);
    if (fact.As<IncidentOpened>() == nullptr) continue;
    answer.Rests(fact);
    if (incident.opened.alarm.empty())
      why = Words("explain.by_person", {{"by", fact.entry.event.actor}});
    HN_TRY(const auto moved, ContributorBefore(incident.opened, fact.entry.sequence));
    if (moved) {
      const auto& contributor = *moved->As<ops_model::AlarmContributorMoved>();
      answer.Rests(*moved);
      why = Words("explain.by_contributor", {{"alarm", contributor.alarm},
                                             {"contributor", contributor.contributor},
                                             {"reason", contributor.reason}});
      continue;
    }
    HN_TRY(const auto transition, AlarmBefore(incident.opened.alarm, fact.entry.sequence));
    if (!transition) continue;
    RestsOnAlarm(answer, *transition);
    why = Words("explain.by_alarm", {{"alarm", incident.opened.alarm},
                                     {"compared", Compared(*transition->As<AlarmTransitioned>())}});
  }
  const auto next = escalation::UpcomingSteps(picture_.world.escalation, name);
  std::string stands = Words("explain.incident_open");
  if (!incident.is_open())
    stands = Words("explain.incident_resolved",
                   {{"by", incident.resolved.by}, {"time", Moment(incident.resolved_at)}});
  else if (!next.empty())
    stands = WhatComes(language_, next.front());
  answer.Say(Words("explain.incident",
                   {{"incident", name},
                    {"time", Moment(incident.opened_at)},
                    {"severity", std::string(ops_model::SeverityName(incident.opened.severity))},
                    {"why", why},
                    {"stands", stands}}));
  return answer.Take();
}

std::string Explainer::WhyPaged(const PageQueued& queued, const std::vector<Fact>& facts,
                                const Fact& page, Explanation& answer) const {
  if (queued.kind == "test") return Words("explain.page_test");
  const Fact* opened = FindFact<IncidentOpened>(facts);
  const std::string title = opened == nullptr ? "" : opened->As<IncidentOpened>()->title;
  if (opened != nullptr) answer.Rests(*opened);
  const text::Arguments about = {{"incident", queued.incident}, {"title", title}};
  if (queued.kind == "acknowledged") return Words("explain.page_acknowledged", about);
  if (queued.kind == "resolved") return Words("explain.page_resolved", about);
  const Fact* fired =
      FindFact<EscalationStepFired>(facts, [&](const Fact& fact, const EscalationStepFired& step) {
        return fact.entry.sequence < page.entry.sequence && step.level == queued.level;
      });
  if (fired == nullptr || queued.level.empty()) return Words("explain.page_route", about);
  answer.Rests(*fired);
  return Words("explain.page_level",
               {{"incident", queued.incident},
                {"title", title},
                {"level", queued.level},
                {"reason", WhyCalled(language_, fired->As<EscalationStepFired>()->reason_code)}});
}

std::string Explainer::HowItWent(const PageQueued& queued) const {
  const auto known = picture_.world.notify.pages.find(queued.page);
  if (known == picture_.world.notify.pages.end()) return Words("explain.went_by");
  const notify::Page& page = known->second;
  const text::Arguments how = {{"n", std::to_string(page.attempts)},
                               {"reason", page.last_outcome},
                               {"time", Moment(page.next_attempt)}};
  switch (page.state) {
    case notify::PageState::kDelivered:
      return Words(
          queued.channel_type == "outbox" ? "explain.went_filed" : "explain.went_delivered", how);
    case notify::PageState::kRetrying:
      return Words("explain.went_retrying", how);
    case notify::PageState::kDead:
      return Words("explain.went_dead", how);
    case notify::PageState::kCancelled:
      return Words("explain.went_cancelled");
    case notify::PageState::kQueued:
      break;
  }
  return Words("explain.went_waiting", how);
}

Result<Json> Explainer::Page(const std::string& name) const {
  HN_TRY(const auto page, reader_.Newest("page.queued", [&](const Fact& fact) {
    return fact.As<PageQueued>()->page == name;
  }));
  if (!page) {
    const uint64_t newest = picture_.world.notify.last_page;
    return NotFound(
        "there is no page " + name +
        (newest == 0 ? "; none was ever sent" : "; the newest is PG-" + std::to_string(newest)));
  }
  const PageQueued& queued = *page->As<PageQueued>();
  Explanation answer(source_, "page", name);
  answer.Since(page->entry.at);
  answer.Rests(*page);
  HN_TRY(const auto facts,
         reader_.About(queued.incident.empty() ? "page:" + name : "incident:" + queued.incident));
  for (const Fact& fact : facts) {
    const auto* tried = fact.As<PageAttempted>();
    const auto* dead = fact.As<ops_model::PageDead>();
    const auto* suppressed = fact.As<ops_model::PageSuppressed>();
    if ((tried != nullptr && tried->page == name) || (dead != nullptr && dead->page == name) ||
        (suppressed != nullptr && suppressed->page == name))
      answer.Rests(fact);
  }
  if (const Fact* opened = FindFact<IncidentOpened>(facts)) {
    HN_TRY(const auto transition,
           AlarmBefore(opened->As<IncidentOpened>()->alarm, opened->entry.sequence));
    if (transition) RestsOnAlarm(answer, *transition);
  }
  const std::string why = WhyPaged(queued, facts, *page, answer);
  answer.Say(Words(queued.replaces.empty() ? "explain.page" : "explain.page_instead",
                   {{"page", name},
                    {"contact", queued.contact},
                    {"channel", queued.channel},
                    {"time", Moment(page->entry.at)},
                    {"replaces", queued.replaces},
                    {"why", why},
                    {"went", HowItWent(queued)}}));
  return answer.Take();
}

}  // namespace hinomi::api::impl
