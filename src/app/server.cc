#include "app/server.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>

#include "app/control_thread.h"
#include "app/disk_watch.h"
#include "app/heartbeat.h"
#include "app/housekeeping.h"
#include "app/job_runner.h"
#include "app/ops_watch.h"
#include "app/page_sender.h"
#include "app/prometheus_source.h"
#include "app/routes.h"
#include "app/server_name.h"
#include "app/service_scaler.h"
#include "app/tsdb_settings.h"
#include "app/watchers.h"
#include "base/mutex.h"
#include "base/strings.h"
#include "control/audit.h"
#include "control/control_loop.h"
#include "control/machines.h"
#include "http/client.h"
#include "http/server.h"
#include "identity/acknowledge_links.h"
#include "identity/identity.h"
#include "identity/listen_rules.h"
#include "metrics/remote_write.h"
#include "metrics/self_metrics.h"
#include "metrics/tsdb/tsdb.h"
#include "notify/notify.h"
#include "os/entropy.h"
#include "os/files.h"
#include "os/helpers.h"
#include "os/service_manager.h"
#include "os/signals.h"
#include "os/system_clock.h"
#include "policy/alert_rules.h"
#include "services/services.h"
#include "store/checkpoint.h"
#include "store/data_lock.h"
#include "store/open.h"

namespace hinomi::app {
namespace {

/// One beat to whoever watches us.
Status AskWatcher(const std::string& url) {
  http::ClientRequest request;
  request.url = url;
  request.guard_addresses = true;
  HN_TRY(const http::ClientResponse answer, http::Fetch(request));
  if (answer.status >= 200 && answer.status < 300) return {};
  return Unavailable("watched_by answered " + std::to_string(answer.status));
}

enum ExitCode { kEnded = 0, kMistakes = 1, kWrongUse = 2, kCouldNot = 3 };

/// One running server: everything that `serve` owns, built from the ground up
/// and taken down in reverse. Built by the main thread.
class Server {
 public:
  explicit Server(const ServeOptions& options)
      : options_(options), disk_(files_, options.data_directory, telemetry_, log_) {}

  int Run();

 private:
  Result<bool> LoadFolder();
  Result<bool> LoadPrometheusConfig();
  Status Reload();
  Status OpenStores();
  Status OpenIdentity();
  void MakeControl();
  void MakeWatchers();
  void AddHousekeeping();
  Status AuditIncidents();
  void AddRoutes();
  Status StartHttp();
  void Announce();
  void TakeIntoUse(std::shared_ptr<const policy::OpsFolder> loaded);
  void UseSources() HN_REQUIRES(sources_mutex_);
  void UseWatcher(const policy::OpsFolder& folder);
  std::string ExternalUrl(const policy::OpsFolder& folder) const;
  void PublishPicture();
  std::vector<policy::Finding> Findings() const;
  Json About() const;
  void StopAll();

  std::vector<std::string> Listen() const {
    return options_.listen.empty() ? folder_->server.listen : std::vector{options_.listen};
  }
  bool HasTls() const { return !folder_->server.tls_certificate.empty(); }
  /// The folder as the command line bends it, with the rules of the Prometheus configuration.
  std::shared_ptr<const policy::OpsFolder> AsAsked(const policy::OpsFolder& folder) const
      HN_REQUIRES(sources_mutex_);
  uint64_t DiskBytes() const;
  std::string InData(const std::string& name) const { return options_.data_directory + "/" + name; }
  std::shared_ptr<const api::Picture> picture() const {
    const std::lock_guard lock(picture_mutex_);
    return picture_;
  }

  ServeOptions options_;
  SystemClock clock_;
  ServiceManager manager_ = ServiceManager::FromEnvironment(clock_);
  StderrLog log_{clock_};
  Telemetry telemetry_;
  mutable PosixFiles files_;
  DiskWatch disk_;
  Instant started_at_;
  promql::Features features_;

  std::unique_ptr<OpsWatch> watch_;
  std::shared_ptr<const policy::OpsFolder> folder_;  ///< What was in force at the start.
  std::unique_ptr<PrometheusSource> prometheus_;     ///< Null without --prometheus-config.
  mutable Mutex sources_mutex_;
  /// The folder as it was read last.
  std::shared_ptr<const policy::OpsFolder> loaded_ HN_GUARDED_BY(sources_mutex_);
  /// Null without one.
  PrometheusSource::Config prometheus_config_ HN_GUARDED_BY(sources_mutex_);
  std::unique_ptr<store::DataLock> data_lock_;
  std::string holder_;  ///< This server's name in the lease.
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::CheckpointKey> key_;
  Arrivals arrivals_;
  Helpers helpers_{Helpers::ForProcessors()};  ///< Of queries that read much.
  std::unique_ptr<metrics::Tsdb> metrics_;
  std::unique_ptr<BandModels> bands_;
  std::unique_ptr<metrics::RemoteWriteReceiver> receiver_;
  std::unique_ptr<metrics::SelfMetrics> own_metrics_;
  std::unique_ptr<identity::StoreValueTable> values_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<identity::AcknowledgeLinks> links_;
  identity::FirstStart first_start_;

  std::unique_ptr<Watchers> watchers_;
  std::unique_ptr<PageSender> sender_;
  std::unique_ptr<JobRunner> runner_;
  std::unique_ptr<api::CommandDesk> desk_;
  std::unique_ptr<api::EventFeed> feed_;
  std::function<control::World()> world_;
  std::unique_ptr<control::ControlLoop> loop_;
  std::unique_ptr<ControlThread> control_;
  std::unique_ptr<Heartbeat> heartbeat_;
  mutable Mutex audit_mutex_;
  std::vector<control::AuditFinding> forgotten_ HN_GUARDED_BY(audit_mutex_);
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<Housekeeping> heartbeats_;  ///< Beside: whoever watches may be slow to answer.
  std::unique_ptr<http::Server> http_;
  mutable std::mutex picture_mutex_;
  std::shared_ptr<const api::Picture> picture_;
  std::string address_;
};

Result<bool> Server::LoadFolder() {
  if (options_.ops_directory.empty()) {
    auto plain = std::make_shared<policy::OpsFolder>();
    plain->digest = "none";
    folder_ = std::move(plain);
    return true;
  }
  watch_ = std::make_unique<OpsWatch>(files_, options_.ops_directory, telemetry_, log_);
  HN_TRY(folder_, watch_->LoadFirst());
  if (folder_ != nullptr) return true;
  for (const policy::Finding& finding : watch_->findings())
    std::fprintf(stderr, "%s\n", policy::FormatFinding(finding).c_str());
  std::fprintf(stderr, "hinomi: %s has mistakes; nothing was started\n",
               options_.ops_directory.c_str());
  return false;
}

Result<bool> Server::LoadPrometheusConfig() {
  if (options_.prometheus_config.empty()) return true;
  prometheus_ =
      std::make_unique<PrometheusSource>(files_, options_.prometheus_config, telemetry_, log_);
  const MutexLock lock(sources_mutex_);
  HN_TRY(prometheus_config_, prometheus_->Load());
  if (prometheus_config_ != nullptr) return true;
  for (const policy::Finding& finding : prometheus_->findings())
    std::fprintf(stderr, "%s\n", policy::FormatFinding(finding).c_str());
  std::fprintf(stderr, "hinomi: %s has mistakes; nothing was started\n",
               options_.prometheus_config.c_str());
  return false;
}

/// What can be known at once; what comes of the folder stands among its findings.
Status Server::Reload() {
  if (watch_) watch_->Reload();
  return prometheus_ ? prometheus_->Reload() : Status();
}

uint64_t Server::DiskBytes() const {
  const auto space = files_.Space(options_.data_directory);
  return space ? space->total_bytes : 0;
}

Status Server::OpenStores() {
  HN_TRY_VOID(files_.MakeDirectories(options_.data_directory));
  const store::StoreContext context{clock_, files_, log_, telemetry_};
  if (folder_->server.database.empty()) {
    holder_ = HostName() + ":" + std::to_string(::getpid());
    store::SqliteConfig config;
    config.directory = options_.data_directory;
    HN_TRY(store_, store::OpenSqliteStore(config, context));
    disk_.SetReserve(InData("reserve"), config.reserve_bytes);
  } else {
    // The metrics lie here all the same; and who holds the lock may take up the
    // lease that its dead predecessor left.
    HN_TRY(data_lock_, store::DataLock::Take(options_.data_directory));
    HN_TRY(holder_, ServerName(files_, options_.data_directory));
    store::PostgresConfig config;
    config.connection = folder_->server.database;
    HN_TRY(store_, store::OpenPostgresStore(config, context));
  }
  disk_.Look();
  HN_TRY(store::CheckpointKey key,
         store::CheckpointKey::LoadOrMake(files_, InData("checkpoint-key")));
  key_ = std::make_unique<store::CheckpointKey>(std::move(key));

  metrics::TsdbOptions tsdb;
  tsdb.directory = InData("metrics");
  tsdb.settings = TsdbSettingsOf(folder_->server.metrics, DiskBytes());
  tsdb.seed = RandomSeed();
  tsdb.disk_is_low = [this] { return disk_.low(); };
  tsdb.listener = &arrivals_;
  tsdb.help.helpers = &helpers_;
  HN_TRY(metrics_, metrics::Tsdb::Open(files_, clock_, log_, telemetry_, std::move(tsdb)));
  metrics_->Start();
  bands_ = std::make_unique<BandModels>(*metrics_, clock_);
  receiver_ = std::make_unique<metrics::RemoteWriteReceiver>(*metrics_, telemetry_);
  own_metrics_ = std::make_unique<metrics::SelfMetrics>(
      telemetry_, metrics::Labels({{"job", "hinomi"}, {"instance", HostName()}}));
  return {};
}

Status Server::OpenIdentity() {
  values_ = std::make_unique<identity::StoreValueTable>(*store_);
  identity::IdentityConfig config;
  config.no_auth = options_.no_auth;
  HN_TRY(identity_, identity::Identity::Open(*values_, clock_, telemetry_, config));
  HN_TRY(first_start_, identity_->Bootstrap(files_, options_.data_directory));
  HN_TRY(links_, identity::AcknowledgeLinks::Open(*values_, clock_));
  return {};
}

void Server::MakeControl() {
  control::ControlOptions options;
  options.holder = holder_;
  options.release = options_.release;
  options.salt = SecureRandomBytes;
  options.sign = [this](const store::Head& head, Instant at) -> Result<store::Checkpoint> {
    return store::MakeCheckpoint(*key_, head, at);
  };
  options.lease_ttl = folder_->server.lease;
  control::Machines machines = control::MakeMachines();
  world_ = machines.world;
  loop_ = std::make_unique<control::ControlLoop>(std::move(options), *store_, clock_,
                                                 Random(RandomSeed()), std::move(machines.machines),
                                                 telemetry_, log_);
  feed_ = std::make_unique<api::EventFeed>(*store_);
  loop_->OnCommitted([this](const std::vector<ops_model::Event>& events) {
    PublishPicture();
    feed_->Publish(events);
  });

  runner_ = std::make_unique<JobRunner>([this](ops_model::JobResult result) {
    result.answered_at = clock_.Now();
    control_->Post(std::move(result));
  });
  sender_ = std::make_unique<PageSender>(PageSender::Context{
      *store_, files_, clock_, *links_, InData("outbox"), [this] { return picture(); },
      [this] { return ExternalUrl(*picture()->policy); }});
  runner_->Register(notify::kJobKind, [this](const store::Job& job) { return sender_->Send(job); });
  control_ = std::make_unique<ControlThread>(*loop_, *store_, *runner_, clock_, telemetry_, log_);
  control_->OnChange([this] {
    PublishPicture();
    feed_->CatchUp(loop_->head().sequence);
    desk_->Notify();
  });
  // A control thread that hangs wakes nobody any more: then a new start is better.
  heartbeat_ = std::make_unique<Heartbeat>(AskWatcher, clock_, telemetry_);
  control_->OnRound([this] {
    manager_.Progress();
    heartbeat_->Controlled();
  });
  desk_ = std::make_unique<api::CommandDesk>(*store_, clock_, [this] { control_->Wake(); });
}

void Server::MakeWatchers() {
  Watchers::World world{*metrics_,  *bands_, files_,     clock_,
                        telemetry_, log_,    HostName(), options_.strict_openmetrics};
  // Of several servers each would run its own: only where this one is alone.
  if (folder_->server.database.empty()) world.data_directory = options_.data_directory;
  world.post = [this](ops_model::Input input) { control_->Post(std::move(input)); };
  world.picture = [this] { return picture(); };
  world.evaluated = [this] { heartbeat_->Evaluated(); };
  watchers_ = std::make_unique<Watchers>(std::move(world));
  arrivals_.TellTo(watchers_.get());
  if (prometheus_) {
    {
      const MutexLock lock(sources_mutex_);
      watchers_->UsePrometheus(prometheus_config_);
    }
    prometheus_->OnReload([this](PrometheusSource::Config config) {
      const MutexLock lock(sources_mutex_);
      watchers_->UsePrometheus(config);
      prometheus_config_ = std::move(config);
      UseSources();
    });
  }
  runner_->Register(std::string(kScaleJobKind), [this](const store::Job& job) {
    const auto wanted = [now = picture()](const std::string& scaling) {
      return services::StillWanted(now->world.services, scaling);
    };
    Services* services = watchers_->services();
    return ScaleService(services != nullptr ? &services->runtime() : nullptr, wanted, job);
  });
}

void Server::AddHousekeeping() {
  housekeeping_ = std::make_unique<Housekeeping>(clock_, log_);
  heartbeats_ = std::make_unique<Housekeeping>(clock_, log_);
  heartbeats_->Every(Heartbeat::kInterval, "heartbeat", [this] { return heartbeat_->Beat(); });
  housekeeping_->Every(Duration::Seconds(5), "free disk space", [this]() -> Status {
    disk_.Look();
    return {};
  });
  housekeeping_->Every(Duration::Seconds(4), "beat of streams", [this]() -> Status {
    feed_->Beat(clock_.Now());
    return {};
  });
  housekeeping_->Every(Duration::Seconds(15), "own metrics", [this]() -> Status {
    return metrics_->Append(own_metrics_->Collect(clock_.Now()));
  });
  // Other servers on the same database make and revoke tokens as well.
  if (!folder_->server.database.empty())
    housekeeping_->Every(Duration::Seconds(5), "tokens", [this]() -> Status {
      HN_TRY_VOID(identity_->Reload());
      return links_->Reload();
    });
  housekeeping_->Every(Duration::Minutes(1), "sessions", [this]() -> Status {
    // Read first, or a token that was revoked elsewhere would be written back.
    HN_TRY_VOID(identity_->Reload());
    return identity_->Flush();
  });
  (void)AuditIncidents();  // The metric is there from the first minute on.
  housekeeping_->Every(Duration::Minutes(1), "incidents", [this] { return AuditIncidents(); });
  housekeeping_->Every(Duration::Minutes(10), "links", [this] { return links_->Sweep(); });
  watchers_->AddChores(*housekeeping_);
}

// Whoever does not lead sees what the leader had written a moment ago, and decides nothing.
Status Server::AuditIncidents() {
  const auto now = picture();
  std::vector<control::AuditFinding> found;
  if (now && now->leading) found = control::AuditIncidents(now->world, clock_.Now());
  for (const control::AuditFinding& finding : found)
    log_.Failed("an incident is forgotten",
                {{"incident", finding.incident}, {"code", finding.code}, {"what", finding.text}});
  telemetry_.Gauge("hinomi_incidents_forgotten").Set(static_cast<double>(found.size()));
  const MutexLock lock(audit_mutex_);
  forgotten_ = std::move(found);
  return {};
}

void Server::PublishPicture() {
  const auto last = picture();
  auto next = std::make_shared<api::Picture>();
  next->sequence = loop_->head().sequence;
  next->leading = control_->leading();
  next->policy = loop_->shared_policy();
  // The world is what the events up to `sequence` make of it. While a turn is
  // thrown away the machines hold more than that, so they are not asked then.
  const bool same_world = last && last->sequence == next->sequence;
  if (same_world && last->leading == next->leading && last->policy == next->policy) return;
  next->world = same_world ? last->world : world_();
  const std::lock_guard lock(picture_mutex_);
  picture_ = std::move(next);
}

std::string Server::ExternalUrl(const policy::OpsFolder& folder) const {
  return folder.server.external_url.empty() ? address_ : folder.server.external_url;
}

std::shared_ptr<const policy::OpsFolder> Server::AsAsked(const policy::OpsFolder& folder) const {
  policy::OpsFolder changed = folder;
  if (options_.act_at_once) changed.server.observe_new_alarms = Duration();
  if (prometheus_config_)
    changed = policy::WithRuleGroups(std::move(changed), prometheus_config_->rule_groups);
  return std::make_shared<const policy::OpsFolder>(std::move(changed));
}

void Server::UseWatcher(const policy::OpsFolder& folder) {
  auto url =
      policy::ResolveReference(folder.server.watched_by, files_, policy::ProcessEnvironment());
  if (!url) log_.Failed("watched_by cannot be read", {{"error", url.error().message}});
  heartbeat_->UseUrl(url ? *std::move(url) : std::string());
}

void Server::TakeIntoUse(std::shared_ptr<const policy::OpsFolder> loaded) {
  const MutexLock lock(sources_mutex_);
  loaded_ = std::move(loaded);
  UseSources();
}

void Server::UseSources() {
  const auto folder = AsAsked(*loaded_);
  UseWatcher(*folder);
  metrics_->Use(TsdbSettingsOf(folder->server.metrics, DiskBytes()));
  watchers_->UsePolicy(folder, ExternalUrl(*folder));
  control_->UsePolicy(folder);
}

// What people have to see beside alarms: mistakes of the folder, a full disk.
std::vector<policy::Finding> Server::Findings() const {
  std::vector<policy::Finding> findings;
  if (watch_) findings = watch_->findings();
  if (prometheus_) {
    for (policy::Finding& finding : prometheus_->findings()) {
      finding.excerpt.clear();  // Its secrets stand in the file itself.
      findings.push_back(std::move(finding));
    }
  }
  if (disk_.low()) {
    policy::Finding full;
    full.level = policy::Finding::Level::kWarning;
    full.message = "the disk of " + options_.data_directory +
                   " is nearly full: metrics are refused; incidents and pages go on for a while. "
                   "Free some space there";
    findings.insert(findings.begin(), std::move(full));
  }
  const MutexLock lock(audit_mutex_);
  for (const control::AuditFinding& forgotten : forgotten_) {
    policy::Finding finding;
    finding.message = forgotten.text + ": call people by hand (hinomi incident escalate " +
                      forgotten.incident + "), and tell us, this is a mistake of Hinomi";
    findings.insert(findings.begin(), std::move(finding));
  }
  return findings;
}

Json Server::About() const {
  Json listen = Json::MakeArray();
  for (const std::string& address : http_->addresses()) listen.Append(address);
  Json about = Json::MakeObject()
                   .Set("listen", std::move(listen))
                   .Set("data", options_.data_directory)
                   .Set("disk_low", disk_.low());
  if (const auto space = files_.Space(options_.data_directory))
    about.Set("free_bytes", space->free_bytes).Set("total_bytes", space->total_bytes);
  return about;
}

void Server::AddRoutes() {
  RouteContext context{*store_,    clock_,  telemetry_, *desk_,     *feed_,
                       *identity_, *links_, *metrics_,  *receiver_, *bands_};
  context.picture = [this] { return picture(); };
  context.targets = [this] { return watchers_->collectors().Targets(); };
  context.findings = [this] { return Findings(); };
  if (watch_ || prometheus_) context.reload = [this] { return Reload(); };
  context.external_labels = [this] { return watchers_->collectors().ExternalLabels(); };
  context.features = features_;
  context.release = options_.release;
  context.command_reference = options_.command_reference;
  context.started_at = started_at_;
  context.no_auth = options_.no_auth;
  context.folder = watch_.get();
  context.about = [this] { return About(); };
  context.services = watchers_->services();
  context.rule_groups = [this] { return watchers_->rules().Groups(); };
  context.tsdb.emplace(api::TsdbApiContext{*metrics_, clock_, log_, InData("snapshots")});
  AddAllRoutes(*http_, context);
}

Status Server::StartHttp() {
  const policy::ServerDocument& document = folder_->server;
  http::ServerConfig config;
  config.listen = Listen();
  config.host_names = document.host_names;
  config.tls_certificate = document.tls_certificate;
  config.tls_key = document.tls_key;
  http_ = http::MakeServer(std::move(config), identity_->AsAuthorizer(), clock_, telemetry_, log_);
  AddRoutes();
  HN_TRY_VOID(http_->Start());
  address_ = (HasTls() ? "https://" : "http://") + http_->addresses().front();
  return {};
}

void Server::Announce() {
  // Written last: who reads the file finds a server that answers.
  if (const Status written = files_.WriteAtomically(InData("address"), address_ + "\n"); !written)
    log_.Warning("the address file could not be written", {{"error", written.error().message}});
  std::printf("Hinomi %s watches on %s\n", options_.release.c_str(), address_.c_str());
  if (!first_start_.link_secret.empty() && !options_.no_auth)
    std::printf(
        "Sign in once, within 15 minutes:  %s/api/hinomi/v1/session/link/%s\n"
        "The administrator's token is in %s.\n",
        address_.c_str(), first_start_.link_secret.c_str(), first_start_.token_path.c_str());
  if (prometheus_) {
    const auto findings = prometheus_->findings();
    std::printf("Targets of %s are scraped%s\n", options_.prometheus_config.c_str(),
                findings.empty() ? "." : "; these of its keys have no effect:");
    for (const policy::Finding& finding : findings)
      std::printf("  line %d: %s: %s\n", finding.line, finding.path.c_str(),
                  finding.message.c_str());
  }
  for (const policy::ChannelDocument& channel : folder_->channels)
    if (!channel.configured)
      std::printf("Channel %s is unconfigured (%s): its pages go to the console and %s/.\n",
                  channel.name.c_str(), channel.unconfigured_reason.c_str(),
                  InData("outbox").c_str());
  std::fflush(stdout);
}

// What brings work stops first, then who does it, then who hears of the end.
void Server::StopAll() {
  manager_.Stopping();
  if (watch_) watch_->Stop();
  if (watchers_) watchers_->Stop();
  if (http_) http_->Stop();
  if (runner_) runner_->Stop();
  if (control_) control_->Stop();
  if (heartbeats_) heartbeats_->Stop();
  if (housekeeping_) housekeeping_->Stop();
  if (identity_) (void)identity_->Flush();
  arrivals_.TellTo(nullptr);
}

int Server::Run() {
  const auto could_not = [&](const Error& error) {
    std::fprintf(stderr, "hinomi: %s\n", error.message.c_str());
    StopAll();
    return kCouldNot;
  };
  started_at_ = clock_.Now();
  const auto features = promql::ParseFeatures(options_.promql_features);
  if (!features) {
    std::fprintf(stderr, "hinomi: --promql-features: %s\n", features.error().message.c_str());
    return kWrongUse;
  }
  features_ = *features;
  const Result<bool> sound = LoadFolder();
  if (!sound) return could_not(sound.error());
  if (!*sound) return kMistakes;
  const Result<bool> config_sound = LoadPrometheusConfig();
  if (!config_sound) return could_not(config_sound.error());
  if (!*config_sound) return kMistakes;
  // Refused before anything is made.
  const Status allowed = identity::CheckListen(
      Listen(),
      {.no_auth = options_.no_auth, .tls = HasTls(), .insecure = folder_->server.insecure});
  if (!allowed) return could_not(allowed.error());
  if (const Status opened = OpenStores(); !opened) return could_not(opened.error());
  if (const Status opened = OpenIdentity(); !opened) return could_not(opened.error());
  MakeControl();
  MakeWatchers();
  AddHousekeeping();
  {
    const MutexLock lock(sources_mutex_);
    loaded_ = folder_;
    folder_ = AsAsked(*loaded_);
  }
  if (const Status started = control_->Start(folder_); !started) return could_not(started.error());
  if (const Status started = StartHttp(); !started) return could_not(started.error());
  // Only now: the links in pages need the address.
  runner_->Start();
  watchers_->UsePolicy(folder_, ExternalUrl(*folder_));
  watchers_->Start([this](std::function<void()> task) {
    return http_->Submit(http::Lane::kBackground, std::move(task));
  });
  housekeeping_->Start();
  UseWatcher(*folder_);
  heartbeats_->Start();
  Announce();
  manager_.Ready();
  if (watch_) watch_->Start([this](auto folder) { TakeIntoUse(std::move(folder)); });
  while (WaitForCall() == Call::kReload) (void)Reload().has_value();
  log_.Info("stopping: what is under way ends first");
  StopAll();
  return kEnded;
}

}  // namespace

int Serve(const ServeOptions& options) {
  HoldSignals();
  return Server(options).Run();
}

}  // namespace hinomi::app
