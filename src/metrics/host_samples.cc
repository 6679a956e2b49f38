#include <algorithm>
#include <array>
#include <cctype>

#include "base/strings.h"
#include "metrics/host_collector.h"
#include "metrics/impl/sample_list.h"

namespace hinomi::metrics {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ: fixed for all that /proc shows.
constexpr double kSectorBytes = 512;     // Of /proc/diskstats, whatever the device's.

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t start = line.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r\n"));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
  return words;
}

std::optional<double> NumberAt(const std::vector<std::string_view>& words, size_t place) {
  return place < words.size() ? ParseDouble(words[place]) : std::nullopt;
}

bool AddCpu(const std::string& stat, SampleList& out) {
  static constexpr std::array<const char*, 8> kModes = {"user",   "nice", "system",  "idle",
                                                        "iowait", "irq",  "softirq", "steal"};
  bool found = false;
  for (const std::string_view line : Split(stat, '\n')) {
    if (!line.starts_with("cpu") || line.size() < 4 || line[3] == ' ') continue;
    const auto words = Words(line);
    const std::string cpu(words[0].substr(3));
    for (size_t i = 0; i < kModes.size(); ++i) {
      const auto ticks = NumberAt(words, i + 1);
      if (!ticks) continue;
      out.Add("node_cpu_seconds_total", *ticks / kTicksPerSecond,
              {{"cpu", cpu}, {"mode", kModes[i]}});
      found = true;
    }
    const char* const guests[] = {"user", "nice"};
    for (size_t i = 0; i < 2; ++i)
      if (const auto ticks = NumberAt(words, 9 + i))
        out.Add("node_cpu_guest_seconds_total", *ticks / kTicksPerSecond,
                {{"cpu", cpu}, {"mode", guests[i]}});
  }
  return found;
}

bool AddStat(const std::string& stat, SampleList& out) {
  static constexpr std::pair<std::string_view, const char*> kLines[] = {
      {"intr", "node_intr_total"},
      {"ctxt", "node_context_switches_total"},
      {"btime", "node_boot_time_seconds"},
      {"processes", "node_forks_total"},
      {"procs_running", "node_procs_running"},
      {"procs_blocked", "node_procs_blocked"},
  };
  bool found = false;
  for (const std::string_view line : Split(stat, '\n')) {
    const auto words = Words(line.substr(0, 200));
    for (const auto& [key, name] : kLines) {
      const auto value = NumberAt(words, 1);
      if (words.empty() || words[0] != key || !value) continue;
      out.Add(name, *value);
      found = true;
    }
  }
  return found;
}

bool AddMemory(const std::string& meminfo, SampleList& out) {
  bool found = false;
  for (const std::string_view line : Split(meminfo, '\n')) {
    const auto words = Words(line);
    const auto value = NumberAt(words, 1);
    if (!value || !words[0].ends_with(':')) continue;
    std::string name = "node_memory_";
    for (const char c : words[0].substr(0, words[0].size() - 1)) {
      if (c == '(') {
        name += '_';
      } else if (c != ')') {
        name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      }
    }
    const bool kibibytes = words.size() > 2 && words[2] == "kB";
    out.Add(name + (kibibytes ? "_bytes" : ""), *value * (kibibytes ? 1024 : 1));
    found = true;
  }
  return found;
}

bool AddLoad(const std::string& loadavg, SampleList& out) {
  const auto words = Words(loadavg);
  const char* const names[] = {"node_load1", "node_load5", "node_load15"};
  for (size_t i = 0; i < 3; ++i) {
    const auto value = NumberAt(words, i);
    if (!value) return false;
    out.Add(names[i], *value);
  }
  return true;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

/// RAM disks, loops, floppies and partitions of disks that are counted whole.
bool IsMinorDisk(std::string_view device) {
  for (const std::string_view prefix : {"ram", "loop", "fd"})
    if (device.starts_with(prefix) && IsDigits(device.substr(prefix.size()))) return true;
  for (const std::string_view prefix : {"xvd", "hd", "sd", "vd"})
    if (device.starts_with(prefix) && device.size() > prefix.size() + 1 &&
        IsDigits(device.substr(prefix.size() + 1)))
      return true;
  const size_t partition = device.rfind('p');
  return device.starts_with("nvme") && partition != std::string_view::npos &&
         IsDigits(device.substr(partition + 1));
}

bool AddDisks(const std::string& diskstats, SampleList& out) {
  // Fields from the fourth on: Documentation/admin-guide/iostats.rst.
  static constexpr std::pair<const char*, double> kFields[] = {
      {"node_disk_reads_completed_total", 1},
      {"node_disk_reads_merged_total", 1},
      {"node_disk_read_bytes_total", kSectorBytes},
      {"node_disk_read_time_seconds_total", 0.001},
      {"node_disk_writes_completed_total", 1},
      {"node_disk_writes_merged_total", 1},
      {"node_disk_written_bytes_total", kSectorBytes},
      {"node_disk_write_time_seconds_total", 0.001},
      {"node_disk_io_now", 1},
      {"node_disk_io_time_seconds_total", 0.001},
      {"node_disk_io_time_weighted_seconds_total", 0.001},
      {"node_disk_discards_completed_total", 1},
      {"node_disk_discards_merged_total", 1},
      {"node_disk_discarded_sectors_total", 1},
      {"node_disk_discard_time_seconds_total", 0.001},
      {"node_disk_flush_requests_total", 1},
      {"node_disk_flush_requests_time_seconds_total", 0.001},
  };
  for (const std::string_view line : Split(diskstats, '\n')) {
    const auto words = Words(line);
    if (words.size() < 4 || IsMinorDisk(words[2])) continue;
    for (size_t i = 0; i < std::size(kFields); ++i)
      if (const auto value = NumberAt(words, 3 + i))
        out.Add(kFields[i].first, *value * kFields[i].second, {{"device", std::string(words[2])}});
  }
  return !diskstats.empty();
}

void AddMounts(const std::vector<Mount>& mounts, SampleList& out) {
  for (const Mount& mount : mounts) {
    const auto add = [&](const char* name, double value) {
      out.Add(name, value,
              {{"device", mount.device}, {"fstype", mount.type}, {"mountpoint", mount.mountpoint}});
    };
    add("node_filesystem_device_error", mount.space ? 0 : 1);
    if (!mount.space) continue;
    add("node_filesystem_readonly", mount.read_only ? 1 : 0);
    add("node_filesystem_size_bytes", static_cast<double>(mount.space->size_bytes));
    add("node_filesystem_free_bytes", static_cast<double>(mount.space->free_bytes));
    add("node_filesystem_avail_bytes", static_cast<double>(mount.space->available_bytes));
    add("node_filesystem_files", static_cast<double>(mount.space->files));
    add("node_filesystem_files_free", static_cast<double>(mount.space->files_free));
  }
}

bool AddNetwork(const std::string& net_dev, SampleList& out) {
  static constexpr const char* kFields[] = {
      "receive_bytes",  "receive_packets",  "receive_errs",       "receive_drop",
      "receive_fifo",   "receive_frame",    "receive_compressed", "receive_multicast",
      "transmit_bytes", "transmit_packets", "transmit_errs",      "transmit_drop",
      "transmit_fifo",  "transmit_colls",   "transmit_carrier",   "transmit_compressed"};
  bool found = false;
  for (const std::string_view line : Split(net_dev, '\n')) {
    const size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    found = true;
    const std::string device(Trim(line.substr(0, colon)));
    if (device == "lo") continue;  // node_exporter leaves it out too.
    const auto words = Words(line.substr(colon + 1));
    for (size_t i = 0; i < std::size(kFields); ++i)
      if (const auto value = NumberAt(words, i))
        out.Add("node_network_" + std::string(kFields[i]) + "_total", *value, {{"device", device}});
  }
  return found;
}

/// Microseconds in "some … total=N" and "full … total=N".
bool AddPressure(const std::map<std::string, std::string>& pressure, SampleList& out) {
  bool found = false;
  for (const auto& [resource, content] : pressure) {
    for (const std::string_view line : Split(content, '\n')) {
      const size_t at = line.find("total=");
      if (at == std::string_view::npos) continue;
      const auto total = ParseDouble(Trim(line.substr(at + 6)));
      const bool some = line.starts_with("some");
      // "full" has no meaning for the whole machine's processors.
      if (!total || (!some && resource == "cpu")) continue;
      out.Add("node_pressure_" + resource + (some ? "_waiting" : "_stalled") + "_seconds_total",
              *total / 1e6);
      found = true;
    }
  }
  return found;
}

bool AddFileHandles(const std::string& file_nr, SampleList& out) {
  const auto words = Words(file_nr);
  const auto allocated = NumberAt(words, 0);
  const auto maximum = NumberAt(words, 2);
  if (!allocated || !maximum) return false;
  out.Add("node_filefd_allocated", *allocated);
  out.Add("node_filefd_maximum", *maximum);
  return true;
}

bool AddUname(const std::map<std::string, std::string>& kernel, SampleList& out) {
  const auto get = [&](const char* key) {
    const auto at = kernel.find(key);
    return at == kernel.end() ? std::string() : std::string(Trim(at->second));
  };
  if (get("osrelease").empty()) return false;
  out.Add("node_uname_info", 1,
          {{"sysname", get("ostype")},
           {"release", get("osrelease")},
           {"version", get("version")},
           {"nodename", get("hostname")},
           {"domainname", get("domainname")},
           {"machine", get("arch")}});
  return true;
}

}  // namespace

std::vector<WriteSeries> SamplesOfHost(const HostFiles& files, Instant at) {
  SampleList out(at);
  const auto report = [&](const char* collector, bool success) {
    out.Add("node_scrape_collector_success", success ? 1 : 0, {{"collector", collector}});
  };
  report("cpu", AddCpu(files.stat, out));
  report("stat", AddStat(files.stat, out));
  report("meminfo", AddMemory(files.meminfo, out));
  report("loadavg", AddLoad(files.loadavg, out));
  report("diskstats", AddDisks(files.diskstats, out));
  report("netdev", AddNetwork(files.net_dev, out));
  report("pressure", AddPressure(files.pressure, out));
  report("filefd", AddFileHandles(files.file_nr, out));
  report("uname", AddUname(files.kernel, out));
  AddMounts(files.mounts, out);
  report("filesystem", !files.mounts.empty());
  out.Add("node_time_seconds", static_cast<double>(at.nanos()) / 1e9);
  report("time", true);
  return out.Take();
}

std::optional<double> CpuUtilization(std::string_view stat_before, std::string_view stat_after) {
  struct Times {
    double idle = 0;
    double all = 0;
  };
  const auto read = [](std::string_view stat) -> std::optional<Times> {
    if (!stat.starts_with("cpu ")) return std::nullopt;
    const auto words = Words(stat.substr(0, stat.find('\n')));
    Times times;
    // Guest time is counted in user and nice already.
    for (size_t i = 1; i <= 8; ++i) {
      const auto ticks = NumberAt(words, i);
      if (!ticks) return std::nullopt;
      times.all += *ticks;
      if (i == 4 || i == 5) times.idle += *ticks;  // idle, iowait
    }
    return times;
  };
  const auto before = read(stat_before);
  const auto after = read(stat_after);
  if (!before || !after || !(after->all > before->all)) return std::nullopt;
  // iowait may go back a little (proc(5)).
  const double idle = (after->idle - before->idle) / (after->all - before->all);
  return std::clamp(100 * (1 - idle), 0.0, 100.0);
}

std::optional<double> MemoryUtilization(std::string_view meminfo) {
  std::optional<double> total;
  std::optional<double> available;
  for (const std::string_view line : Split(meminfo, '\n')) {
    const auto words = Words(line);
    if (words.empty()) continue;
    if (words[0] == "MemTotal:") total = NumberAt(words, 1);
    if (words[0] == "MemAvailable:") available = NumberAt(words, 1);
  }
  if (!total || !available || !(*total > 0)) return std::nullopt;
  return std::clamp(100 * (*total - *available) / *total, 0.0, 100.0);
}

}  // namespace hinomi::metrics
