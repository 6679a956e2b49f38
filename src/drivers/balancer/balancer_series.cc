#include "drivers/balancer/balancer_series.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hinomi::drivers {
namespace {

using metrics::Labels;
using metrics::WriteSeries;

/// Series of one moment under common labels.
class Samples {
 public:
  Samples(Labels labels, Instant at) : labels_(std::move(labels)), at_ms_(at.millis()) {}

  void Add(std::string_view name, double value, std::vector<Labels::Pair> more = {}) {
    Labels labels = labels_;
    labels.Set("__name__", name);
    for (const auto& [label, text] : more) labels.Set(label, text);
    series_.push_back({std::move(labels), {{at_ms_, value}}});
  }
  template <typename T>
  void AddCount(std::string_view name, T count, std::vector<Labels::Pair> more = {}) {
    Add(name, static_cast<double>(count), std::move(more));
  }
  void AddAnswers(std::string_view name, const HttpAnswers& answers,
                  const std::vector<Labels::Pair>& more) {
    constexpr std::string_view kCodes[] = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};
    for (size_t i = 0; i < std::size(kCodes); ++i) {
      std::vector<Labels::Pair> labels = more;
      labels.emplace_back("code", kCodes[i]);
      AddCount(name, answers.by_class[i], std::move(labels));
    }
  }
  std::vector<WriteSeries> Take() { return std::move(series_); }

 private:
  Labels labels_;
  int64_t at_ms_;
  std::vector<WriteSeries> series_;
};

/// One series of all values. Not in order: wherever the end of a period falls
/// between them, both sides get a mixture. The last, which an instant query
/// sees, is the middle one.
WriteSeries Spread(const std::vector<double>& ascending, Labels labels, Instant at) {
  WriteSeries series{std::move(labels), {}};
  const size_t n = ascending.size();
  // Coprime to every n up to 100.
  constexpr size_t kStride = 103;
  size_t index = (n / 2 + kStride) % n;
  for (size_t i = 0; i < n; ++i) {
    series.samples.push_back({at.millis() - static_cast<int64_t>(n - 1 - i), ascending[index]});
    index = (index + kStride) % n;
  }
  return series;
}

void AddService(const Labels& dimensions, const ServiceLook& look, Instant at,
                std::vector<WriteSeries>& all) {
  Samples out(dimensions, at);
  if (look.healthy_hosts) out.AddCount("HealthyHostCount", *look.healthy_hosts);
  if (look.unhealthy_hosts) out.AddCount("UnHealthyHostCount", *look.unhealthy_hosts);
  if (look.counts) {
    const uint64_t(&targets)[6] = look.counts->by_targets.by_class;
    const uint64_t(&own)[6] = look.counts->by_balancer.by_class;
    out.AddCount("RequestCount", look.counts->requests);
    out.AddCount("HTTPCode_Target_2XX_Count", targets[1]);
    out.AddCount("HTTPCode_Target_3XX_Count", targets[2]);
    out.AddCount("HTTPCode_Target_4XX_Count", targets[3]);
    out.AddCount("HTTPCode_Target_5XX_Count", targets[4]);
    out.AddCount("HTTPCode_ELB_4XX_Count", own[3]);
    out.AddCount("HTTPCode_ELB_5XX_Count", own[4]);
  }
  for (WriteSeries& series : out.Take()) all.push_back(std::move(series));
  if (look.response_times.empty()) return;
  Labels labels = dimensions;
  labels.Set("__name__", "TargetResponseTime");
  all.push_back(Spread(look.response_times, std::move(labels), at));
}

/// The exporter's states, of which one or none holds.
std::string_view StateOf(std::string_view status) {
  for (const std::string_view state : {"UP", "DOWN", "MAINT", "DRAIN", "NOLB"})
    if (status.starts_with(state)) return state;
  return status == "no check" ? "UP" : "";
}

void AddServer(const ServerStat& server, const std::string& proxy, Samples& out) {
  const std::vector<Labels::Pair> labels = {{"proxy", proxy}, {"server", server.name}};
  for (const std::string_view state : {"DOWN", "UP", "MAINT", "DRAIN", "NOLB"}) {
    std::vector<Labels::Pair> more = labels;
    more.emplace_back("state", state);
    out.Add("haproxy_server_status", StateOf(server.status) == state ? 1 : 0, std::move(more));
  }
  out.AddCount("haproxy_server_weight", server.effective_weight, labels);
  out.AddCount("haproxy_server_uweight", server.weight, labels);
  out.AddCount("haproxy_server_current_sessions", server.sessions, labels);
  out.AddCount("haproxy_server_current_queue", server.queued, labels);
  out.AddCount("haproxy_server_sessions_total", server.sessions_total, labels);
  out.AddAnswers("haproxy_server_http_responses_total", server.answers, labels);
}

}  // namespace

std::vector<WriteSeries> SamplesOfService(const std::string& service, const std::string& cluster,
                                          const ServiceLook& look, Instant at) {
  std::vector<WriteSeries> all;
  Labels dimensions({{"ServiceName", service}});
  AddService(dimensions, look, at, all);
  if (cluster.empty()) return all;
  dimensions.Set("ClusterName", cluster);
  AddService(dimensions, look, at, all);
  return all;
}

std::vector<WriteSeries> SamplesOfHaproxy(const HaproxySnapshot& snapshot, const Labels& target,
                                          Instant at) {
  Samples out(target, at);
  const BackendStat& backend = snapshot.backend;
  const std::vector<Labels::Pair> labels = {{"proxy", backend.name}};
  for (const std::string_view state : {"DOWN", "UP"})
    out.Add("haproxy_backend_status", StateOf(backend.status) == state ? 1 : 0,
            {{"proxy", backend.name}, {"state", std::string(state)}});
  out.AddCount("haproxy_backend_active_servers", backend.active_servers, labels);
  out.AddCount("haproxy_backend_backup_servers", backend.backup_servers, labels);
  out.AddCount("haproxy_backend_current_sessions", backend.sessions, labels);
  out.AddCount("haproxy_backend_current_queue", backend.queued, labels);
  out.AddCount("haproxy_backend_sessions_total", backend.sessions_total, labels);
  out.AddCount("haproxy_backend_http_requests_total", backend.requests_total, labels);
  out.AddAnswers("haproxy_backend_http_responses_total", backend.answers, labels);
  out.Add("haproxy_backend_response_time_average_seconds",
          static_cast<double>(backend.response_time_ms) / 1'000, labels);
  for (const ServerStat& server : backend.servers) AddServer(server, backend.name, out);
  out.AddCount("haproxy_process_uptime_seconds", snapshot.process.uptime_s);
  if (snapshot.process.start_time_s > 0)
    out.AddCount("haproxy_process_start_time_seconds", snapshot.process.start_time_s);
  return out.Take();
}

std::vector<WriteSeries> SamplesOfResponseTimes(const std::string& backend,
                                                const ResponseTimes& times, const Labels& target,
                                                Instant at) {
  Samples out(target, at);
  if (times.empty()) return {};
  const std::pair<std::string, double> kQuantiles[] = {{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}};
  for (const auto& [name, share] : kQuantiles)
    out.Add("hinomi_backend_response_time_seconds", times.QuantileSeconds(share),
            {{"proxy", backend}, {"quantile", name}});
  return out.Take();
}

}  // namespace hinomi::drivers
