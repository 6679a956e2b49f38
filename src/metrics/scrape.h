#ifndef HINOMI_METRICS_SCRAPE_H_
#define HINOMI_METRICS_SCRAPE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "http/client.h"
#include "http/pending_answer.h"
#include "metrics/scrape_job.h"
#include "metrics/storage.h"
#include "os/files.h"

namespace hinomi::metrics {

/// `http::Fetch`, or what a test puts in its place. Called from many threads.
using FetchFunction = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

/// `http::PendingAnswer::Send`. Called from one thread.
using SendFunction =
    std::function<std::unique_ptr<http::PendingAnswer>(const http::ClientRequest&)>;

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

/// Reads the groups of a target file; errors say what was expected.
using TargetFileParser =
    std::function<Result<std::vector<TargetGroup>>(const std::string& path, std::string_view text)>;

/// `[{"targets": ["host:port", …], "labels": {"name": "value", …}}, …]`, whatever the path.
Result<std::vector<TargetGroup>> ParseTargetFile(const std::string& path, std::string_view text);

struct ScraperOptions {
  ExpositionRules rules = ExpositionRules::kLenient;
  Duration file_refresh = Duration::Seconds(5);
  /// One thread for each target up to this many, for what may block: hanging targets do not
  /// keep the others waiting.
  size_t max_threads = 64;
  /// Where it can, requests over connections that were kept are sent by it, and one thread
  /// awaits the answers of all. Null: `FetchFunction` makes all.
  SendFunction send = nullptr;
  /// So many targets keep their connection until the next scrape: each takes
  /// three open files, and the limit of a process is often 1,024.
  size_t max_kept_exchanges = 200;
  uint64_t seed = 0;  ///< Of hash tables; random in earnest.
  TargetFileParser parse_file = ParseTargetFile;
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
