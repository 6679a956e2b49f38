#include "drivers/balancer/balancer_collector.h"

#include <utility>

#include "metrics/scrape_page.h"

namespace hinomi::drivers {
namespace {

constexpr size_t kTimesALook = 100;

uint64_t AnswersOf(const HttpAnswers& answers) {
  uint64_t sum = 0;
  for (const uint64_t count : answers.by_class) sum += count;
  return sum;
}

void Move(std::vector<metrics::WriteSeries> from, std::vector<metrics::WriteSeries>& to) {
  for (metrics::WriteSeries& series : from) to.push_back(std::move(series));
}

}  // namespace

BalancerCollector::BalancerCollector(BalancerTarget target, SocketExchange exchange,
                                     const Clock& clock, Log& log, OpenLogFunction open_log)
    : target_(std::move(target)),
      socket_(target_.socket, std::move(exchange), {.timeout = Duration::Seconds(2)}),
      clock_(&clock),
      log_(&log),
      open_log_(std::move(open_log)),
      labels_({{"job", "haproxy"}, {"instance", target_.socket}}) {
  OpenLog();
}

void BalancerCollector::OpenLog() {
  if (target_.log.empty() || listener_) return;
  auto opened = open_log_(target_.log);
  if (opened) {
    listener_ = *std::move(opened);
    status_.log_error.clear();
  } else {
    status_.log_error = opened.error().message;
    if (!log_refused_)
      log_->Warning("the balancer's log cannot be received; response times are averages",
                    {{"service", target_.service}, {"error", opened.error().message}});
  }
  log_refused_ = listener_ == nullptr;
}

std::vector<metrics::WriteSeries> BalancerCollector::Collect() {
  OpenLog();
  std::vector<metrics::WriteSeries> all;
  const Duration begun = clock_->Monotonic();
  const auto snapshot = socket_.Snapshot(target_.backend);
  status_.duration = clock_->Monotonic() - begun;
  const Instant at = clock_->Now();
  ServiceLook look;
  if (snapshot) {
    if (!status_.reached && status_.looked)
      log_->Info("the balancer answers again", {{"service", target_.service}});
    ever_reached_ = true;
    unreachable_looks_ = 0;
    look = LookAt(*snapshot, clock_->Monotonic(), all);
    Move(SamplesOfHaproxy(*snapshot, labels_, at), all);
    status_.error.clear();
  } else {
    look = Failed(snapshot.error());
  }
  NoteLook(snapshot.has_value(), at);
  metrics::Labels up = labels_;
  up.Set("__name__", "haproxy_up");
  all.push_back({up, {{at.millis(), snapshot ? 1.0 : 0.0}}});

  std::set<metrics::Labels> live;
  for (const metrics::WriteSeries& series : all) live.insert(series.labels);
  std::set<metrics::Labels> gone;
  for (const metrics::Labels& labels : live_)
    if (!live.contains(labels)) gone.insert(labels);
  Move(metrics::StaleMarkers(gone, at), all);
  live_ = std::move(live);

  // Without stale markers: datapoints of a service are of their moment only.
  Move(SamplesOfService(target_.service, target_.cluster, look, at), all);
  status_.samples = all.size();
  return all;
}

void BalancerCollector::NoteLook(bool reached, Instant at) {
  if (!status_.looked || status_.reached != reached) status_.since = at;
  status_.reached = reached;
  status_.looked = true;
  status_.last_look = at;
}

std::vector<metrics::WriteSeries> BalancerCollector::EndOfSeries() {
  return metrics::StaleMarkers(std::exchange(live_, {}), clock_->Now());
}

ServiceLook BalancerCollector::LookAt(const HaproxySnapshot& snapshot, Duration looked_at,
                                      std::vector<metrics::WriteSeries>& all) {
  ServiceLook look;
  const HostCounts hosts = CountHosts(snapshot.backend);
  look.healthy_hosts = hosts.healthy;
  look.unhealthy_hosts = hosts.unhealthy;
  look.counts = history_.Observe(snapshot, looked_at);
  look.response_times = TimesOf(snapshot, look.counts, clock_->Now(), all);
  return look;
}

std::vector<double> BalancerCollector::TimesOf(const HaproxySnapshot& snapshot,
                                               const std::optional<BackendCounts>& counts,
                                               Instant at, std::vector<metrics::WriteSeries>& all) {
  const LoggedPeriod period = listener_ ? listener_->Take(target_.backend) : LoggedPeriod{};
  const bool answered = counts && AnswersOf(counts->by_targets) > 0;
  if (listener_) {
    // A line is written when its request ends: of one in flight it may yet come.
    status_.log_heard = status_.log_heard || period.lines > 0;
    const bool owed = period.lines == 0 && answered && snapshot.backend.sessions == 0;
    looks_without_log_ = period.lines > 0 ? 0 : looks_without_log_ + (owed ? 1 : 0);
    TellLogMissing(looks_without_log_ >= 2);
  }
  if (listener_ && !log_missing_) {
    Move(SamplesOfResponseTimes(target_.backend, period.times, labels_, at), all);
    return period.times.Samples(kTimesALook);
  }
  if (!answered) return {};
  return {static_cast<double>(snapshot.backend.response_time_ms) / 1'000};
}

void BalancerCollector::TellLogMissing(bool missing) {
  constexpr const char* kMissing =
      "the balancer serves requests, but its log does not arrive; response times are averages "
      "of its last 1,024 requests until `log` and `option httplog` stand in haproxy.cfg";
  if (missing && !log_missing_)
    log_->Warning(kMissing, {{"service", target_.service}, {"log", listener_->address()}});
  log_missing_ = missing;
  status_.log_error = missing ? kMissing : "";
}

ServiceLook BalancerCollector::Failed(const Error& error) {
  if (status_.reached || !status_.looked)
    log_->Warning("the balancer cannot be asked",
                  {{"service", target_.service}, {"error", error.message}});
  status_.error = error.message;
  unreachable_looks_ = error.code == ErrorCode::kUnavailable ? unreachable_looks_ + 1 : 0;
  ServiceLook look;
  if (ever_reached_ && unreachable_looks_ >= 2) look.healthy_hosts = 0;
  return look;
}

}  // namespace hinomi::drivers
