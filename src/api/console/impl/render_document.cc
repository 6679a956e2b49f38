#include "api/console/impl/render_document.h"

#include "api/console/impl/bands.h"
#include "api/console/impl/masking.h"

namespace hinomi::api::impl {
namespace {

template <typename Documents, typename Render>
Json Rows(const Documents& documents, Render render) {
  Json rows = Json::MakeArray();
  for (const auto& document : documents) rows.Append(render(document));
  return rows;
}

Json Texts(const std::vector<std::string>& texts) {
  return Rows(texts, [](const std::string& text) { return Json(text); });
}

Json RenderAlarmRow(const policy::AlarmDocument& alarm) {
  return Json::MakeObject()
      .Set("name", alarm.name)
      .Set("metric", alarm.metric)
      .Set("comparison", policy::ComparisonName(alarm.comparison))
      .Set("threshold", LimitText(alarm))
      .Set("statistic", alarm.statistic)
      .Set("period", FormatDuration(alarm.period))
      .Set("evaluation_periods", alarm.evaluation_periods)
      .Set("expr", alarm.expr)
      .Set("rule_file", alarm.rule_file)
      .Set("action", alarm.action);
}

Json RenderEscalation(const policy::EscalationDocument& escalation) {
  return Json::MakeObject()
      .Set("name", escalation.name)
      .Set("steps", Rows(escalation.steps, [](const policy::EscalationStepDocument& step) {
             return Json::MakeObject()
                 .Set("level", step.level)
                 .Set("title", step.title)
                 .Set("after", FormatDuration(step.after))
                 .Set("at_once_for", Texts(step.at_once_for))
                 .Set("contacts", Texts(step.contacts));
           }));
}

// "09:30" of minutes of the day.
std::string TimeOfDay(int minutes) {
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

Json RenderHours(const policy::HoursDocument& hours) {
  if (hours.always) return Json::MakeObject().Set("always", true);
  return Json::MakeObject()
      .Set("always", false)
      .Set("weekdays", Texts(hours.weekdays))
      .Set("from", TimeOfDay(hours.from_minute))
      .Set("to", TimeOfDay(hours.to_minute))
      .Set("zone", hours.time_zone)
      .Set("override_for", Texts(hours.override_for));
}

Json RenderContact(const policy::ContactDocument& contact) {
  return Json::MakeObject()
      .Set("name", contact.name)
      .Set("title", contact.title)
      .Set("channels", Rows(contact.methods,
                            [](const policy::ContactMethod& method) {
                              return Json(method.address.empty()
                                              ? method.channel
                                              : method.channel + " " + method.address);
                            }))
      .Set("hours", contact.hours.always ? "24/7" : "business hours")
      .Set("open", RenderHours(contact.hours));
}

Json RenderServer(const policy::ServerDocument& server) {
  return Json::MakeObject()
      .Set("listen", Texts(server.listen))
      .Set("external_url", ShownUrl(server.external_url))
      .Set("time_zone", server.time_zone)
      .Set("language", server.language)
      .Set("store", server.database.empty() ? "SQLite" : "PostgreSQL")
      .Set("tls", !server.tls_certificate.empty())
      .Set("observe_new_alarms", FormatDuration(server.observe_new_alarms))
      .Set("watched_by", ShownSetting("watched_by", server.watched_by));
}

Json RenderTargets(const policy::TargetsDocument& targets) {
  Json rows = Json::MakeArray();
  const auto add = [&rows](const std::string& name, const char* kind, const std::string& what,
                           const std::string& every) {
    rows.Append(Json::MakeObject()
                    .Set("name", name)
                    .Set("kind", kind)
                    .Set("what", what)
                    .Set("every", every));
  };
  for (const policy::ScrapeDocument& scrape : targets.scrapes) {
    std::string addresses;
    for (const std::string& target : scrape.targets)
      addresses += (addresses.empty() ? "" : ", ") + target;
    add(scrape.job, "scrape", scrape.file.empty() ? addresses : scrape.file,
        FormatDuration(scrape.interval));
  }
  for (const policy::ProbeDocument& probe : targets.probes)
    add(probe.name, "probe", probe.type + " " + ShownUrl(probe.target),
        FormatDuration(probe.interval));
  for (const policy::ServiceDocument& service : targets.services)
    add(service.name, "service",
        std::to_string(service.min_count) + "–" + std::to_string(service.max_count), "");
  for (const policy::ResourceDocument& resource : targets.resources)
    add(resource.name, "resource", resource.kind, "");
  return rows;
}

Json RenderChannel(const policy::ChannelDocument& channel) {
  Json settings = Json::MakeArray();
  for (const auto& [key, value] : channel.settings)
    settings.Append(Json::MakeObject().Set("key", key).Set("value", ShownSetting(key, value)));
  return Json::MakeObject()
      .Set("name", channel.name)
      .Set("type", channel.type)
      .Set("settings", settings);
}

Json RenderReport(const policy::ReportDocument& report) {
  return Json::MakeObject()
      .Set("name", report.name)
      .Set("title", report.title)
      .Set("parts", Rows(report.parts, [](const policy::ReportSection& part) {
             return Json(part.title.empty() ? part.kind : part.title);
           }));
}

}  // namespace

Json RenderDocument(const policy::OpsFolder& folder) {
  return Json::MakeObject()
      .Set("digest", folder.digest)
      .Set("server", RenderServer(folder.server))
      .Set("targets", RenderTargets(folder.targets))
      .Set("alarms", Rows(folder.alarms, RenderAlarmRow))
      .Set("routes", Rows(folder.routes,
                          [](const policy::RouteDocument& route) {
                            return Json::MakeObject()
                                .Set("action", route.action)
                                .Set("severity", route.severity)
                                .Set("escalation", route.escalation)
                                .Set("notify", Texts(route.notify))
                                .Set("scale", route.scale);
                          }))
      .Set("escalations", Rows(folder.escalations, RenderEscalation))
      .Set("channels", Rows(folder.channels, RenderChannel))
      .Set("contacts", Rows(folder.contacts, RenderContact))
      .Set("checklist", Rows(folder.checklist,
                             [](const policy::ChecklistItem& item) {
                               return Json::MakeObject()
                                   .Set("id", item.id)
                                   .Set("phase", item.phase)
                                   .Set("title", item.title)
                                   .Set("evidence", item.evidence);
                             }))
      .Set("backup_policy", Rows(folder.backup_policy,
                                 [](const policy::BackupPolicyEntry& entry) {
                                   return Json::MakeObject()
                                       .Set("what", entry.what)
                                       .Set("frequency", entry.frequency)
                                       .Set("retention", FormatDuration(entry.retention))
                                       .Set("point_in_time_recovery", entry.point_in_time_recovery);
                                 }))
      .Set("recovery", Rows(folder.recovery,
                            [](const policy::RecoveryDocument& procedure) {
                              return Json::MakeObject()
                                  .Set("name", procedure.name)
                                  .Set("title", procedure.title)
                                  .Set("steps",
                                       Rows(procedure.steps, [](const policy::RecoveryStep& step) {
                                         return Json(step.title);
                                       }));
                            }))
      .Set("maintenance", Rows(folder.maintenance,
                               [](const policy::MaintenanceTask& task) {
                                 return Json::MakeObject()
                                     .Set("name", task.name)
                                     .Set("title", task.title)
                                     .Set("frequency", task.frequency)
                                     .Set("procedure", task.procedure)
                                     .Set("owner", task.owner);
                               }))
      .Set("runbooks", Rows(folder.runbooks,
                            [](const policy::RunbookDocument& runbook) {
                              return Json::MakeObject()
                                  .Set("name", runbook.name)
                                  .Set("title", runbook.title)
                                  .Set("steps", static_cast<int64_t>(runbook.steps.size()));
                            }))
      .Set("kpis", Rows(folder.kpis,
                        [](const policy::KpiDocument& kpi) {
                          return Json::MakeObject()
                              .Set("name", kpi.name)
                              .Set("title", kpi.title)
                              .Set("target", kpi.target)
                              .Set("method", kpi.method);
                        }))
      .Set("reports", Rows(folder.reports, RenderReport));
}

}  // namespace hinomi::api::impl
