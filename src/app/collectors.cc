#include "app/collectors.h"

#include <chrono>

#include "http/client.h"
#include "os/entropy.h"
#include "policy/secrets.h"

namespace hinomi::app {
namespace {

metrics::ExpositionRules RulesOf(bool strict) {
  return strict ? metrics::ExpositionRules::kStrict : metrics::ExpositionRules::kLenient;
}

metrics::ScrapeJob ToJob(const policy::ScrapeDocument& document) {
  metrics::ScrapeJob job;
  job.job = document.job;
  job.targets = document.targets;
  if (!document.file.empty()) job.files = {{document.file}};
  job.labels = document.labels;
  job.scheme = document.scheme;
  job.path = document.path;
  job.interval = document.interval;
  job.timeout = document.timeout;
  job.body_limit_bytes = document.body_limit_bytes;
  job.sample_limit = document.sample_limit;
  job.honor_labels = document.honor_labels;
  job.honor_timestamps = document.honor_timestamps;
  job.scrape_native_histograms = document.scrape_native_histograms;
  if (!document.openmetrics.empty()) job.rules = RulesOf(document.openmetrics == "strict");
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

const char* StateOf(bool tried, bool well) {
  if (!tried) return "unknown";
  return well ? "up" : "down";
}

const char* TypeName(metrics::ProbeType type) {
  switch (type) {
    case metrics::ProbeType::kHttp:
      return "http";
    case metrics::ProbeType::kTcp:
      return "tcp";
    case metrics::ProbeType::kTls:
      return "tls";
    case metrics::ProbeType::kDns:
      return "dns";
    case metrics::ProbeType::kPostgres:
      return "postgres";
  }
  return "";
}

api::TargetState ScrapeTarget(const metrics::TargetStatus& status) {
  return {.kind = "scrape",
          .name = status.job + "/" + status.instance,
          .job = status.job,
          .target = status.url,
          .state = StateOf(status.scraped, status.up),
          .since = status.since,
          .error = status.last_error,
          .reason = status.last_reason,
          .last_at = status.last_scrape,
          .duration = status.last_duration,
          .samples = status.last_samples,
          .interval = status.interval,
          .next_at = status.next_scrape,
          .labels = status.labels};
}

api::TargetState ProbeTarget(const metrics::ProbeStatus& status) {
  const metrics::ProbeResult& last = status.last;
  api::TargetState target{
      .kind = "probe",
      .name = status.probe.name,
      .job = "probe",
      .target = status.probe.target,
      .state = StateOf(status.ran, last.success),
      .since = status.since,
      .error = last.error,
      .reason = last.reason,
      .last_at = status.last_run,
      .duration = last.duration,
      .interval = status.probe.interval,
      .next_at = status.next_run,
      .labels = metrics::Labels({{"job", "probe"}, {"probe", status.probe.name}}),
      .type = TypeName(status.probe.type),
      .failed_layer = last.failed_layer,
      .phases = last.phases,
      .http_status = last.status};
  if (status.ran)
    target.samples = metrics::SamplesOfProbe(status.probe, last, status.last_run).size();
  if (last.certificate_expiry_s != 0)
    target.certificate_expires_at = Instant::FromMillis(last.certificate_expiry_s * 1'000);
  return target;
}

api::TargetState BalancerTargetState(const drivers::BalancerWatch::State& balancer) {
  const drivers::BalancerStatus& status = balancer.status;
  return {.kind = "balancer",
          .name = balancer.target.service,
          .job = "haproxy",
          .target = balancer.target.socket + "/" + balancer.target.backend,
          .state = StateOf(status.looked, status.reached),
          .since = status.since,
          .error = status.error,
          .last_at = status.last_look,
          .duration = status.duration,
          .samples = status.samples,
          .interval = balancer.target.interval,
          .next_at = balancer.next_look,
          .labels = metrics::Labels({{"job", "haproxy"},
                                     {"instance", balancer.target.socket},
                                     {"proxy", balancer.target.backend}}),
          .service = balancer.target.service};
}

/// The log is sent to us: nothing is tried, and silence alone is no fault.
api::TargetState LogTarget(const drivers::BalancerWatch::State& balancer) {
  const drivers::BalancerStatus& status = balancer.status;
  return {.kind = "log",
          .name = balancer.target.service,
          .job = "haproxy",
          .target = balancer.target.log,
          .state = StateOf(status.log_heard || !status.log_error.empty(), status.log_error.empty()),
          .error = status.log_error,
          .service = balancer.target.service};
}

}  // namespace

Collectors::Collectors(World world)
    : world_(std::move(world)),
      scraper_(world_.appender, world_.clock, world_.log, world_.telemetry, world_.files,
               http::Fetch,
               {.rules = RulesOf(world_.strict_openmetrics),
                .send = http::PendingAnswer::Send,
                .seed = RandomSeed(),
                .parse_file = policy::ParseTargetGroups}),
      prober_(world_.appender, world_.clock, world_.telemetry,
              metrics::ProbeOverNetwork(world_.clock, http::Fetch,
                                        [&files = world_.files](const std::string& reference) {
                                          return policy::ResolveReference(
                                              reference, files, policy::ProcessEnvironment());
                                        })),
      balancers_(world_.appender, world_.clock, world_.log,
                 drivers::LocalSocketExchange(world_.clock)) {}

// Under the lock, so that two changes at a time do not undo each other.
void Collectors::SetJobs() {
  std::vector<metrics::ScrapeJob> jobs;
  if (policy_ != nullptr)
    for (const policy::ScrapeDocument& document : policy_->targets.scrapes)
      jobs.push_back(ToJob(document));
  if (prometheus_ != nullptr)
    jobs.insert(jobs.end(), prometheus_->jobs.begin(), prometheus_->jobs.end());
  scraper_.SetJobs(std::move(jobs));
}

void Collectors::UsePrometheus(std::shared_ptr<const policy::PrometheusConfig> config) {
  const std::lock_guard lock(mutex_);
  prometheus_ = std::move(config);
  SetJobs();
}

std::map<std::string, std::string> Collectors::ExternalLabels() const {
  const std::lock_guard lock(mutex_);
  if (prometheus_ == nullptr) return {};
  return prometheus_->external_labels;
}

void Collectors::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
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
  SetJobs();
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
        host_.collected = collector != nullptr;
        host_.interval = interval;
      }
    }
    if (world_.clock.Monotonic() < next) continue;
    next = world_.clock.Monotonic() + interval;
    {
      const std::lock_guard lock(mutex_);
      host_.next = next;
    }
    if (collector) LookAtHost(*collector);
  }
}

void Collectors::LookAtHost(metrics::HostCollector& collector) {
  const Duration begun = world_.clock.Monotonic();
  const Instant at = world_.clock.Now();
  const std::vector<metrics::WriteSeries> samples = collector.Collect(at);
  const Duration duration = world_.clock.Monotonic() - begun;
  Status stored = world_.appender.Append(samples);
  if (!stored)
    world_.log.Warning("this host's samples were not stored", {{"error", stored.error().message}});
  const std::lock_guard lock(mutex_);
  if (!host_.looked || host_.stored.has_value() != stored.has_value()) host_.since = at;
  host_.looked = true;
  host_.at = at;
  host_.duration = duration;
  host_.samples = samples.size();
  host_.stored = std::move(stored);
}

api::TargetState Collectors::HostTarget() const {
  const Duration rest = host_.next - world_.clock.Monotonic();
  const bool stored = host_.stored.has_value();
  return {.kind = "host",
          .name = world_.host_name,
          .job = "host",
          .target = world_.host_name,
          .state = StateOf(host_.looked, stored),
          .since = host_.since,
          .error = stored ? "" : host_.stored.error().message,
          .reason = stored ? "" : "storage",
          .last_at = host_.at,
          .duration = host_.duration,
          .samples = host_.samples,
          .interval = host_.interval,
          .next_at = host_.looked ? world_.clock.Now() + rest : Instant(),
          .labels = metrics::Labels({{"job", "host"}, {"instance", world_.host_name}})};
}

std::vector<api::TargetState> Collectors::Targets() const {
  std::vector<api::TargetState> targets;
  {
    const std::lock_guard lock(mutex_);
    if (host_.collected) targets.push_back(HostTarget());
  }
  for (const metrics::TargetStatus& status : scraper_.Targets())
    targets.push_back(ScrapeTarget(status));
  for (const metrics::TargetFileError& error : scraper_.FileErrors())
    targets.push_back({.kind = "file",
                       .name = error.job,
                       .job = error.job,
                       .target = error.file,
                       .state = "down",
                       .error = error.error});
  for (const metrics::ProbeStatus& status : prober_.Statuses())
    targets.push_back(ProbeTarget(status));
  for (const drivers::BalancerWatch::State& balancer : balancers_.States()) {
    targets.push_back(BalancerTargetState(balancer));
    if (!balancer.target.log.empty()) targets.push_back(LogTarget(balancer));
  }
  return targets;
}

}  // namespace hinomi::app
