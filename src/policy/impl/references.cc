#include <algorithm>
#include <set>

#include "policy/impl/alarm_references.h"
#include "policy/impl/workbook.h"

namespace hinomi::policy::impl {
namespace {

using yaml::PathIndex;
using yaml::PathKey;

template <typename T>
std::vector<std::string> NamesOf(const std::vector<T>& things, std::string T::* name) {
  std::vector<std::string> names;
  for (const T& thing : things) names.push_back(thing.*name);
  return names;
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A name at `path` must be declared in `home`.
void CheckName(Workbook& book, const std::string& file, const std::string& path,
               const std::string& name, std::string_view what, const std::string& home,
               const std::vector<std::string>& declared) {
  if (name.empty() || Contains(declared, name) || !book.IsKnown(home)) return;
  std::string message = "unknown " + std::string(what) + " \"" + name + "\"";
  if (!book.Has(home)) {
    message += ": the folder has no " + home;
  } else if (declared.empty()) {
    message += ": " + home + " declares none";
  } else {
    message += " (not in " + home + ")" + Suggest(name, declared);
  }
  book.Mistake(file, path, message);
}

/// How far beyond a band's edge a value lies is no measure for steps: CloudWatch has none either.
void CheckNoScaling(Workbook& book, const AlarmDocument& alarm, const std::string& path) {
  const std::pair<const char*, const std::string&> actions[] = {
      {"action", alarm.action},
      {"okAction", alarm.ok_action},
      {"insufficientDataAction", alarm.insufficient_action}};
  for (const auto& [key, action] : actions) {
    const auto route = std::ranges::find(book.folder.routes, action, &RouteDocument::action);
    if (route == book.folder.routes.end() || route->scale.empty()) continue;
    book.Mistake("alarms.yml", PathKey(path, key),
                 "the action " + action +
                     " scales a service, which an alarm with a band cannot ask for; let an alarm "
                     "with a threshold do so");
  }
}

void CheckAlarms(Workbook& book) {
  const auto actions = NamesOf(book.folder.routes, &RouteDocument::action);
  const auto services = NamesOf(book.folder.targets.services, &ServiceDocument::name);
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < book.folder.alarms.size(); ++i) {
    const AlarmDocument& alarm = book.folder.alarms[i];
    if (!alarm.rule_file.empty()) continue;  // Its own file was checked.
    const std::string path = PathIndex("alarms", i);
    if (!alarm.name.empty()) {
      const auto [first, added] = seen.emplace(alarm.name, i);
      if (!added) {
        book.Mistake("alarms.yml", PathKey(path, "name"),
                     "a second alarm named \"" + alarm.name + "\"; the first is " +
                         PathIndex("alarms", first->second) + ": give this one another name");
      }
    }
    CheckName(book, "alarms.yml", PathKey(path, "action"), alarm.action, "action", "routes.yml",
              actions);
    CheckName(book, "alarms.yml", PathKey(path, "okAction"), alarm.ok_action, "action",
              "routes.yml", actions);
    CheckName(book, "alarms.yml", PathKey(path, "insufficientDataAction"),
              alarm.insufficient_action, "action", "routes.yml", actions);
    const auto service = alarm.dimensions.find("ServiceName");
    if (service != alarm.dimensions.end()) {
      CheckName(book, "alarms.yml", PathKey(PathKey(path, "dimensions"), "ServiceName"),
                service->second, "service", "targets.yml", services);
    }
    for (size_t k = 0; k < alarm.queries.size(); ++k) {
      const auto named = alarm.queries[k].dimensions.find("ServiceName");
      if (named == alarm.queries[k].dimensions.end()) continue;
      const std::string query = PathIndex(PathKey(path, "metrics"), k);
      CheckName(book, "alarms.yml", PathKey(PathKey(query, "dimensions"), "ServiceName"),
                named->second, "service", "targets.yml", services);
    }
    if (alarm.has_band()) CheckNoScaling(book, alarm, path);
    for (const RouteDocument& route : book.folder.routes) {
      if (route.action != alarm.action || route.scale.empty()) continue;
      if (alarm.is_promql()) {
        book.Mistake("alarms.yml", PathKey(path, "action"),
                     "the action " + alarm.action +
                         " scales a service, which only an alarm on a metric can ask for");
      } else if (service == alarm.dimensions.end() && !alarm.is_composite() && !alarm.has_band()) {
        book.Warning("alarms.yml", PathKey(path, "action"),
                     "the action " + alarm.action +
                         " scales a service, but the alarm names none; add dimensions: "
                         "{ServiceName: …}");
      }
    }
  }
}

void CheckRoutes(Workbook& book) {
  const auto escalations = NamesOf(book.folder.escalations, &EscalationDocument::name);
  const auto contacts = NamesOf(book.folder.contacts, &ContactDocument::name);
  for (const RouteDocument& route : book.folder.routes) {
    const std::string path = PathKey("routes", route.action);
    CheckName(book, "routes.yml", PathKey(path, "escalation"), route.escalation, "escalation",
              "escalation.yml", escalations);
    for (size_t i = 0; i < route.notify.size(); ++i) {
      CheckName(book, "routes.yml", PathIndex(PathKey(path, "notify"), i), route.notify[i],
                "contact", "contacts.yml", contacts);
    }
    const bool bad = route.severity == "critical" || route.severity == "error";
    if (bad && route.scale.empty() && route.escalation.empty() && route.notify.empty()) {
      book.Warning("routes.yml", path,
                   "nobody hears of the action " + route.action + " though its severity is " +
                       route.severity + "; add \"escalation\" or \"notify\"");
    }
  }
}

void CheckEscalations(Workbook& book) {
  const auto contacts = NamesOf(book.folder.contacts, &ContactDocument::name);
  for (const EscalationDocument& escalation : book.folder.escalations) {
    const std::string steps = PathKey(PathKey("escalation", escalation.name), "steps");
    const std::string exhausted = PathKey(PathKey("escalation", escalation.name), "on_exhausted");
    for (size_t i = 0; i < escalation.on_exhausted.size(); ++i)
      CheckName(book, "escalation.yml", PathIndex(exhausted, i), escalation.on_exhausted[i],
                "contact", "contacts.yml", contacts);
    std::set<std::string> levels;
    for (size_t i = 0; i < escalation.steps.size(); ++i) {
      const EscalationStepDocument& step = escalation.steps[i];
      const std::string path = PathIndex(steps, i);
      if (!step.level.empty() && !levels.insert(step.level).second) {
        book.Mistake("escalation.yml", PathKey(path, "level"),
                     "the level \"" + step.level + "\" stands twice in this escalation");
      }
      for (size_t k = 0; k < step.contacts.size(); ++k) {
        CheckName(book, "escalation.yml", PathIndex(PathKey(path, "contacts"), k), step.contacts[k],
                  "contact", "contacts.yml", contacts);
      }
      for (size_t k = 0; k < step.at_once_for.size(); ++k) {
        if (step.severities.empty() || Contains(step.severities, step.at_once_for[k])) continue;
        book.Mistake("escalation.yml", PathIndex(PathKey(path, "at_once_for"), k),
                     "the level is only for " + Join(step.severities, ", ") + ", so never for " +
                         step.at_once_for[k] + "; add it to \"severities\" or remove it here");
      }
    }
  }
}

void CheckTargets(Workbook& book) {
  const TargetsDocument& targets = book.folder.targets;
  const auto probes = NamesOf(targets.probes, &ProbeDocument::name);
  for (const ServiceDocument& service : targets.services) {
    const std::string path = PathKey(PathKey("services", service.name), "probes");
    for (size_t i = 0; i < service.probes.size(); ++i) {
      CheckName(book, "targets.yml", PathIndex(path, i), service.probes[i], "probe", "targets.yml",
                probes);
    }
  }
  std::set<std::string> jobs;
  for (size_t i = 0; i < targets.scrapes.size(); ++i) {
    const std::string& job = targets.scrapes[i].job;
    if (job.empty() || jobs.insert(job).second) continue;
    book.Mistake("targets.yml", PathKey(PathIndex("scrape", i), "job"),
                 "a second job named \"" + job + "\"; give this one another name");
  }
}

/// Names in <…> of a command.
std::vector<std::string> InputsOf(std::string_view command) {
  std::vector<std::string> names;
  for (size_t at = 0; (at = command.find('<', at)) != std::string_view::npos; ++at) {
    const size_t end = command.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_", at + 1);
    if (end == std::string_view::npos || command[end] != '>' || end == at + 1) continue;
    names.emplace_back(command.substr(at + 1, end - at - 1));
  }
  return names;
}

void CheckRunbooks(Workbook& book) {
  const auto alarms = NamesOf(book.folder.alarms, &AlarmDocument::name);
  for (const RunbookDocument& runbook : book.folder.runbooks) {
    const std::string file = "runbooks/" + runbook.name + ".yml";
    for (size_t i = 0; i < runbook.alarms.size(); ++i) {
      CheckName(book, file, PathIndex("alarms", i), runbook.alarms[i], "alarm", "alarms.yml",
                alarms);
    }
    for (size_t i = 0; i < runbook.steps.size(); ++i) {
      for (const std::string& input : InputsOf(runbook.steps[i].run)) {
        if (Contains(runbook.inputs, input)) continue;
        book.Mistake(file, PathKey(PathIndex("steps", i), "run"),
                     "the command asks for <" + input + ">, which is not among \"inputs\"" +
                         Suggest(input, runbook.inputs));
      }
    }
  }
}

/// Metrics that are published for services, under the dimension ServiceName.
bool IsServiceMetric(std::string_view metric) {
  static const std::set<std::string, std::less<>> kNames = {
      "CPUUtilization",     "MemoryUtilization",  "HealthyHostCount",
      "UnHealthyHostCount", "TargetResponseTime", "RequestCount"};
  return kNames.contains(metric) || metric.starts_with("HTTPCode_Target_") ||
         metric.starts_with("HTTPCode_ELB_");
}

/// What target tracking looks at: an alarm of its own for each service that has
/// a target. It opens no incident and pages nobody.
void AddTargetAlarms(Workbook& book) {
  for (const ServiceDocument& service : book.folder.targets.services) {
    const ScalingTargetDocument& target = service.scaling.target;
    if (target.metric.empty()) continue;
    AlarmDocument alarm;
    alarm.name = TargetAlarmName(service.name);
    alarm.metric = target.metric;
    alarm.dimensions = {{"ServiceName", service.name}};
    alarm.period = target.period;
    alarm.evaluation_periods = alarm.datapoints_to_alarm = 3;
    alarm.look_back = 15;
    alarm.threshold = target.value;
    alarm.threshold_text = FormatDouble(target.value);
    alarm.comparison = Comparison::kGreaterThan;
    for (const AlarmDocument& other : book.folder.alarms)
      if (other.name == alarm.name)
        book.Mistake("alarms.yml", "alarms",
                     "the name " + alarm.name + " is that of the alarm for the target of service " +
                         service.name + "; give the one in alarms.yml another name");
    book.Filled(
        "targets.yml",
        PathKey(PathKey(PathKey(PathKey("services", service.name), "scaling"), "target"), "alarm"),
        alarm.name, "target tracking looks at the newest 3 and 15 periods, as on AWS");
    book.folder.alarms.push_back(std::move(alarm));
  }
}

/// People are at work by the clocks of their zone.
void FillMetricZones(Workbook& book) {
  for (size_t i = 0; i < book.folder.alarms.size(); ++i) {
    AlarmDocument& alarm = book.folder.alarms[i];
    if (!alarm.has_band() || !alarm.metric_zone.empty()) continue;
    alarm.metric_zone = book.folder.server.time_zone;
    book.Filled("alarms.yml", PathKey(PathIndex("alarms", i), "metricTimezone"), alarm.metric_zone,
                "time_zone of hinomi.yml: the hours of the week in which people live");
  }
}

}  // namespace

void CheckReferences(Workbook& book) {
  CheckAlarms(book);
  CheckRoutes(book);
  CheckEscalations(book);
  CheckTargets(book);
  CheckAlarmGraph(book);
  CheckRunbooks(book);
  const auto contacts = NamesOf(book.folder.contacts, &ContactDocument::name);
  for (const MaintenanceTask& task : book.folder.maintenance) {
    CheckName(book, "maintenance.yml", PathKey(PathKey("maintenance", task.name), "owner"),
              task.owner, "contact", "contacts.yml", contacts);
  }
}

void FillAcrossDocuments(Workbook& book) {
  AddTargetAlarms(book);
  FillMetricZones(book);
  const auto& services = book.folder.targets.services;
  if (services.size() == 1) {
    for (size_t i = 0; i < book.folder.alarms.size(); ++i) {
      AlarmDocument& alarm = book.folder.alarms[i];
      if (!alarm.dimensions.empty() || !IsServiceMetric(alarm.metric)) continue;
      alarm.dimensions["ServiceName"] = services[0].name;
      book.Filled("alarms.yml", PathKey(PathIndex("alarms", i), "dimensions"),
                  "{ServiceName: " + services[0].name + "}",
                  "the only service of targets.yml, for a metric of services");
    }
  }
  for (ContactDocument& contact : book.folder.contacts) {
    std::vector<ContactMethod> methods;
    for (const ContactMethod& method : contact.methods) {
      if (method.list.empty()) {
        methods.push_back(method);
        continue;
      }
      for (const ContactListDocument& list : book.folder.lists) {
        if (list.name != method.list) continue;
        for (ContactMethod entry : list.entries) {
          entry.list = list.name;
          methods.push_back(std::move(entry));
        }
      }
    }
    contact.methods = std::move(methods);
  }
}

}  // namespace hinomi::policy::impl
