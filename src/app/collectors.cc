#include "app/collectors.h"

#include <chrono>

#include "http/client.h"
#include "policy/secrets.h"

namespace hinomi::app {
namespace {

metrics::ScrapeJob ToJob(const policy::ScrapeDocument& document) {
  metrics::ScrapeJob job;
  job.job = document.job;
  job.targets = document.targets;
  job.file = document.file;
  job.labels = document.labels;
  job.scheme = document.scheme;
  job.path = document.path;
  job.interval = document.interval;
  job.timeout = document.timeout;
  job.body_limit_bytes = document.body_limit_bytes;
  job.sample_limit = document.sample_limit;
  job.honor_labels = document.honor_labels;
  job.honor_timestamps = document.honor_timestamps;
  return job;
}

metrics::ProbeType TypeOf(const std::string& type) {
  if (type == "tcp") return metrics::ProbeType::kTcp;
  if (type == "tls") return metrics::ProbeType::kTls;
  if (type == "dns") return metrics::ProbeType::kDns;
  if (type == "postgres") return metrics::ProbeType::kPostgres;
  return metrics::ProbeType::kHttp;
}

metrics::PostgresTls PostgresTlsOf(const std::string& tls) {
  if (tls == "disable") return metrics::PostgresTls::kDisable;
  if (tls == "require") return metrics::PostgresTls::kRequire;
  if (tls == "verify") return metrics::PostgresTls::kVerify;
  return metrics::PostgresTls::kPrefer;
}

metrics::Probe ToProbe(const policy::ProbeDocument& document) {
  metrics::Probe probe;
  probe.name = document.name;
  probe.type = TypeOf(document.type);
  probe.target = document.target;
  probe.interval = document.interval;
  probe.timeout = document.timeout;
  probe.body_contains = document.body_contains;
  probe.expected_status = document.expected_status;
  probe.redirects = document.redirects;
  probe.ca_file = document.ca_file;
  probe.server_name = document.server_name;
  probe.verify_tls = document.verify_tls;
  probe.certificate_days = document.certificate_days;
  probe.dns = {document.query_name, document.query_type, document.expected_rcode,
               document.expected_answers, document.transport == "tcp"};
  probe.postgres = {document.user, document.password, document.database,
                    PostgresTlsOf(document.tls)};
  probe.labels = document.labels;
  return probe;
}

drivers::BalancerTarget ToBalancer(const policy::ServiceDocument& service) {
  return {.service = service.name,
          .cluster = service.cluster,
          .socket = service.load_balancer.socket,
          .backend = service.load_balancer.backend,
          .log = service.load_balancer.log,
          .interval = service.load_balancer.interval};
}

}  // namespace

Collectors::Collectors(World world)
    : world_(std::move(world)),
      scraper_(world_.appender, world_.clock, world_.log, world_.telemetry, world_.files,
               http::Fetch),
      prober_(world_.appender, world_.clock, world_.telemetry,
              metrics::ProbeOverNetwork(world_.clock, http::Fetch,
                                        [&files = world_.files](const std::string& reference) {
                                          return policy::ResolveReference(
                                              reference, files, policy::ProcessEnvironment());
                                        })),
      balancers_(world_.appender, world_.clock, world_.log,
                 drivers::LocalSocketExchange(world_.clock)) {}

void Collectors::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
  std::vector<metrics::ScrapeJob> jobs;
  for (const policy::ScrapeDocument& document : policy->targets.scrapes)
    jobs.push_back(ToJob(document));
  scraper_.SetJobs(std::move(jobs));
  std::vector<metrics::Probe> probes;
  for (const policy::ProbeDocument& document : policy->targets.probes)
    probes.push_back(ToProbe(document));
  std::vector<metrics::ServiceProbes> services;
  std::vector<drivers::BalancerTarget> balancers;
  for (const policy::ServiceDocument& service : policy->targets.services) {
    // A service's figures have one source: probes stand in for a balancer.
    if (service.load_balancer.driver.empty()) {
      services.push_back({service.name, service.cluster, service.probes});
    } else {
      balancers.push_back(ToBalancer(service));
    }
  }
  prober_.SetProbes(std::move(probes), std::move(services));
  balancers_.SetTargets(std::move(balancers));
  const std::lock_guard lock(mutex_);
  policy_ = std::move(policy);
  policy_changed_ = true;
  wake_.notify_all();
}

void Collectors::Start() {
  scraper_.Start();
  prober_.Start();
  balancers_.Start();
  host_thread_ = std::thread([this] { WatchHost(); });
}

void Collectors::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (host_thread_.joinable()) host_thread_.join();
  scraper_.Stop();
  prober_.Stop();
  balancers_.Stop();
}

std::unique_ptr<metrics::HostCollector> Collectors::MakeHostCollector(
    const policy::OpsFolder& policy) const {
  metrics::HostCollectorOptions options;
  options.target = metrics::Labels({{"job", "host"}, {"instance", world_.host_name}});
  // The processes of services that others start run on this host: its figures
  // stand for theirs under the document's dimensions.
  for (const policy::ServiceDocument& service : policy.targets.services) {
    if (service.managed()) continue;
    options.utilization.push_back(metrics::Labels({{"ServiceName", service.name}}));
    if (!service.cluster.empty())
      options.utilization.push_back(
          metrics::Labels({{"ServiceName", service.name}, {"ClusterName", service.cluster}}));
  }
  return std::make_unique<metrics::HostCollector>(world_.files, world_.telemetry,
                                                  std::move(options));
}

void Collectors::WatchHost() {
  std::unique_ptr<metrics::HostCollector> collector;
  Duration interval = Duration::Seconds(15);
  Duration next = world_.clock.Monotonic();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const Duration rest = next - world_.clock.Monotonic();
      if (rest > Duration())
        wake_.wait_for(lock, std::chrono::nanoseconds(rest.nanos()),
                       [&] { return stopping_ || policy_changed_; });
      if (stopping_) return;
      if (policy_changed_ && policy_) {
        policy_changed_ = false;
        interval = policy_->targets.host_interval;
        collector = policy_->targets.host_collector ? MakeHostCollector(*policy_) : nullptr;
      }
    }
    if (world_.clock.Monotonic() < next) continue;
    next = world_.clock.Monotonic() + interval;
    if (!collector) continue;
    const Status stored = world_.appender.Append(collector->Collect(world_.clock.Now()));
    if (!stored)
      world_.log.Warning("this host's samples were not stored",
                         {{"error", stored.error().message}});
  }
}

std::vector<api::TargetState> Collectors::Targets() const {
  std::vector<api::TargetState> targets;
  for (const metrics::TargetStatus& status : scraper_.Targets()) {
    api::TargetState target;
    target.job = status.job;
    target.target = status.url;
    target.state = !status.scraped ? "unknown" : status.up ? "up" : "down";
    target.error = status.last_error;
    target.last_at = status.last_scrape;
    target.samples = status.last_samples;
    targets.push_back(std::move(target));
  }
  for (const metrics::TargetFileError& error : scraper_.FileErrors())
    targets.push_back({error.job, error.file, "down", error.error, {}, 0});
  for (const metrics::ProbeStatus& status : prober_.Statuses()) {
    api::TargetState target;
    target.job = "probe";
    target.target = status.probe.target;
    target.state = !status.ran ? "unknown" : status.last.success ? "up" : "down";
    target.error = status.last.error;
    target.last_at = status.last_run;
    targets.push_back(std::move(target));
  }
  for (const drivers::BalancerWatch::State& balancer : balancers_.States()) {
    api::TargetState target;
    target.job = "haproxy";
    target.target = balancer.target.socket + "/" + balancer.target.backend;
    target.state = !balancer.status.looked ? "unknown" : balancer.status.reached ? "up" : "down";
    target.error = balancer.status.error;
    target.last_at = balancer.status.last_look;
    target.samples = balancer.status.samples;
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace hinomi::app
