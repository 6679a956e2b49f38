#ifndef HINOMI_METRICS_IMPL_SCRAPE_TARGETS_H_
#define HINOMI_METRICS_IMPL_SCRAPE_TARGETS_H_

#include <string>
#include <vector>

#include "metrics/model.h"
#include "metrics/scrape_job.h"

namespace hinomi::metrics {

/// One address to scrape.
struct ScrapeTarget {
  Labels labels;
  std::string url;
  Duration interval;
  Duration timeout;
  std::string refusal;  ///< Why it is never asked, "" where it is.
  auto operator<=>(const ScrapeTarget&) const = default;
};

struct TargetList {
  std::vector<ScrapeTarget> targets;
  std::vector<std::string> problems;  ///< Of addresses that are none, each with the address.
};

/// The job's own targets and the groups', without repetitions, as Prometheus makes them:
/// a target begins with its labels, `job`, `__address__`, `__scheme__`,
/// `__metrics_path__`, `__param_NAME`, `__scrape_interval__` and `__scrape_timeout__`;
/// what relabelling leaves of these says what is asked, and labels that begin with `__`
/// are no longer there then.
TargetList TargetsOf(const ScrapeJob& job, const std::vector<TargetGroup>& groups);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SCRAPE_TARGETS_H_
