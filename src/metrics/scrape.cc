#include "metrics/scrape.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include "metrics/impl/answer_watch.h"
#include "metrics/impl/scrape_item.h"

namespace hinomi::metrics {
namespace {

/// Due times of most targets lie on such a grid: those that would be near each other are asked,
/// and mostly answered, in one go.
constexpr Duration kGrid = Duration::Millis(100);

}  // namespace

/// The schedule. One thread takes what is due, sends what goes over an open connection, and
/// awaits all such answers at once. Whatever may block becomes a task for the others.
class Scraper::Core {
 public:
  Core(Appender& appender, const Clock& clock, Log& log, Telemetry& telemetry, Files& files,
       FetchFunction fetch, ScraperOptions options)
      : clock_(clock),
        log_(log),
        files_(files),
        options_(std::move(options)),
        scraper_(appender, clock, telemetry, files, std::move(fetch), options_.send),
        targets_up_(telemetry.Gauge("hinomi_scrape_targets_up")),
        targets_(telemetry.Gauge("hinomi_scrape_targets")) {}

  void SetJobs(std::vector<ScrapeJob> configured) {
    const std::lock_guard lock(mutex_);
    std::vector<JobPtr> jobs;
    for (ScrapeJob& job : configured) {
      const auto same = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& old) {
        return old != nullptr && *old->config == job;
      });
      if (same != jobs_.end()) {
        jobs.push_back(std::exchange(*same, nullptr));
        continue;
      }
      jobs.push_back(std::make_shared<ScheduledJob>());
      jobs.back()->config = std::make_shared<const ScrapeJob>(std::move(job));
    }
    for (const auto& gone : jobs_)
      if (gone != nullptr) RetireAll(*gone);
    jobs_ = std::move(jobs);
    for (const auto& job : jobs_)
      if (job->config->files.empty() && !job->expanded) Expand(job, {});
    watch_.Wake();
    Grow();
  }

  void Start() {
    const std::lock_guard lock(mutex_);
    running_ = true;
    stopping_ = false;
    threads_.emplace_back([this] { Await(); });
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
    watch_.Wake();
    idle_.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  Duration RunDue() {
    Lock lock(mutex_);
    for (;;) {
      for (const ScrapeItemPtr& item : TakeDue()) QueueScrape(item);
      if (tasks_.empty()) break;
      RunTask(lock);
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
  using Lock = std::unique_lock<std::mutex>;
  /// Gives the lock away while it works.
  using Task = std::function<void(Lock&)>;
  using JobPtr = std::shared_ptr<ScheduledJob>;

  struct DueFirst {
    bool operator()(const ScrapeItemPtr& a, const ScrapeItemPtr& b) const {
      return std::tie(a->due, a) < std::tie(b->due, b);
    }
  };

  /// The targets that are due, which are busy from now on. Files that are become tasks.
  std::vector<ScrapeItemPtr> TakeDue() {
    const Duration now = clock_.Monotonic();
    for (const JobPtr& job : jobs_) {
      if (job->config->files.empty() || job->files_busy || job->files_due > now) continue;
      job->files_busy = true;
      Queue([this, job](Lock& lock) { ReadFiles(job, lock); });
    }
    std::vector<ScrapeItemPtr> due;
    while (!waiting_.empty() && (*waiting_.begin())->due <= now) {
      due.push_back(*waiting_.begin());
      waiting_.erase(waiting_.begin());
      due.back()->busy = true;
      KeepExchange(*due.back());
    }
    return due;
  }

  void KeepExchange(ScrapeItem& item) {
    if (item.memory.request.keeps_exchange || kept_exchanges_ >= options_.max_kept_exchanges)
      return;
    item.memory.request.keeps_exchange = true;
    ++kept_exchanges_;
  }

  void Queue(Task task) {
    tasks_.push_back(std::move(task));
    idle_.notify_one();
  }

  void RunTask(Lock& lock) {
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task(lock);
  }

  void QueueScrape(const ScrapeItemPtr& item) {
    Queue([this, item](Lock& lock) {
      lock.unlock();
      const ScrapeOutcome outcome = scraper_.Scrape(item->memory);
      lock.lock();
      Record(item, outcome);
    });
  }

  /// What came of a scrape. The target waits for the next one.
  void Record(const ScrapeItemPtr& item, const ScrapeOutcome& outcome) {
    TargetStatus& status = item->status;
    const bool was_up = status.up;
    const bool first = !status.scraped;
    if (first || was_up != outcome.up) status.since = outcome.at;
    status.scraped = true;
    status.up = outcome.up;
    status.last_scrape = outcome.at;
    status.last_duration = outcome.duration;
    status.last_samples = outcome.samples;
    status.last_error = outcome.error;
    status.last_reason = outcome.reason;
    targets_up_.Add((outcome.up ? 1 : 0) - (was_up ? 1 : 0));
    if ((was_up || first) && !outcome.up)
      log_.Warning("a target cannot be scraped",
                   {{"job", status.job}, {"instance", status.instance}, {"error", outcome.error}});
    // Slots that passed meanwhile are skipped, not made up for.
    const Duration now = clock_.Monotonic();
    const Duration interval = std::max(item->target.interval, Duration::Millis(1));
    item->due = item->due + interval;
    if (item->due <= now) item->due = item->due + interval * ((now - item->due) / interval + 1);
    PutBack(item);
  }

  void PutBack(const ScrapeItemPtr& item) {
    item->busy = false;
    if (item->retired)
      QueueRetired(item);
    else
      Schedule(item);
  }

  void Schedule(const ScrapeItemPtr& item) {
    waiting_.insert(item);
    if (item->due < asleep_until_) watch_.Wake();
  }

  void ReadFiles(const JobPtr& job, Lock& lock) {
    lock.unlock();
    const bool changed = job->files.Read(files_, job->config->files, options_.parse_file);
    const std::string& error = job->files.error();
    lock.lock();
    job->files_busy = false;
    job->files_due = clock_.Monotonic() + RefreshOf(*job->config);
    if (!error.empty() && error != job->file_error)
      log_.Failed("a target file cannot be used; its last good targets stay",
                  {{"job", job->config->job}, {"error", error}});
    job->file_error = error;
    job->failed_pattern = job->files.failed_pattern();
    const bool current = std::find(jobs_.begin(), jobs_.end(), job) != jobs_.end();
    if (!current) return;
    if (changed || !job->expanded) Expand(job, job->files.Groups());
    if (job->files_due < asleep_until_) watch_.Wake();
  }

  Duration RefreshOf(const ScrapeJob& job) const {
    Duration refresh = options_.file_refresh;
    for (const TargetFiles& files : job.files)
      if (files.refresh > Duration()) refresh = std::min(refresh, files.refresh);
    return refresh;
  }

  /// Gives the job exactly these targets; known ones go on as they were.
  void Expand(const JobPtr& job, const std::vector<TargetGroup>& groups) {
    job->expanded = true;
    std::vector<ScrapeItemPtr> items;
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
      auto item = std::make_shared<ScrapeItem>(job->config, std::move(target), options_);
      item->due = FirstDue(item->target, now);
      targets_.Add(1);
      Schedule(item);
      items.push_back(std::move(item));
    }
    RetireAll(*job);
    job->items = std::move(items);
    Grow();
  }

  /// Soon, but not all in one moment.
  static Duration FirstDue(const ScrapeTarget& target, Duration now) {
    const Duration spread = std::min(target.interval, Duration::Seconds(1));
    const auto places = static_cast<uint64_t>(std::max<int64_t>(spread.nanos(), 1));
    const Duration due = now + Duration::Nanos(static_cast<int64_t>(target.labels.Hash() % places));
    const bool stays_on_grid = target.interval.nanos() % kGrid.nanos() == 0;
    return stays_on_grid ? kGrid * ((due.nanos() + kGrid.nanos() - 1) / kGrid.nanos()) : due;
  }

  void RetireAll(ScheduledJob& job) {
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

  void QueueRetired(const ScrapeItemPtr& item) {
    if (item->status.up) targets_up_.Add(-1);
    if (item->memory.request.keeps_exchange) --kept_exchanges_;
    Queue([this, item](Lock& lock) {
      lock.unlock();
      scraper_.Retire(item->memory);
      lock.lock();
    });
  }

  std::optional<Duration> NextDue() const {
    std::optional<Duration> next;
    const auto consider = [&](Duration due) {
      if (!next || due < *next) next = due;
    };
    for (const JobPtr& job : jobs_)
      if (!job->config->files.empty() && !job->files_busy) consider(job->files_due);
    if (!waiting_.empty()) consider((*waiting_.begin())->due);
    return next;
  }

  /// As many threads as targets, within the limit.
  void Grow() {
    if (!running_) return;
    size_t wanted = 0;
    for (const auto& job : jobs_) wanted += job->items.size();
    // Without targets somebody reads the files that may name some; and one awaits answers.
    wanted = std::clamp<size_t>(wanted, 1, options_.max_threads) + 1;
    while (threads_.size() < wanted) threads_.emplace_back([this] { Work(); });
  }

  void Work() {
    Lock lock(mutex_);
    while (!stopping_) {
      if (tasks_.empty())
        idle_.wait(lock);
      else
        RunTask(lock);
    }
  }

  void Await() {
    Lock lock(mutex_);
    while (!stopping_) {
      const std::vector<ScrapeItemPtr> due = TakeDue();
      asleep_until_ = NextDue().value_or(clock_.Monotonic() + Duration::Seconds(60));
      const Duration until = asleep_until_;
      lock.unlock();
      for (const ScrapeItemPtr& item : due) Send(item);
      watch_.Wait(until - clock_.Monotonic(), [this](auto scrape, auto response) {
        Answered(std::move(scrape), std::move(response));
      });
      lock.lock();
    }
    for (const AnswerWatch::Scrape& scrape : watch_.TakeAll()) PutBack(scrape.item);
  }

  void Send(const ScrapeItemPtr& item) {
    const ScrapeBegun begun = scraper_.Begin();
    auto answer = scraper_.Send(item->memory);
    if (answer != nullptr) return watch_.Add({item, begun, std::move(answer)});
    const std::lock_guard lock(mutex_);
    QueueScrape(item);
  }

  void Answered(AnswerWatch::Scrape scrape, Result<http::ClientResponse> response) {
    const ScrapeItemPtr item = scrape.item;
    const bool is_over = !scrape.answer->lost() && item->memory.request.IsFinal(response);
    scrape.answer = nullptr;  // A lost connection is closed before another is made.
    if (!is_over) {
      const std::lock_guard lock(mutex_);
      return QueueScrape(item);
    }
    const ScrapeOutcome outcome = scraper_.Finish(item->memory, scrape.begun, std::move(response));
    const std::lock_guard lock(mutex_);
    asleep_until_ = Duration();  // This thread will look itself.
    Record(item, outcome);
  }

  const Clock& clock_;
  Log& log_;
  Files& files_;
  ScraperOptions options_;
  PageScraper scraper_;
  Instrument& targets_up_;
  Instrument& targets_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;  ///< For those who take tasks.
  std::vector<JobPtr> jobs_;
  std::set<ScrapeItemPtr, DueFirst> waiting_;  ///< All that are not being scraped.
  std::deque<Task> tasks_;
  Duration asleep_until_;  ///< Monotonic; when the thread that takes what is due looks again.
  AnswerWatch watch_;      ///< That thread's; `Wake` for whom it has to look earlier.
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
