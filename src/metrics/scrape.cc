#include "metrics/scrape.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include "metrics/impl/scrape_once.h"
#include "metrics/impl/target_files.h"

namespace hinomi::metrics {

/// The schedule. Threads take the item that is due first, work on it without
/// the lock, and put it back. Of those that have nothing to do one waits for the next
/// due time; it calls another to wait in its place when it begins to work.
class Scraper::Core {
 public:
  Core(Appender& appender, const Clock& clock, Log& log, Telemetry& telemetry, Files& files,
       FetchFunction fetch, ScraperOptions options)
      : clock_(clock),
        log_(log),
        files_(files),
        options_(std::move(options)),
        scraper_(appender, clock, telemetry, files, std::move(fetch)),
        targets_up_(telemetry.Gauge("hinomi_scrape_targets_up")),
        targets_(telemetry.Gauge("hinomi_scrape_targets")) {}

  void SetJobs(std::vector<ScrapeJob> configured) {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Job>> jobs;
    for (ScrapeJob& job : configured) {
      const auto same = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& old) {
        return old != nullptr && *old->config == job;
      });
      if (same != jobs_.end()) {
        jobs.push_back(std::exchange(*same, nullptr));
        continue;
      }
      jobs.push_back(std::make_shared<Job>());
      jobs.back()->config = std::make_shared<const ScrapeJob>(std::move(job));
    }
    for (const auto& gone : jobs_)
      if (gone != nullptr) RetireAll(*gone);
    jobs_ = std::move(jobs);
    for (const auto& job : jobs_)
      if (job->config->files.empty() && !job->expanded) Expand(job, {});
    changed_.notify_one();
    Grow();
  }

  void Start() {
    const std::lock_guard lock(mutex_);
    running_ = true;
    stopping_ = false;
    Grow();
  }

  void Stop() {
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      running_ = false;
      threads.swap(threads_);
    }
    changed_.notify_all();
    idle_.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  Duration RunDue() {
    std::unique_lock lock(mutex_);
    while (RunOne(lock)) {
    }
    return NextDue().value_or(clock_.Monotonic() + options_.file_refresh);
  }

  std::vector<TargetStatus> Targets() const {
    const std::lock_guard lock(mutex_);
    std::vector<TargetStatus> all;
    const Instant now = clock_.Now();
    const Duration monotonic = clock_.Monotonic();
    for (const auto& job : jobs_)
      for (const auto& item : job->items) {
        all.push_back(item->status);
        all.back().interval = item->target.interval;
        all.back().next_scrape = now + (item->due - monotonic);
      }
    return all;
  }

  std::vector<TargetFileError> FileErrors() const {
    const std::lock_guard lock(mutex_);
    std::vector<TargetFileError> errors;
    for (const auto& job : jobs_)
      if (!job->file_error.empty())
        errors.push_back({job->config->job, job->failed_pattern, job->file_error});
    return errors;
  }

 private:
  struct Item {
    Item(std::shared_ptr<const ScrapeJob> of_job, ScrapeTarget at, const ScraperOptions& options)
        : job(std::move(of_job)), target(std::move(at)), memory(*job, target, options) {}
    std::shared_ptr<const ScrapeJob> job;
    ScrapeTarget target;
    TargetMemory memory;
    TargetStatus status;
    Duration due;
    bool busy = false;
    bool retired = false;
  };

  struct DueFirst {
    bool operator()(const std::shared_ptr<Item>& a, const std::shared_ptr<Item>& b) const {
      return std::tie(a->due, a) < std::tie(b->due, b);
    }
  };

  struct Job {
    std::shared_ptr<const ScrapeJob> config;
    std::vector<std::shared_ptr<Item>> items;
    bool expanded = false;
    // For jobs with files.
    TargetFileSet files;  ///< Not under the lock while `file_busy`.
    Duration file_due;
    bool file_busy = false;
    std::string failed_pattern;
    std::string file_error;
  };

  /// Takes what is due, if anything is, and does it without the lock.
  bool RunOne(std::unique_lock<std::mutex>& lock) {
    const Duration now = clock_.Monotonic();
    if (!retired_.empty()) {
      const auto item = std::move(retired_.back());
      retired_.pop_back();
      BeginWork(lock);
      scraper_.Retire(item->memory);
      lock.lock();
      return true;
    }
    for (const auto& job : jobs_) {
      if (job->config->files.empty() || job->file_busy || job->file_due > now) continue;
      ReadFiles(std::shared_ptr<Job>(job), lock);
      return true;
    }
    if (waiting_.empty() || (*waiting_.begin())->due > now) return false;
    const std::shared_ptr<Item> first = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    ScrapeItem(first, lock);
    return true;
  }

  /// The lock is given away: somebody else has to wait for what is due next.
  void BeginWork(std::unique_lock<std::mutex>& lock) {
    idle_.notify_one();
    lock.unlock();
  }

  void ScrapeItem(const std::shared_ptr<Item>& item, std::unique_lock<std::mutex>& lock) {
    item->busy = true;
    if (!item->memory.request.keeps_exchange && kept_exchanges_ < options_.max_kept_exchanges) {
      item->memory.request.keeps_exchange = true;
      ++kept_exchanges_;
    }
    BeginWork(lock);
    const ScrapeOutcome outcome = scraper_.Scrape(item->memory);
    lock.lock();
    const bool was_up = item->status.up;
    const bool first = !item->status.scraped;
    item->busy = false;
    if (first || was_up != outcome.up) item->status.since = outcome.at;
    item->status.scraped = true;
    item->status.up = outcome.up;
    item->status.last_scrape = outcome.at;
    item->status.last_duration = outcome.duration;
    item->status.last_samples = outcome.samples;
    item->status.last_error = outcome.error;
    item->status.last_reason = outcome.reason;
    targets_up_.Add((outcome.up ? 1 : 0) - (was_up ? 1 : 0));
    if ((was_up || first) && !outcome.up)
      log_.Warning("a target cannot be scraped", {{"job", item->status.job},
                                                  {"instance", item->status.instance},
                                                  {"error", outcome.error}});
    // Slots that passed meanwhile are skipped, not made up for.
    const Duration now = clock_.Monotonic();
    const Duration interval = std::max(item->target.interval, Duration::Millis(1));
    item->due = item->due + interval;
    if (item->due <= now) item->due = item->due + interval * ((now - item->due) / interval + 1);
    if (item->retired)
      QueueRetired(item);
    else
      Schedule(item);
  }

  void Schedule(const std::shared_ptr<Item>& item) {
    const bool first = waiting_.empty() || item->due < (*waiting_.begin())->due;
    waiting_.insert(item);
    if (first) changed_.notify_one();
  }

  void ReadFiles(const std::shared_ptr<Job>& job, std::unique_lock<std::mutex>& lock) {
    job->file_busy = true;
    BeginWork(lock);
    const bool changed = job->files.Read(files_, job->config->files, options_.parse_file);
    const std::string& error = job->files.error();
    lock.lock();
    job->file_busy = false;
    job->file_due = clock_.Monotonic() + RefreshOf(*job->config);
    if (!error.empty() && error != job->file_error)
      log_.Failed("a target file cannot be used; its last good targets stay",
                  {{"job", job->config->job}, {"error", error}});
    job->file_error = error;
    job->failed_pattern = job->files.failed_pattern();
    const bool current = std::find(jobs_.begin(), jobs_.end(), job) != jobs_.end();
    if (!current) return;
    if (changed || !job->expanded) Expand(job, job->files.Groups());
    changed_.notify_one();
  }

  Duration RefreshOf(const ScrapeJob& job) const {
    Duration refresh = options_.file_refresh;
    for (const TargetFiles& files : job.files)
      if (files.refresh > Duration()) refresh = std::min(refresh, files.refresh);
    return refresh;
  }

  /// Gives the job exactly these targets; known ones go on as they were.
  void Expand(const std::shared_ptr<Job>& job, const std::vector<TargetGroup>& groups) {
    job->expanded = true;
    std::vector<std::shared_ptr<Item>> items;
    const Duration now = clock_.Monotonic();
    TargetList list = TargetsOf(*job->config, groups);
    for (const std::string& problem : list.problems)
      log_.Failed("a target cannot be used", {{"job", job->config->job}, {"target", problem}});
    for (ScrapeTarget& target : list.targets) {
      const auto known = std::find_if(job->items.begin(), job->items.end(), [&](const auto& item) {
        return item != nullptr && item->target == target;
      });
      if (known != job->items.end()) {
        items.push_back(std::exchange(*known, nullptr));
        continue;
      }
      auto item = std::make_shared<Item>(job->config, std::move(target), options_);
      item->status.job = item->target.labels.Get("job");
      item->status.instance = item->target.labels.Get("instance");
      item->status.url = item->target.url;
      item->status.labels = item->target.labels;
      // Soon, but not all in one moment.
      const Duration spread = std::min(item->target.interval, Duration::Seconds(1));
      item->due = now + Duration::Nanos(static_cast<int64_t>(
                            item->target.labels.Hash() %
                            static_cast<uint64_t>(std::max<int64_t>(spread.nanos(), 1))));
      targets_.Add(1);
      Schedule(item);
      items.push_back(std::move(item));
    }
    RetireAll(*job);
    job->items = std::move(items);
    Grow();
  }

  void RetireAll(Job& job) {
    for (auto& item : job.items) {
      if (item == nullptr) continue;
      targets_.Add(-1);
      waiting_.erase(item);
      if (!item->busy)
        QueueRetired(item);
      else
        item->retired = true;
    }
    job.items.clear();
  }

  void QueueRetired(const std::shared_ptr<Item>& item) {
    if (item->status.up) targets_up_.Add(-1);
    if (item->memory.request.keeps_exchange) --kept_exchanges_;
    retired_.push_back(item);
  }

  std::optional<Duration> NextDue() const {
    std::optional<Duration> next;
    const auto consider = [&](Duration due) {
      if (!next || due < *next) next = due;
    };
    if (!retired_.empty()) consider(clock_.Monotonic());
    for (const auto& job : jobs_) {
      if (!job->config->files.empty() && !job->file_busy) consider(job->file_due);
    }
    if (!waiting_.empty()) consider((*waiting_.begin())->due);
    return next;
  }

  /// As many threads as targets, within the limit.
  void Grow() {
    if (!running_) return;
    size_t wanted = 1;
    for (const auto& job : jobs_) wanted += job->items.size();
    wanted = std::min(wanted, options_.max_threads);
    while (threads_.size() < wanted) threads_.emplace_back([this] { Work(); });
  }

  void Work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (RunOne(lock)) continue;
      if (somebody_waits_) {
        idle_.wait(lock);
        continue;
      }
      const auto next = NextDue();
      const Duration wait = next ? *next - clock_.Monotonic() : Duration::Seconds(60);
      if (wait <= Duration()) continue;
      somebody_waits_ = true;
      changed_.wait_for(lock, std::chrono::nanoseconds(wait.nanos()));
      somebody_waits_ = false;
    }
  }

  const Clock& clock_;
  Log& log_;
  Files& files_;
  ScraperOptions options_;
  PageScraper scraper_;
  Instrument& targets_up_;
  Instrument& targets_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  ///< For the one that waits for what is due next.
  std::condition_variable idle_;     ///< For the others.
  bool somebody_waits_ = false;
  std::vector<std::shared_ptr<Job>> jobs_;
  std::set<std::shared_ptr<Item>, DueFirst> waiting_;  ///< All that are not being scraped.
  std::vector<std::shared_ptr<Item>> retired_;
  size_t kept_exchanges_ = 0;
  std::vector<std::thread> threads_;
  bool running_ = false;
  bool stopping_ = false;
};

Scraper::Scraper(Appender& appender, const Clock& clock, Log& log, Telemetry& telemetry,
                 Files& files, FetchFunction fetch, ScraperOptions options)
    : core_(std::make_unique<Core>(appender, clock, log, telemetry, files, std::move(fetch),
                                   options)) {}
Scraper::~Scraper() {
  Stop();
}
void Scraper::SetJobs(std::vector<ScrapeJob> jobs) {
  core_->SetJobs(std::move(jobs));
}
void Scraper::Start() {
  core_->Start();
}
void Scraper::Stop() {
  core_->Stop();
}
Duration Scraper::RunDue() {
  return core_->RunDue();
}
std::vector<TargetStatus> Scraper::Targets() const {
  return core_->Targets();
}
std::vector<TargetFileError> Scraper::FileErrors() const {
  return core_->FileErrors();
}

}  // namespace hinomi::metrics
