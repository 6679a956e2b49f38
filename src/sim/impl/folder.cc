#include "sim/impl/folder.h"

namespace hinomi::sim {

namespace {

std::shared_ptr<policy::OpsFolder> MakeFolder() {
  auto folder = std::make_shared<policy::OpsFolder>();
  folder->digest = std::string(64, 'd');
  folder->server.time_zone = "UTC";
  folder->server.language = "en";
  for (const auto& [name, action] :
       {std::pair("HighErrorRate", "critical-alert"), std::pair("HighResponseTime", "alert"),
        std::pair("HighMemory", "alert"), std::pair("DiskFilling", "warning"),
        std::pair("HighCPU", "scale-up")}) {
    policy::AlarmDocument alarm;
    alarm.name = name;
    alarm.metric = "value";
    alarm.threshold = 1;
    alarm.action = action;
    folder->alarms.push_back(alarm);
  }
  // Two services that are run here: one goes by its alarm, one by a target.
  for (const char* name : {"app", "worker"}) {
    policy::ServiceDocument service;
    service.name = name;
    service.driver = "process";
    service.command = {"/bin/service"};
    service.desired_count = 2;
    service.min_count = 1;
    service.max_count = 5;
    folder->targets.services.push_back(service);
  }
  folder->alarms.back().dimensions = {{"ServiceName", "app"}};
  folder->targets.services[1].scaling.target = {"value", 1};
  policy::AlarmDocument tracked;
  tracked.name = policy::TargetAlarmName("worker");
  tracked.metric = "value";
  tracked.threshold = 1;
  tracked.dimensions = {{"ServiceName", "worker"}};
  tracked.look_back = 15;
  folder->alarms.insert(folder->alarms.begin(), tracked);
  folder->routes = {{"critical-alert", "", "critical", "document", {"security"}, ""},
                    {"alert", "", "error", "document", {}, ""},
                    {"warning", "", "warning", "document", {"team-lead"}, ""},
                    {"scale-up", "", "info", "", {}, "up"}};
  folder->escalations = {
      {"document",
       {{"L1", "", Duration(), false, {"on-call"}, {}, {}},
        {"L1b", "", Duration::Minutes(10), true, {"backup", "nobody"}, {}, {}},
        {"L2", "", Duration::Minutes(30), false, {"team-lead"}, {}, {}},
        {"L3", "", Duration::Minutes(60), false, {"architect"}, {}, {}},
        {"L4", "", Duration::Hours(2), false, {"management"}, {}, {"critical"}}}}};
  policy::EscalationDocument& document = folder->escalations.front();
  document.steps[1].repeat_every = Duration::Minutes(25);
  document.repeat = {1, false, Duration::Minutes(20)};
  document.acknowledgement_timeout = {{"error", Duration::Minutes(40)},
                                      {"critical", Duration::Minutes(90)}};
  document.on_exhausted = {"security"};
  const auto channel = [&](const char* name, const char* type, bool configured) {
    folder->channels.push_back({name, type, {}, configured, configured ? "" : "no credentials"});
  };
  channel("pager", "webhook", true);
  channel("mail", "smtp", true);
  channel("chat", "webhook", true);
  channel("phone", "pagerduty", false);
  channel("outbox", "outbox", true);
  const auto contact = [&](const char* name, std::vector<policy::ContactMethod> methods) {
    folder->contacts.push_back({name, name, std::move(methods), {}});
  };
  contact("on-call", {{"pager", "a", "", ""}, {"mail", "a@example.org", "", ""}});
  contact("backup", {{"chat", "", "", ""}});
  contact("nobody", {});
  contact("team-lead", {{"phone", "", "", ""}, {"mail", "b@example.org", "", ""}});
  contact("architect", {{"chat", "", "", ""}, {"pager", "c", "", ""}});
  contact("management", {{"phone", "", "", ""}});
  contact("security", {{"mail", "d@example.org", "", ""}, {"chat", "", "", ""}});
  policy::HoursDocument& hours = folder->contacts[3].hours;
  hours.always = false;
  hours.weekdays = {"mon", "tue", "wed", "thu", "fri"};
  hours.from_minute = 9 * 60;
  hours.to_minute = 18 * 60;
  hours.override_for = {"critical"};
  return folder;
}

}  // namespace

std::shared_ptr<const policy::OpsFolder> SimulatedFolder() {
  return MakeFolder();
}

std::shared_ptr<const policy::OpsFolder> EditedFolder() {
  const std::shared_ptr<policy::OpsFolder> folder = MakeFolder();
  folder->digest = std::string(64, 'e');
  folder->alarms.pop_back();
  folder->targets.services[0].max_count = 3;
  folder->targets.services[1].desired_count = 3;
  folder->escalations[0].steps[2].after = Duration::Minutes(20);
  return folder;
}

}  // namespace hinomi::sim
