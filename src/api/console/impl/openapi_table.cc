#include "api/console/impl/openapi_table.h"

namespace hinomi::api::impl {
namespace {

constexpr Operation kOperations[] = {
    {"GET", "now", "getNow", "Everything the first screen shows", "lang", "", "Now"},
    {"GET", "incidents", "listIncidents", "Incidents, newest first", "state,lang", "",
     "IncidentList"},
    {"POST", "incidents", "openIncident", "Opens an incident by hand and calls people", "lang",
     "OpenIncident", "IncidentDone"},
    {"GET", "incidents/{id}", "getIncident", "One incident with ladder, pages and timeline", "lang",
     "", "Incident"},
    {"POST", "incidents/{id}/acknowledge", "acknowledgeIncident",
     "Says that the caller has it; the clocks of escalation run on until it is resolved", "lang",
     "Empty", "IncidentDone"},
    {"POST", "incidents/{id}/resolve", "resolveIncident", "Ends the incident and its escalation",
     "lang", "Resolve", "IncidentDone"},
    {"POST", "incidents/{id}/escalate", "escalateIncident", "Calls the next level now", "lang",
     "Empty", "IncidentDone"},
    {"POST", "incidents/{id}/note", "noteIncident", "Writes a note into the timeline", "lang",
     "Note", "IncidentDone"},
    {"POST", "channels/{name}/test", "testChannel", "Sends a test page by a channel", "lang",
     "TestChannel", "PageDone"},
    {"POST", "services/{name}/scale", "scaleService",
     "Gives a service another number of replicas, within min_count and max_count", "",
     "ScaleService", "ScalingDone"},
    {"GET", "alarms/{name}", "getAlarm", "One alarm with its history", "lang", "", "AlarmDetail"},
    {"GET", "alarms/{name}/series", "getAlarmSeries",
     "The points of an alarm's metric, by its own statistic", "from,to,step_seconds", "", "Series"},
    {"GET", "explain/{name}", "explain",
     "Why an alarm, a service, an incident, a page or a scaling is as it is: one sentence and the "
     "evidence",
     "lang", "", "Explanation"},
    {"GET", "targets", "listTargets", "Scrape targets and probes with their last try", "", "",
     "Targets"},
    {"GET", "document", "getDocument", "The operations document in force, whole", "", "",
     "Document"},
    {"GET", "journal", "readJournal",
     "The journal, newest first; with the fields of each event if data=true",
     "before,limit,subject,data,lang", "", "Journal"},
    {"POST", "journal/verify", "verifyJournal",
     "Recomputes the chain, as far as the checkpoint that is shown", "", "Checkpoint",
     "JournalProof"},
    {"GET", "journal/checkpoint", "getCheckpoint", "The newest signed checkpoint", "", "",
     "Checkpoint"},
    {"GET", "events", "followEvents",
     "Server-sent events: `change` for each event of the journal, `reset` to read anew", "after",
     "", "Change"},
    {"POST", "session", "signIn", "Starts a session of the page with a token", "", "SignIn",
     "SignedIn"},
    {"DELETE", "session", "signOut", "Ends the session", "", "", "Done"},
    {"GET", "session/link/{code}", "redeemSignInLink",
     "The one-time link of the first start: 303 to the page, signed in", "", "", ""},
    {"GET", "tokens", "listTokens", "Tokens that are not revoked", "", "", "TokenList"},
    {"POST", "tokens", "createToken", "Makes a token; its text is shown this once", "",
     "CreateToken", "Token"},
    {"POST", "tokens/link", "createSignInLink", "Makes a link that signs a user in, once", "",
     "CreateLink", "SignInLink"},
    {"POST", "people/{name}/erase", "erasePerson",
     "Makes what a person wrote unreadable; the journal stays whole", "", "Empty", "Done"},
    {"DELETE", "tokens/{id}", "revokeToken", "Revokes a token", "", "", "Done"},
    {"GET", "routes", "listRoutes", "The table of routes and the rights that they ask for", "", "",
     "Document"},
    {"GET", "openapi.json", "getOpenApi", "This description", "", "", "Document"},
};

}  // namespace

std::span<const Operation> Operations() {
  return kOperations;
}

std::string_view ParametersJson() {
  return R"json({
  "lang": {"description": "Language of sentences; else Accept-Language, else the server's.",
           "schema": {"type": "string", "enum": ["ja", "en"]}},
  "state": {"description": "Which incidents.",
            "schema": {"type": "string", "enum": ["open", "resolved", "all"], "default": "open"}},
  "from": {"description": "Beginning; 3 hours before `to` if absent.",
           "schema": {"type": "string", "format": "date-time"}},
  "to": {"description": "End; now if absent.", "schema": {"type": "string", "format": "date-time"}},
  "step_seconds": {"description": "Length of a period; the alarm's own if absent.",
                   "schema": {"type": "integer", "minimum": 1, "maximum": 2678400}},
  "before": {"description": "Only entries with a smaller sequence; 0 begins at the newest.",
             "schema": {"type": "integer", "minimum": 0}},
  "after": {"description": "Sequence after which to begin; Last-Event-ID goes before.",
            "schema": {"type": "integer", "minimum": 0}},
  "limit": {"description": "At most so many entries.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}},
  "data": {"description": "Whether each entry has the fields of its event.",
           "schema": {"type": "boolean", "default": false}},
  "subject": {"description": "Only entries about it: `incident:INC-1`, `alarm:HighErrorRate`.",
              "schema": {"type": "string"}}
})json";
}

std::string_view SchemasJson() {
  return R"json({
  "Error": {"type": "object", "required": ["error"], "properties": {"error": {
    "type": "object", "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}}},
  "Empty": {"type": "object"},
  "Document": {"type": "object"},
  "Done": {"type": "object", "required": ["ok"], "properties": {"ok": {"const": true}}},
  "Time": {"type": ["string", "null"], "format": "date-time", "description": "RFC 3339 in UTC."},
  "Contact": {"type": "object", "required": ["name", "title"], "properties": {
    "name": {"type": "string"}, "title": {"type": "string"}}},
  "Entry": {"type": "object",
    "required": ["sequence", "at", "type", "actor", "subject", "summary"], "properties": {
    "sequence": {"type": "integer"}, "at": {"$ref": "#/components/schemas/Time"},
    "type": {"type": "string"}, "actor": {"type": "string"}, "subject": {"type": "string"},
    "summary": {"type": "string"},
    "version": {"type": "integer", "description": "Of the event's fields; with data=true."},
    "data": {"description": "The event's fields; with data=true."}}},
  "Attempt": {"type": "object", "properties": {
    "at": {"$ref": "#/components/schemas/Time"},
    "outcome": {"type": "string"}, "reason_code": {"type": "string"},
    "detail": {"type": "string"}, "next_at": {"$ref": "#/components/schemas/Time"}}},
  "Page": {"type": "object", "properties": {
    "id": {"type": "string"}, "level": {"type": "string"}, "contact": {"type": "string"},
    "contact_title": {"type": "string"}, "channel": {"type": "string"},
    "channel_type": {"type": "string"}, "destination": {"type": "string"},
    "kind": {"type": "string"}, "queued_at": {"$ref": "#/components/schemas/Time"},
    "state": {"enum": ["queued", "retrying", "delivered", "filed", "failed", "cancelled"]},
    "attempts": {"type": "array", "items": {"$ref": "#/components/schemas/Attempt"}}}},
  "Step": {"type": "object", "properties": {
    "level": {"type": "string"}, "due_at": {"$ref": "#/components/schemas/Time"},
    "fired_at": {"$ref": "#/components/schemas/Time"},
    "contacts": {"type": "array", "items": {"$ref": "#/components/schemas/Contact"}},
    "reason_code": {"type": ["string", "null"]}, "skipped_reason": {"type": ["string", "null"]}}},
  "Incident": {"type": "object", "required": ["id", "title", "severity", "state", "opened_at"],
    "properties": {
    "id": {"type": "string"}, "title": {"type": "string"},
    "severity": {"enum": ["critical", "error", "warning", "info"]},
    "service": {"type": "string"}, "alarm": {"type": "string"},
    "recurrence_of": {"type": "string"},
    "state": {"enum": ["triggered", "acknowledged", "resolved"]},
    "opened_at": {"$ref": "#/components/schemas/Time"},
    "acknowledged_at": {"$ref": "#/components/schemas/Time"},
    "acknowledged_by": {"type": ["string", "null"]}, "acknowledged_by_title": {"type": "string"},
    "resolved_at": {"$ref": "#/components/schemas/Time"},
    "resolved_by": {"type": ["string", "null"]}, "resolved_by_title": {"type": "string"},
    "resolution": {"type": ["string", "null"]}, "resolution_code": {"type": ["string", "null"]},
    "steps": {"type": "array", "items": {"$ref": "#/components/schemas/Step"}},
    "next_step": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Step"}]},
    "pages": {"type": "array", "items": {"$ref": "#/components/schemas/Page"}},
    "notes": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}},
    "timeline": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}}}},
  "IncidentList": {"type": "object", "properties": {
    "incidents": {"type": "array", "items": {"$ref": "#/components/schemas/Incident"}}}},
  "IncidentDone": {"type": "object", "properties": {
    "ok": {"const": true}, "incident": {"type": "object", "properties": {
      "incident": {"type": "string"}, "state": {"enum": ["triggered", "acknowledged", "resolved"]},
      "already": {"type": "boolean", "description": "It was so before."}}}}},
  "OpenIncident": {"type": "object", "required": ["title"], "properties": {
    "title": {"type": "string"}, "severity": {"enum": ["critical", "error", "warning", "info"]},
    "service": {"type": "string"}, "route": {"type": "string"}}},
  "Resolve": {"type": "object", "properties": {"reason": {"type": "string"}}},
  "Note": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
  "TestChannel": {"type": "object", "properties": {"contact": {"type": "string"}}},
  "PageDone": {"type": "object", "properties": {"ok": {"const": true}, "page": {}}},
  "ScaleService": {"type": "object", "required": ["count"], "properties": {
    "count": {"type": "integer"},
    "dry_run": {"type": "boolean", "description": "Says what would be done."}}},
  "ScalingDone": {"type": "object", "properties": {
    "ok": {"const": true}, "scaling": {"type": "object", "properties": {
      "scaling": {"type": "string"}, "service": {"type": "string"},
      "from": {"type": "integer"}, "to": {"type": "integer"},
      "minimum": {"type": "integer"}, "maximum": {"type": "integer"},
      "healthy": {"type": ["integer", "null"]}, "already": {"type": "boolean"},
      "dry_run": {"type": "boolean"},
      "rests_until": {"$ref": "#/components/schemas/Time"}}}}},
  "Alarm": {"type": "object", "required": ["name", "metric", "state", "threshold"], "properties": {
    "name": {"type": "string"}, "description": {"type": "string"}, "metric": {"type": "string"},
    "dimensions": {"type": "object", "additionalProperties": {"type": "string"}},
    "state": {"enum": ["OK", "ALARM", "INSUFFICIENT_DATA"]},
    "since": {"$ref": "#/components/schemas/Time"}, "reason": {"type": "string"},
    "reason_code": {"type": "string"}, "threshold": {"type": "number"},
    "threshold_text": {"type": "string", "description": "As the document writes it."},
    "comparison": {"type": "string"}, "statistic": {"type": "string"},
    "period_seconds": {"type": "integer"}, "evaluation_periods": {"type": "integer"},
    "datapoints_to_alarm": {"type": "integer"}, "treat_missing_data": {"type": "string"},
    "unit": {"type": "string"}, "action": {"type": "string"}, "severity": {"type": "string"},
    "value": {"type": ["number", "null"]}, "observing": {"type": "boolean"},
    "observing_until": {"$ref": "#/components/schemas/Time"}}},
  "AlarmDetail": {"allOf": [{"$ref": "#/components/schemas/Alarm"}, {"type": "object",
    "properties": {"history": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}}}}]},
  "Series": {"type": "object", "properties": {"threshold": {"type": "number"},
    "points": {"type": "array", "items": {"type": "array",
      "prefixItems": [{"type": "integer", "description": "Seconds since 1970."},
                      {"type": ["number", "null"]}], "items": false}}}},
  "Now": {"type": "object", "properties": {
    "server": {"type": "object"}, "sequence": {"type": "integer"},
    "alarms": {"type": "array", "items": {"$ref": "#/components/schemas/Alarm"}},
    "incidents": {"type": "array", "items": {"$ref": "#/components/schemas/Incident"}},
    "resolved": {"type": "array", "items": {"$ref": "#/components/schemas/Incident"}},
    "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}},
    "findings": {"type": "array", "items": {"type": "object"}},
    "channels": {"type": "array", "items": {"type": "object"}},
    "undelivered": {"type": "array", "items": {"type": "object"}},
    "resources": {"type": "array", "items": {"type": "object"}}}},
  "Explanation": {"type": "object", "required": ["kind", "id", "sentence", "entries"],
    "properties": {"kind": {"enum": ["alarm", "service", "incident", "page", "scaling"]},
    "id": {"type": "string"}, "sentence": {"type": "string"},
    "at": {"$ref": "#/components/schemas/Time"}, "rule": {"type": ["object", "null"]},
    "datapoints": {"type": "array", "items": {"type": "object", "properties": {
      "at": {"$ref": "#/components/schemas/Time"}, "value": {"type": ["number", "null"]}}}},
    "entries": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}}}},
  "Targets": {"type": "object", "properties": {"targets": {"type": "array", "items": {
    "type": "object", "properties": {"job": {"type": "string"}, "target": {"type": "string"},
      "state": {"enum": ["up", "down", "unknown"]}, "error": {"type": "string"},
      "last_at": {"$ref": "#/components/schemas/Time"}, "samples": {"type": "integer"}}}}}},
  "Journal": {"type": "object", "properties": {
    "entries": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}},
    "head": {"type": "object", "properties": {
      "sequence": {"type": "integer"}, "hash": {"type": "string"}}}}},
  "JournalProof": {"type": "object", "properties": {"ok": {"type": "boolean"},
    "sequence": {"type": "integer"}, "hash": {"type": "string"}, "anchored": {"type": "boolean"},
    "message": {"type": "string"}}},
  "Checkpoint": {"type": "object", "properties": {"checkpoint": {"type": "string"}}},
  "Change": {"type": "object", "properties": {"sequence": {"type": "integer"},
    "type": {"type": "string"}, "subject": {"type": "string"}}},
  "SignIn": {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}},
  "SignedIn": {"type": "object", "properties": {"ok": {"const": true},
    "user": {"type": "string"}}},
  "CreateLink": {"type": "object", "required": ["user"], "properties": {
    "user": {"type": "string"}}},
  "SignInLink": {"type": "object", "properties": {
    "user": {"type": "string"}, "path": {"type": "string"}}},
  "CreateToken": {"type": "object", "required": ["user", "role"], "properties": {
    "user": {"type": "string"}, "role": {"type": "string"}, "name": {"type": "string"},
    "days": {"type": "integer", "minimum": 1, "maximum": 3650, "default": 90}}},
  "Token": {"type": "object", "properties": {"id": {"type": "string"}, "user": {"type": "string"},
    "role": {"type": "string"}, "name": {"type": "string"}, "created_at": {"type": "string"},
    "expires_at": {"type": "string"}, "last_used_at": {"type": ["string", "null"]},
    "revoked": {"type": "boolean"}, "token": {"type": "string"}}},
  "TokenList": {"type": "object", "properties": {"tokens": {"type": "array",
    "items": {"$ref": "#/components/schemas/Token"}}}}
})json";
}

}  // namespace hinomi::api::impl
