#include "cli/postmortem.h"

#include <optional>

#include "base/clock.h"
#include "cli/printable.h"

namespace hinomi::cli {
namespace {

std::string Words(const Json& value) {
  return value.is_null() ? std::string() : Printable(value.as_string());
}

/// Seconds between two times of an answer; nothing where one of them is not known.
std::optional<Duration> Between(const Json& from, const Json& to) {
  if (from.is_null() || to.is_null()) return std::nullopt;
  const auto begin = ParseRfc3339(from.as_string());
  const auto end = ParseRfc3339(to.as_string());
  if (!begin || !end) return std::nullopt;
  return Duration::Seconds((*end - *begin).seconds());
}

/// A corrected time where there is one.
Json TimeOf(const Json& incident, const char* what, const Json& recorded) {
  const Json& corrected = incident["corrected"];
  return corrected.contains(what) ? corrected[what] : recorded;
}

/// One row of the figures.
std::string Figure(const char* name, const Json& from, const Json& to) {
  const std::optional<Duration> lasted = Between(from, to);
  return std::string("| ") + name + " | " + (lasted ? FormatDuration(*lasted) : "not yet") + " |\n";
}

/// When somebody was first reached; a page in the outbox reaches nobody.
Json FirstPageSent(const Json& incident) {
  Json first;
  for (const Json& page : incident["pages"].as_array()) {
    if (page["channel_type"].as_string() == "outbox") continue;
    for (const Json& attempt : page["attempts"].as_array())
      if (attempt["outcome"].as_string() == "delivered" &&
          (first.is_null() || attempt["at"].as_string() < first.as_string()))
        first = attempt["at"];
  }
  return first;
}

std::string PostmortemTimeline(const Json& incident) {
  std::string text = "| time | who | what |\n|---|---|---|\n";
  const auto& entries = incident["timeline"].as_array();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    std::string summary = Words((*entry)["summary"]);
    for (char& c : summary)
      if (c == '|' || c == '\n') c = ' ';
    text +=
        "| " + Words((*entry)["at"]) + " | " + Words((*entry)["actor"]) + " | " + summary + " |\n";
  }
  return text;
}

}  // namespace

std::string PostmortemOf(const Json& incident) {
  const Json began = TimeOf(incident, "impact_start", incident["opened_at"]);
  const Json resolved = TimeOf(incident, "resolved", incident["resolved_at"]);
  std::string text = "# " + Words(incident["id"]) + ": " + Words(incident["title"]) + "\n\n";
  text += "Severity " + Words(incident["severity"]) + ", " + Words(incident["state"]);
  if (!Words(incident["service"]).empty()) text += ", service " + Words(incident["service"]);
  text +=
      ". Draft from the journal: what stands in tables is recorded, the rest is to be "
      "written.\n\n";
  text += "## Overview\n\n_What happened, for whom, in two sentences._\n\n";
  text += "## Impact\n\n| | |\n|---|---|\n";
  text += "| impact began | " + Words(began) + " |\n";
  text +=
      Figure("until it was detected", began, TimeOf(incident, "detected", incident["opened_at"]));
  text += Figure("until the first page arrived", incident["opened_at"], FirstPageSent(incident));
  text += Figure("until it was acknowledged", incident["opened_at"], incident["acknowledged_at"]);
  text += Figure("until it was mitigated", began, TimeOf(incident, "mitigated", Json()));
  text += Figure("until it was resolved", began, resolved);
  text += "\n_How many users, requests, orders?_\n\n";
  text +=
      "## Contributing factors\n\n- \n\n## Resolution\n\n" + Words(incident["resolution"]) + "\n\n";
  text += "## Timeline\n\n" + PostmortemTimeline(incident) + "\n";
  text += "## What went well, what did not, where we were lucky\n\n- \n\n";
  text += "## Actions\n\n| action | owner | due |\n|---|---|---|\n| | | |\n";
  return text;
}

}  // namespace hinomi::cli
