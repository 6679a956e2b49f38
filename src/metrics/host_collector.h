#ifndef HINOMI_METRICS_HOST_COLLECTOR_H_
#define HINOMI_METRICS_HOST_COLLECTOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "metrics/storage.h"
#include "os/files.h"

namespace hinomi::metrics {

/// What statvfs(3) says of a mounted file system.
struct FilesystemSpace {
  uint64_t size_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t available_bytes = 0;  ///< For an unprivileged user.
  uint64_t files = 0;
  uint64_t files_free = 0;
};
using FilesystemSpaceFunction = std::function<Result<FilesystemSpace>(const std::string& path)>;
/// Asks the kernel. Blocks while a network file system does not answer; those
/// are not asked by the collector.
Result<FilesystemSpace> ReadFilesystemSpace(const std::string& path);

/// A mounted file system that counts: no pseudo, image, overlay or network one.
struct Mount {
  std::string device, mountpoint, type;
  bool read_only = false;
  std::optional<FilesystemSpace> space;  ///< Nothing if it could not be asked.
};
/// From the content of /proc/1/mounts.
std::vector<Mount> ParseMounts(std::string_view mounts);

/// Contents of the files that the collector reads; "" for one that is absent.
struct HostFiles {
  std::string stat, meminfo, loadavg, diskstats, net_dev, file_nr;
  std::map<std::string, std::string> pressure;  ///< cpu io memory → content
  std::map<std::string, std::string> kernel;  ///< ostype osrelease version hostname domainname arch
  std::vector<Mount> mounts;
};

/// The samples under node_exporter's names and labels, without target labels.
/// A part that is absent or unreadable is left out, and
/// node_scrape_collector_success tells which.
std::vector<WriteSeries> SamplesOfHost(const HostFiles& files, Instant at);

/// Percent of the processors' time not idle between two readings of
/// /proc/stat; nothing if either is unreadable or no time passed.
std::optional<double> CpuUtilization(std::string_view stat_before, std::string_view stat_after);
/// Percent of memory that is not available, from /proc/meminfo.
std::optional<double> MemoryUtilization(std::string_view meminfo);

struct HostCollectorOptions {
  std::string root;  ///< In front of /proc; tests put a fixture tree here.
  Labels target;     ///< job and instance, on all node_ series.
  /// CPUUtilization and MemoryUtilization are published once under each of
  /// these, e.g. {ServiceName} and {ClusterName, ServiceName}.
  std::vector<Labels> utilization;
  FilesystemSpaceFunction filesystem_space = ReadFilesystemSpace;
};

/// Reads this machine and gives samples for the store. Threads: one at a time.
class HostCollector {
 public:
  /// `files` and `telemetry` must outlive it.
  HostCollector(Files& files, Telemetry& telemetry, HostCollectorOptions options);

  /// Everything now, with stale markers for what was there the last time and
  /// is not any more.
  std::vector<WriteSeries> Collect(Instant at);

  HostFiles Read() const;

 private:
  std::string ReadFile(const std::string& path) const;

  Files& files_;
  Telemetry& telemetry_;
  HostCollectorOptions options_;
  std::string last_stat_;
  std::set<Labels> live_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_HOST_COLLECTOR_H_
