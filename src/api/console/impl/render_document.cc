#include "api/console/impl/render_document.h"

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
      .Set("threshold", alarm.threshold_text)
      .Set("statistic", alarm.statistic)
      .Set("period", FormatDuration(alarm.period))
      .Set("evaluation_periods", alarm.evaluation_periods)
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
      .Set("hours", contact.hours.always ? "24/7" : "business hours");
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
      .Set("contacts", Rows(folder.contacts, RenderContact))
      .Set("checklist", Rows(folder.checklist,
                             [](const policy::ChecklistItem& item) {
                               return Json::MakeObject()
                                   .Set("phase", item.phase)
                                   .Set("id", item.id)
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
