#ifndef HINOMI_METRICS_IMPL_SCRAPE_TARGETS_H_
#define HINOMI_METRICS_IMPL_SCRAPE_TARGETS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/scrape.h"
#include "os/files.h"

namespace hinomi::metrics {

/// One entry of a file_sd document.
struct TargetGroup {
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;
};

/// Reads `[{"targets": ["host:port", …], "labels": {"name": "value", …}}, …]`.
Result<std::vector<TargetGroup>> ParseTargetFile(std::string_view text);

/// The content of all files that `pattern` names, each with its path; a
/// pattern without `*` must exist.
Result<std::vector<std::pair<std::string, std::string>>> ReadTargetFiles(
    Files& files, const std::string& pattern);

/// One address to scrape.
struct ScrapeTarget {
  Labels labels;
  std::string url;
  auto operator<=>(const ScrapeTarget&) const = default;
};

/// Job's own targets and the groups', without repetitions. The labels
/// __address__, __scheme__ and __metrics_path__ of a group have their
/// meaning; others that begin with `__` are dropped.
std::vector<ScrapeTarget> TargetsOf(const ScrapeJob& job, const std::vector<TargetGroup>& groups);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SCRAPE_TARGETS_H_
