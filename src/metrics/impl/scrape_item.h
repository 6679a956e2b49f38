#ifndef HINOMI_METRICS_IMPL_SCRAPE_ITEM_H_
#define HINOMI_METRICS_IMPL_SCRAPE_ITEM_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "metrics/impl/scrape_once.h"
#include "metrics/impl/target_files.h"
#include "metrics/scrape.h"

namespace hinomi::metrics {

/// A target in the schedule. While it is `busy`, `memory` belongs to who scrapes it.
struct ScrapeItem {
  ScrapeItem(std::shared_ptr<const ScrapeJob> of_job, ScrapeTarget at,
             const ScraperOptions& options)
      : job(std::move(of_job)), target(std::move(at)), memory(*job, target, options) {
    status.job = target.labels.Get("job");
    status.instance = target.labels.Get("instance");
    status.url = target.url;
    status.labels = target.labels;
  }

  std::shared_ptr<const ScrapeJob> job;
  ScrapeTarget target;
  TargetMemory memory;
  TargetStatus status;
  Duration due;  ///< Monotonic.
  bool busy = false;
  bool retired = false;  ///< No longer wanted: what it wrote is ended as soon as it is not busy.
};

using ScrapeItemPtr = std::shared_ptr<ScrapeItem>;

/// A job in the schedule.
struct ScheduledJob {
  std::shared_ptr<const ScrapeJob> config;
  std::vector<ScrapeItemPtr> items;
  bool expanded = false;
  // For jobs with files.
  TargetFileSet files;  ///< Belongs to who reads them while `files_busy`.
  Duration files_due;   ///< Monotonic.
  bool files_busy = false;
  std::string failed_pattern;
  std::string file_error;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SCRAPE_ITEM_H_
