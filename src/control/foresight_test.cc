#include "control/foresight.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "control/audit.h"

namespace hinomi::control {
namespace {

using Lines = std::vector<std::string>;

/// A Saturday, 10:00 in Tokyo.
const Instant kSaturday = *ParseRfc3339("2026-12-05T01:00:00Z");

policy::OpsFolder DocumentLike() {
  policy::OpsFolder folder;
  folder.routes = {{.action = "alert", .severity = "error", .escalation = "standard"},
                   {.action = "critical-alert",
                    .severity = "critical",
                    .escalation = "standard",
                    .notify = {"devops"}},
                   {.action = "warning", .severity = "warning", .notify = {"devops"}}};
  policy::EscalationDocument standard;
  standard.name = "standard";
  standard.steps = {{.level = "L1", .contacts = {"on-call"}},
                    {.level = "L2", .after = Duration::Minutes(30), .contacts = {"lead"}},
                    {.level = "L4",
                     .contacts = {"management"},
                     .severities = {"critical"},
                     .at_once_for = {"critical"}}};
  folder.escalations = {standard};
  folder.channels.push_back({"mail", "smtp", {}, true, ""});
  for (const char* name : {"on-call", "lead", "management", "devops"})
    folder.contacts.push_back({name, name, {{"mail", "a@example.com"}}, {}});
  policy::HoursDocument& hours = folder.contacts[1].hours;
  hours.always = false;
  hours.time_zone = "Asia/Tokyo";
  hours.weekdays = {"mon", "tue", "wed", "thu", "fri"};
  hours.from_minute = 9 * 60;
  hours.to_minute = 18 * 60;
  return folder;
}

Lines Shown(const Foresight& foresight, Instant start) {
  Lines lines;
  for (const Foreseen& fact : foresight.facts) {
    std::string line = FormatDuration(fact.at - start) + " ";
    if (const auto* page = std::get_if<ops_model::PageQueued>(&fact.what))
      line += page->kind + " " + page->contact + " " + fact.level;
    else
      line += std::string(ops_model::EventType(fact.what));
    lines.push_back(line);
  }
  return lines;
}

TEST(ForesightTest, AnIncidentThatNobodyTouchesGoesUpTheWholeLadder) {
  const Foresight foresight = Foresee(DocumentLike(), {.at = kSaturday, .route = "critical-alert"});
  EXPECT_TRUE(foresight.complete);
  EXPECT_EQ(Shown(foresight, kSaturday),
            (Lines{"0s incident.opened", "0s page devops ", "0s page on-call L1",
                   "0s page management L4", "30m escalation.ended",
                   // Held until Monday, nine o'clock.
                   "1d23h page lead L2"}));
}

TEST(ForesightTest, WhoTakesItAndEndsItIsTakenIntoAccount) {
  policy::OpsFolder folder = DocumentLike();
  folder.escalations[0].steps[1].until_acknowledged = true;
  folder.escalations[0].acknowledgement_timeout = {{"error", Duration::Hours(2)}};
  folder.contacts[1].hours = {};
  const Foresight foresight = Foresee(folder, {.at = kSaturday,
                                               .route = "alert",
                                               .acknowledged_after = Duration::Minutes(5),
                                               .resolved_after = Duration::Hours(4)});
  EXPECT_EQ(Shown(foresight, kSaturday),
            (Lines{"0s incident.opened", "0s page on-call L1", "5m incident.acknowledged",
                   "5m acknowledged on-call L1", "2h5m incident.unacknowledged",
                   "2h5m page on-call L1", "2h35m page lead L2", "2h35m escalation.ended",
                   "4h incident.resolved", "4h resolved on-call L1", "4h resolved lead L2"}));
}

TEST(ForesightTest, WhatNeverEndsIsCutAndSaysSo) {
  policy::OpsFolder folder = DocumentLike();
  folder.escalations[0].steps[0].repeat_every = Duration::Minutes(1);
  const Foresight foresight = Foresee(folder, {.at = kSaturday, .route = "alert"});
  EXPECT_FALSE(foresight.complete);
  EXPECT_LT(foresight.facts.size(), 1100u);
}

/// The state of the machines after these facts.
World After(const std::vector<ops_model::EventBody>& facts, Instant at) {
  Machines machines = MakeMachines();
  uint64_t sequence = 0;
  for (const ops_model::EventBody& body : facts)
    for (auto& machine : machines.machines) machine->Apply({++sequence, at, "hinomi", body});
  return machines.world();
}

TEST(AuditTest, AnOpenIncidentHasSomethingAheadOrAReasonForNothing) {
  using namespace ops_model;  // NOLINT: the events are this test's vocabulary.
  IncidentOpened opened;
  opened.incident = "INC-1";
  const EscalationStarted started{
      "INC-1", Severity::kError, {{"L1", Duration::Minutes(5), true, {"a"}}}};
  const EscalationStepFired fired{"INC-1", "L1", {"a"}, "opened", ""};
  const auto audit = [&](const std::vector<EventBody>& facts, Duration later) {
    const auto findings = AuditIncidents(After(facts, kSaturday), kSaturday + later);
    std::string codes;
    for (const AuditFinding& finding : findings) codes += finding.incident + " " + finding.code;
    return codes;
  };
  EXPECT_EQ(audit({opened}, Duration()), "");  // Wakes nobody.
  EXPECT_EQ(audit({opened, started}, Duration::Minutes(6)), "");
  EXPECT_EQ(audit({opened, started}, Duration::Minutes(7)), "INC-1 overdue");
  EXPECT_EQ(audit({opened, started, fired}, Duration::Minutes(7)), "INC-1 nothing_ahead");
  EXPECT_EQ(audit({opened, started, fired, IncidentAcknowledged{"INC-1", "sato", "cli"}},
                  Duration::Days(1)),
            "");
  EXPECT_EQ(
      audit({opened, started, fired, EscalationEnded{"INC-1", "exhausted"}}, Duration::Days(1)),
      "");
  EXPECT_EQ(audit({opened, started, IncidentResolved{"INC-1", "sato", "human", ""}},
                  Duration::Minutes(1)),
            "INC-1 never_closed");
  World lost = After({opened}, kSaturday);
  lost.escalation.incidents.clear();
  EXPECT_EQ(AuditIncidents(lost, kSaturday).at(0).code, "not_known_to_escalation");
}

}  // namespace
}  // namespace hinomi::control
