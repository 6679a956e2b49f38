#include "policy/impl/forms.h"

/// The services of targets.yml.
namespace hinomi::policy::impl {
namespace {

constexpr int kMostTasks = 1000;

/// "9150-9159" as two numbers; what is wrong with it, or nothing.
std::optional<std::string> ReadPorts(std::string_view text, int& low, int& high) {
  const auto parts = Split(text, '-');
  const auto first = ParseInt(Trim(parts[0]));
  const auto last = parts.size() == 2 ? ParseInt(Trim(parts[1])) : first;
  const bool right =
      parts.size() <= 2 && first && last && *first >= 1 && *last <= 65'535 && *first <= *last;
  if (!right)
    return "expected a range of ports such as 9150-9159, got \"" + std::string(text) + "\"";
  low = static_cast<int>(*first);
  high = static_cast<int>(*last);
  return std::nullopt;
}

FormPtr<std::string> Ports() {
  return Text({.what = "a range of ports such as 9150-9159",
               .pattern = "^[0-9]+(-[0-9]+)?$",
               .check =
                   [](std::string_view text) {
                     int low = 0, high = 0;
                     return ReadPorts(text, low, high);
                   },
               .any_scalar = true});
}

FormPtr<HealthCheckDocument> HealthCheckForm() {
  using H = HealthCheckDocument;
  auto form = std::make_shared<Record<H>>("How it is found out that a replica is well.");
  form->Required("type", &H::type, OneOf({"none", "http", "tcp"}),
                 "http: GET answers 200 to 399; tcp: the port takes a connection")
      .Optional("path", &H::path, Text(), "http: what is asked for", {"/", "it is always there"})
      .Optional("interval", &H::interval,
                Time({.least = Duration::Millis(100), .most = Duration::Hours(1)}), "how often",
                {"5s", "a sick replica is seen within three checks"})
      .Optional("timeout", &H::timeout,
                Time({.least = Duration::Millis(10), .most = Duration::Minutes(2)}),
                "given up after", {"5s", "a user would have given up as well"})
      .Optional("retries", &H::retries, Integer(1, 10), "failures in a row that make it UNHEALTHY",
                {"3", "the default of ECS"})
      .Optional("start_period", &H::start_period, Time({.most = Duration::Hours(1)}),
                "after its start failures do not count until the first success",
                {"0s", "the default of ECS"});
  form->Then({"path"}, [](Reader& reader, const yaml::Node&, const std::string& path, H& check) {
    const std::string at = yaml::PathKey(path, "path");
    if (!check.path.starts_with('/'))
      reader.Mistake(reader.PlaceOf(at), at, "the path must begin with /");
  });
  return form;
}

void CheckCounts(Reader& reader, const yaml::Node& node, const std::string& path,
                 ServiceDocument& service) {
  const auto mistake = [&](const std::string& key, const std::string& message) {
    const std::string at = yaml::PathKey(path, key);
    reader.Mistake(node.Find(key) == nullptr ? node.span : reader.PlaceOf(at), at, message);
  };
  if (!service.managed()) return;
  const auto text = [](int number) { return std::to_string(number); };
  if (service.desired_count < service.min_count)
    mistake("desired_count", "expected at least min_count (" + text(service.min_count) + "), got " +
                                 text(service.desired_count));
  if (service.desired_count > service.max_count)
    mistake("max_count", "expected at least desired_count (" + text(service.desired_count) +
                             "), got " + text(service.max_count));
  if (service.ports.empty()) {
    if (!service.load_balancer.driver.empty())
      mistake("load_balancer", "a balancer needs a port of each replica; add \"ports\"");
    if (service.health_check.type != "none")
      mistake("health_check", "a health check needs a port to ask; add \"ports\"");
    return;
  }
  (void)ReadPorts(service.ports, service.port_low, service.port_high);
  const int count = service.port_high - service.port_low + 1;
  if (count < service.max_count)
    mistake("ports", "expected at least " + text(service.max_count) +
                         " ports, one for each of max_count replicas, got " + text(count));
}

/// What only a process that Hinomi starts has.
void CheckManaged(Reader& reader, const yaml::Node& node, const std::string& path,
                  ServiceDocument& service) {
  static const std::vector<std::string> kOfProcesses = {
      "command",    "environment",  "directory",     "ports",  "desired_count",
      "min_count",  "max_count",    "health_check",  "cpu",    "memory",
      "open_files", "stop_timeout", "drain_timeout", "scaling"};
  for (const std::string& key : kOfProcesses) {
    if (node.Find(key) == nullptr) continue;
    const std::string at = yaml::PathKey(path, key);
    if (service.driver != "process")
      reader.Mistake(reader.PlaceOf(at), at,
                     "is for the driver \"process\" only, not for \"" + service.driver + "\"");
    else if (!service.managed())
      reader.Mistake(reader.PlaceOf(at), at,
                     "has no effect without \"command\": nothing is started");
  }
}

/// A default for services that Hinomi starts.
Record<ServiceDocument>::DefaultFunction IfManaged(std::string text, std::string why) {
  return [text = std::move(text), why = std::move(why)](const ServiceDocument& service) {
    return service.managed() ? std::optional(DefaultText{text, why}) : std::nullopt;
  };
}

}  // namespace

FormPtr<ServiceDocument> ServiceForm() {
  using S = ServiceDocument;
  auto form = std::make_shared<Record<S>>("A service with its driver.");
  form->Required("cluster", &S::cluster, Name(), "the cluster it belongs to")
      .Required("driver", &S::driver, OneOf({"process", "container", "systemd", "ecs"}),
                "what runs it")
      .Optional("load_balancer", &S::load_balancer, LoadBalancerForm(),
                "what spreads its requests over its replicas, and counts them")
      .Optional("probes", &S::probes, ListOf(Name()),
                "without load_balancer: probes that stand for its view of healthy hosts")
      .Optional("settings", &S::settings, TextMap(), "of the driver")
      .Optional("command", &S::command, ListOf(Text({.any_scalar = true}), 1),
                "process: the program and its arguments; ${PORT} and ${TASK} are replaced; "
                "without it the service is watched and not started")
      .Optional("environment", &S::environment, TextMap(),
                "process: beside PATH, PORT, HINOMI_SERVICE and HINOMI_TASK, and nothing else")
      .Optional("directory", &S::directory, Text(), "process: its working directory")
      .Optional("ports", &S::ports, Ports(),
                "process: one of these for each replica, e.g. 9150-9159; some more than max_count "
                "leave room for those that are still being drained")
      .Optional("desired_count", &S::desired_count, Integer(0, kMostTasks),
                "process: how many replicas", IfManaged("1", "a service is one replica or more"))
      .Optional("min_count", &S::min_count, Integer(0, kMostTasks),
                "process: never fewer, however it is scaled",
                [](const S& s) -> std::optional<DefaultText> {
                  if (!s.managed()) return std::nullopt;
                  return DefaultText{s.desired_count > 0 ? "1" : "0",
                                     "scaling in never ends a service"};
                })
      .Optional("max_count", &S::max_count, Integer(0, kMostTasks),
                "process: never more, however it is scaled",
                [](const S& s) -> std::optional<DefaultText> {
                  if (!s.managed()) return std::nullopt;
                  return DefaultText{std::to_string(s.desired_count),
                                     "scaling out needs a number that somebody has thought about"};
                })
      .Optional("health_check", &S::health_check, HealthCheckForm(),
                "process: how it is found out that a replica is well")
      .Optional("cpu", &S::cpu_units, Integer(1, 1024 * 1024),
                "process: reserved for a replica, 1024 are one core; CPUUtilization is in percent "
                "of it; no limit")
      .Optional("memory", &S::memory_mib, Integer(6, 1024 * 1024),
                "process: reserved for a replica, in MiB; MemoryUtilization is in percent of it; a "
                "replica that takes more is ended")
      .Optional("open_files", &S::open_files, Integer(16, 1024 * 1024),
                "process: limit of each of its processes")
      .Optional("stop_timeout", &S::stop_timeout, Time({.most = Duration::Hours(1)}),
                "process: between SIGTERM and SIGKILL", IfManaged("30s", "the default of ECS"))
      .Optional("drain_timeout", &S::drain_timeout, Time({.most = Duration::Hours(1)}),
                "process: given to the balancer before SIGTERM",
                IfManaged("30s", "longer than a request may take"))
      .Optional("scaling", &S::scaling, ScalingForm(),
                "process: how the number of replicas follows the alarms");
  form->Then({"driver", "command"}, CheckManaged);
  form->Then({"command", "ports", "desired_count", "min_count", "max_count", "health_check",
              "load_balancer"},
             CheckCounts);
  form->Then({"command", "desired_count", "min_count", "max_count", "scaling"}, CompleteScaling);
  return form;
}

}  // namespace hinomi::policy::impl
