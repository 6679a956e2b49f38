#include "devops_set.h"

#include <algorithm>
#include <cmath>

#include "options.h"

namespace hinomi::bench {
namespace {

constexpr double kRequestsAStep = 45;
constexpr double kMeanLatency = 0.08;  // Seconds, of the exponential that fills the buckets.
constexpr double kNoBound = 1e9;       // le="+Inf"

using Definitions = std::vector<SeriesDefinition>;

void AddProcessors(Definitions& out) {
  const std::pair<const char*, double> modes[] = {{"idle", 11.2},  {"iowait", .08},  {"irq", 0},
                                                  {"nice", .01},   {"softirq", .12}, {"steal", .03},
                                                  {"system", 1.1}, {"user", 2.4}};
  for (int cpu = 0; cpu < 4; ++cpu) {
    for (const auto& [mode, rate] : modes) {
      out.push_back({"node_cpu_seconds_total",
                     {{"cpu", std::to_string(cpu)}, {"mode", mode}},
                     rate > 0 ? Shape::kDecimal : Shape::kConstant,
                     rate,
                     0,
                     .01});
    }
  }
}

void AddMemory(Definitions& out) {
  for (const char* kind :
       {"MemAvailable", "MemFree", "Cached", "Buffers", "Active", "Inactive", "Dirty"}) {
    const std::string name = std::string("node_memory_") + kind + "_bytes";
    out.push_back({name, {}, Shape::kWalk, 4e6, 1.6e10, 4096});
  }
  out.push_back({"node_memory_MemTotal_bytes", {}, Shape::kConstant, 16777216000., 0, 1});
}

void AddDisks(Definitions& out) {
  for (const auto& [device, mountpoint] : {std::pair{"vda", "/"}, std::pair{"vdb", "/data"}}) {
    const Labels mount = {
        {"device", std::string("/dev/") + device}, {"fstype", "ext4"}, {"mountpoint", mountpoint}};
    out.push_back({"node_filesystem_size_bytes", mount, Shape::kConstant, 1.05e11, 0, 1});
    out.push_back({"node_filesystem_avail_bytes", mount, Shape::kWalk, 3e5, 1e11, 4096});
    out.push_back({"node_filesystem_files_free", mount, Shape::kWalk, 6, 6.5e6, 1});
    const Labels disk = {{"device", device}};
    out.push_back({"node_disk_reads_completed_total", disk, Shape::kInteger, 30, 0, 1});
    out.push_back({"node_disk_written_bytes_total", disk, Shape::kInteger, 9e5, 0, 512});
    out.push_back({"node_disk_io_time_seconds_total", disk, Shape::kDecimal, .4, 0, .004});
  }
}

void AddNetwork(Definitions& out) {
  for (const char* device : {"eth0", "lo"}) {
    for (const auto& [kind, rate] :
         {std::pair{"receive_bytes", 2.5e6}, std::pair{"transmit_bytes", 2.5e6},
          std::pair{"receive_packets", 2100.}, std::pair{"transmit_packets", 2100.}}) {
      const std::string name = std::string("node_network_") + kind + "_total";
      out.push_back({name, {{"device", device}}, Shape::kInteger, rate, 0, 1});
    }
    out.push_back(
        {"node_network_receive_errs_total", {{"device", device}}, Shape::kConstant, 0, 0, 1});
  }
}

void AddRest(Definitions& out) {
  for (const char* name : {"node_load1", "node_load5", "node_load15"}) {
    out.push_back({name, {}, Shape::kWalk, .12, 8, .01});
  }
  for (const char* sensor : {"temp1", "temp2"}) {
    out.push_back({"node_hwmon_temp_celsius",
                   {{"chip", "k10"}, {"sensor", sensor}},
                   Shape::kWalk,
                   .4,
                   80,
                   .125});
  }
  out.push_back({"node_boot_time_seconds", {}, Shape::kConstant, 1.79e9, 0, 1});
  out.push_back({"node_uname_info",
                 {{"machine", "x86_64"}, {"release", "6.1.0-28-amd64"}, {"sysname", "Linux"}},
                 Shape::kConstant,
                 1,
                 0,
                 1});
  out.push_back({"up", {}, Shape::kConstant, 1, 0, 1});
  out.push_back({"node_context_switches_total", {}, Shape::kInteger, 52000, 0, 1});
  out.push_back({"node_intr_total", {}, Shape::kInteger, 31000, 0, 1});
  out.push_back({"node_timex_offset_seconds", {}, Shape::kReal, 1e-5, 0, 0});
  out.push_back({"node_timex_frequency_adjustment_ratio", {}, Shape::kReal, 1e-6, 1, 0});
  out.push_back({"app_latency_ewma_seconds", {}, Shape::kReal, .02, .1, 0});
  out.push_back({"app_score", {}, Shape::kReal, 1, 0, 0});
  for (const char* mode : {"user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal",
                           "guest", "guest_nice"}) {
    out.push_back({std::string("cpu_usage_") + mode, {}, Shape::kWalk, 1.7, 100, .01});
  }
}

void AddHistogram(Definitions& out) {
  const std::string name = "http_request_duration_seconds";
  const Labels labels = {{"code", "200"}, {"handler", "/api"}};
  for (const char* le :
       {"+Inf", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10"}) {
    Labels bucket = labels;
    bucket.emplace_back("le", le);
    const double bound = le[0] == '+' ? kNoBound : std::atof(le);
    out.push_back({name + "_bucket", bucket, Shape::kHistogram, bound, kRequestsAStep, 1});
  }
  out.push_back({name + "_count", labels, Shape::kHistogram, kNoBound, kRequestsAStep, 1});
  out.push_back({name + "_sum", labels, Shape::kDecimal, 4.7, 0, 0});
}

Definitions Define() {
  Definitions out;
  AddProcessors(out);
  AddMemory(out);
  AddDisks(out);
  AddNetwork(out);
  AddRest(out);
  AddHistogram(out);
  if (out.size() != 100) Die("a host has not 100 series but " + std::to_string(out.size()));
  return out;
}

/// The multiple of `step` next to `value`, as a sender would print it: 0.07, not
/// 0.07000000000000001. So it is divided by the whole number that 1 / step is.
double Rounded(double value, double step) {
  if (step == 0) return value;
  if (step >= 1) return std::nearbyint(value / step) * step;
  return std::nearbyint(value / step) / std::nearbyint(1 / step);
}

}  // namespace

const std::vector<SeriesDefinition>& HostDefinitions() {
  static const Definitions definitions = Define();
  return definitions;
}

double HistogramRequests(Random& random) {
  return kRequestsAStep * (1 + .3 * random.Bell());
}

SeriesState::SeriesState(const SeriesDefinition& definition, uint64_t seed) : random_(seed) {
  random_.Bits();
  rate_ = definition.rate * (.3 + 1.4 * random_.Uniform());
  // Counters are as high as after a month of growing.
  const double grown = rate_ * 2e5 * random_.Uniform();
  if (definition.shape == Shape::kWalk) value_ = definition.bound * random_.Uniform();
  if (definition.shape == Shape::kInteger) value_ = Rounded(grown, definition.step);
  if (definition.shape == Shape::kDecimal) value_ = grown;
}

double SeriesState::Next(const SeriesDefinition& definition, double histogram_requests) {
  switch (definition.shape) {
    case Shape::kConstant:
      return definition.rate;
    case Shape::kInteger:
      value_ += Rounded(std::max(0., rate_ * (1 + .35 * random_.Bell())), definition.step);
      return value_;
    case Shape::kDecimal:
      value_ += std::max(0., rate_ * (1 + .25 * random_.Bell()));
      return Rounded(value_, definition.step);
    case Shape::kWalk:
      value_ = std::abs(value_ + definition.rate * random_.Bell());
      if (value_ > definition.bound) value_ = 2 * definition.bound - value_;
      return Rounded(value_, definition.step);
    case Shape::kReal:
      return definition.bound + definition.rate * random_.Bell();
    case Shape::kHistogram:
      value_ +=
          std::nearbyint(histogram_requests * (1 - std::exp(-definition.rate / kMeanLatency)));
      return value_;
  }
  return 0;
}

}  // namespace hinomi::bench
