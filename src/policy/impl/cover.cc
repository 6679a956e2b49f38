#include <algorithm>
#include <set>

#include "base/zone.h"
#include "policy/find.h"
#include "policy/hours.h"
#include "policy/impl/workbook.h"

namespace hinomi::policy::impl {
namespace {

constexpr Duration kLookAhead = Duration::Days(365);
constexpr std::string_view kCritical = "critical";

bool Names(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// True where the step is one of a critical incident's ladder.
bool IsForCritical(const EscalationStepDocument& step) {
  return step.severities.empty() || Names(step.severities, kCritical);
}

/// The hours of all who are called for a critical incident; an override is always open.
std::vector<HoursDocument> HoursOf(const OpsFolder& folder, const EscalationDocument& escalation) {
  std::vector<HoursDocument> hours;
  for (const EscalationStepDocument& step : escalation.steps) {
    if (!IsForCritical(step)) continue;
    for (const std::string& name : step.contacts)
      for (const ContactDocument& contact : folder.contacts) {
        if (contact.name != name || contact.methods.empty()) continue;
        hours.push_back(Names(contact.hours.override_for, kCritical) ? HoursDocument()
                                                                     : contact.hours);
      }
  }
  return hours;
}

bool KnowsAll(const Workbook& book) {
  return book.IsKnown("routes.yml") && book.IsKnown("escalation.yml") &&
         book.IsKnown("contacts.yml");
}

}  // namespace

void CheckCover(Workbook& book, Instant now) {
  if (!KnowsAll(book)) return;
  const OpsFolder& folder = book.folder;
  std::set<std::string> used;
  for (const RouteDocument& route : folder.routes)
    if (route.severity == kCritical && route.scale.empty()) used.insert(route.escalation);
  for (const EscalationDocument& escalation : folder.escalations) {
    if (!used.contains(escalation.name)) continue;
    const std::string& zone = folder.server.time_zone;
    const std::optional<Instant> gap =
        FirstGap(HoursOf(folder, escalation), zone, now, now + kLookAhead);
    if (!gap) continue;
    book.Mistake("escalation.yml", yaml::PathKey("escalation", escalation.name),
                 "at " + CivilText(zone, *gap) +
                     " nobody could be called for a critical incident: all contacts of its levels "
                     "are outside their hours or have no way to be reached; add one who is there "
                     "24/7, or override_for: [critical] to somebody's hours");
  }
}

}  // namespace hinomi::policy::impl
