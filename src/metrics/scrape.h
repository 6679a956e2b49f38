#ifndef HINOMI_METRICS_SCRAPE_H_
#define HINOMI_METRICS_SCRAPE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "http/client.h"
#include "metrics/exposition.h"
#include "metrics/storage.h"
#include "os/files.h"

namespace hinomi::metrics {

/// `http::Fetch`, or what a test puts in its place. Called from many threads.
using FetchFunction = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

/// Targets that are scraped alike.
struct ScrapeJob {
  std::string job;
  std::vector<std::string> targets;  ///< host:port
  /// File with further targets in Prometheus' file_sd JSON, read again every
  /// few seconds; its last part may hold one `*`. "" for none.
  std::string file;
  std::map<std::string, std::string> labels;
  std::string scheme = "http";
  std::string path = "/metrics";  ///< With its query, if any.
  Duration interval = Duration::Seconds(15);
  Duration timeout = Duration::Seconds(10);  ///< For the whole exchange; at most the interval.
  uint64_t body_limit_bytes = 16u << 20;
  uint64_t sample_limit = 100'000;
  bool honor_labels = false;
  bool honor_timestamps = true;
  /// Asks the targets for protobuf pages first, the only ones that have native
  /// histograms, and takes those instead of the classic ones beside them. (Prometheus'
  /// `scrape_native_histograms`.)
  bool scrape_native_histograms = false;
  std::optional<ExpositionRules> rules;  ///< Without: those of `ScraperOptions`.
  std::vector<std::pair<std::string, std::string>> headers;  ///< E.g. Authorization.

  bool operator==(const ScrapeJob&) const = default;
};

/// A target as people see it.
struct TargetStatus {
  std::string job;
  std::string instance;
  std::string url;
  Labels labels;
  bool scraped = false;  ///< False until the first scrape has ended.
  bool up = false;
  Instant since;  ///< Of the first scrape that ended as the last one; zero before it.
  Instant last_scrape;
  Duration last_duration;
  size_t last_samples = 0;
  std::string last_error;   ///< "" while it is up.
  std::string last_reason;  ///< Of `last_error`: see `ScrapeOutcome`.
  Duration interval;
  Instant next_scrape;  ///< By the wall clock of now.
};

/// A job's target file that cannot be read; its last good targets stay.
struct TargetFileError {
  std::string job;
  std::string file;
  std::string error;
};

struct ScraperOptions {
  ExpositionRules rules = ExpositionRules::kLenient;
  Duration file_refresh = Duration::Seconds(5);
  /// One thread for each target up to this many, so that hanging targets do
  /// not keep the others waiting.
  size_t max_threads = 64;
  /// So many targets keep their connection until the next scrape: each takes
  /// three open files, and the limit of a process is often 1,024.
  size_t max_kept_exchanges = 200;
  uint64_t seed = 0;  ///< Of hash tables; random in earnest.
};

/// Scrapes targets, each at its own interval, into a store: the page's
/// samples, stale markers for what vanished, `up` and its kin. A target that
/// fails in whatever way costs its own samples only. Due times are counted on
/// the monotonic clock, so that a jump of the wall clock bunches nothing.
/// Everything handed in must outlive it. Threads: any.
class Scraper {
 public:
  Scraper(Appender& appender, const Clock& clock, Log& log, Telemetry& telemetry, Files& files,
          FetchFunction fetch, ScraperOptions options = {});
  ~Scraper();  ///< Stops.

  /// Replaces all jobs. Targets that stay as they were keep their schedule;
  /// those that go get stale markers.
  void SetJobs(std::vector<ScrapeJob> jobs);

  /// Starts the threads.
  void Start();
  /// Returns when they have ended; a scrape under way is waited for.
  void Stop();

  /// Does on this thread what is due now, instead of `Start`. Returns the
  /// monotonic time at which something is due next.
  Duration RunDue();

  std::vector<TargetStatus> Targets() const;
  std::vector<TargetFileError> FileErrors() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPE_H_
