#include "metrics/host_collector.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <tuple>

#include "base/strings.h"
#include "metrics/impl/sample_list.h"
#include "os/errno_error.h"

namespace hinomi::metrics {
namespace {

constexpr std::string_view kTypesWithoutSpace[] = {
    "autofs",     "binfmt_misc", "bpf",       "cgroup",   "cgroup2",   "configfs",
    "debugfs",    "devpts",      "devtmpfs",  "fusectl",  "hugetlbfs", "iso9660",
    "mqueue",     "nsfs",        "overlay",   "proc",     "procfs",    "pstore",
    "rpc_pipefs", "securityfs",  "selinuxfs", "squashfs", "sysfs",     "tracefs"};
// These can hang for ever when their server is gone.
constexpr std::string_view kNetworkTypes[] = {"nfs",    "nfs4",       "cifs",     "smb3", "smbfs",
                                              "ceph",   "glusterfs",  "afs",      "9p",   "lustre",
                                              "beegfs", "fuse.sshfs", "fuse.s3fs"};
constexpr std::string_view kFoldersWithoutSpace[] = {"/dev",
                                                     "/proc",
                                                     "/run",
                                                     "/sys",
                                                     "/mnt",
                                                     "/media",
                                                     "/var/lib/docker",
                                                     "/var/lib/containers/storage"};

bool Counts(const Mount& mount) {
  const auto is = [&](std::string_view type) { return mount.type == type; };
  if (std::any_of(std::begin(kTypesWithoutSpace), std::end(kTypesWithoutSpace), is)) return false;
  if (std::any_of(std::begin(kNetworkTypes), std::end(kNetworkTypes), is)) return false;
  return std::none_of(std::begin(kFoldersWithoutSpace), std::end(kFoldersWithoutSpace),
                      [&](std::string_view folder) {
                        return mount.mountpoint == folder ||
                               mount.mountpoint.starts_with(std::string(folder) + "/");
                      });
}

/// `\040` and the like: fstab(5).
std::string UnescapeOctal(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](size_t place) {
      return place < text.size() && text[place] >= '0' && text[place] <= '7' ? text[place] - '0'
                                                                             : -1;
    };
    if (text[i] == '\\' && digit(i + 1) >= 0 && digit(i + 2) >= 0 && digit(i + 3) >= 0) {
      out += static_cast<char>(digit(i + 1) * 64 + digit(i + 2) * 8 + digit(i + 3));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

constexpr std::string_view kMachine =
#if defined(__x86_64__)
    "x86_64";
#elif defined(__aarch64__)
    "aarch64";
#else
    "";
#endif

}  // namespace

Result<FilesystemSpace> ReadFilesystemSpace(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return ErrnoError("cannot read the space of " + path);
  const uint64_t block = info.f_frsize;
  return FilesystemSpace{info.f_blocks * block, info.f_bfree * block, info.f_bavail * block,
                         info.f_files, info.f_ffree};
}

std::vector<Mount> ParseMounts(std::string_view mounts) {
  std::vector<Mount> counted;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const std::string_view line : Split(mounts, '\n')) {
    const auto words = Split(line, ' ');
    if (words.size() < 4) continue;
    Mount mount;
    mount.device = UnescapeOctal(words[0]);
    mount.mountpoint = UnescapeOctal(words[1]);
    mount.type = words[2];
    const auto options = Split(words[3], ',');
    mount.read_only = std::find(options.begin(), options.end(), "ro") != options.end();
    if (!Counts(mount) || !IsValidUtf8(mount.device) || !IsValidUtf8(mount.mountpoint)) continue;
    if (seen.emplace(mount.device, mount.mountpoint, mount.type).second)
      counted.push_back(std::move(mount));
  }
  return counted;
}

HostCollector::HostCollector(Files& files, Telemetry& telemetry, HostCollectorOptions options)
    : files_(files), telemetry_(telemetry), options_(std::move(options)) {}

std::string HostCollector::ReadFile(const std::string& path) const {
  return files_.ReadAll(options_.root + path).value_or("");
}

HostFiles HostCollector::Read() const {
  HostFiles read;
  read.stat = ReadFile("/proc/stat");
  read.meminfo = ReadFile("/proc/meminfo");
  read.loadavg = ReadFile("/proc/loadavg");
  read.diskstats = ReadFile("/proc/diskstats");
  read.net_dev = ReadFile("/proc/net/dev");
  read.file_nr = ReadFile("/proc/sys/fs/file-nr");
  for (const char* resource : {"cpu", "io", "memory"})
    read.pressure[resource] = ReadFile(std::string("/proc/pressure/") + resource);
  for (const char* key : {"ostype", "osrelease", "version", "hostname", "domainname", "arch"})
    read.kernel[key] = ReadFile(std::string("/proc/sys/kernel/") + key);
  if (read.kernel["arch"].empty()) read.kernel["arch"] = kMachine;  // Before Linux 6.1.
  std::string mounts = ReadFile("/proc/1/mounts");
  if (mounts.empty()) mounts = ReadFile("/proc/self/mounts");
  read.mounts = ParseMounts(mounts);
  for (Mount& mount : read.mounts)
    if (auto space = options_.filesystem_space(mount.mountpoint)) mount.space = *space;
  return read;
}

std::vector<WriteSeries> HostCollector::Collect(Instant at) {
  HostFiles read = Read();
  std::vector<WriteSeries> series = SamplesOfHost(read, at);
  for (WriteSeries& one : series) {
    if (one.labels.name() == "node_scrape_collector_success" && one.samples[0].value == 0)
      telemetry_
          .Counter("hinomi_host_collector_failures_total",
                   {{"collector", std::string(one.labels.Get("collector"))}})
          .Add();
    for (const auto& [name, value] : options_.target.pairs()) one.labels.Set(name, value);
  }

  SampleList utilization(at);
  const auto cpu = CpuUtilization(last_stat_, read.stat);
  const auto memory = MemoryUtilization(read.meminfo);
  for (const Labels& labels : options_.utilization) {
    if (cpu) utilization.AddUnder("CPUUtilization", *cpu, labels);
    if (memory) utilization.AddUnder("MemoryUtilization", *memory, labels);
  }
  if (!read.stat.empty()) last_stat_ = std::move(read.stat);

  std::set<Labels> live;
  for (const WriteSeries& one : series) live.insert(one.labels);
  for (const Labels& gone : live_)
    if (!live.contains(gone)) series.push_back({gone, {{at.millis(), StaleMarker()}}});
  live_ = std::move(live);
  for (WriteSeries& one : utilization.Take()) series.push_back(std::move(one));
  return series;
}

}  // namespace hinomi::metrics
