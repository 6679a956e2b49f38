#include <algorithm>
#include <iterator>
#include <mutex>
#include <span>

#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/new_series_wait.h"
#include "metrics/tsdb/store_format.h"
#include "metrics/tsdb/tsdb.h"

// Series come and go; a head only learns new ones. So after much churn the store
// begins a new one, in a directory of its own, and empties the old one into blocks:
//
//   DATA/metrics/head-00000001, head-00000002, …
//
// The last one takes writes at once, readers ask all of them. What is in an older
// one after a crash goes to a block when upkeep begins; twice does no harm.
namespace hinomi::metrics {
namespace {

constexpr const char* kHeadPrefix = "head-";
// Of the memory, for a head that has many series: as much again for the one that follows while
// it is emptied, and for their samples.
constexpr size_t kSeriesShare = 3;

/// For whoever digs in damage.
bool IsKept(const std::string& name) {
  return name.ends_with(".damaged");
}

Status CopyFiles(Files& files, const std::string& from, const std::string& to) {
  HN_TRY_VOID(files.MakeDirectories(to));
  HN_TRY(const std::vector<std::string> names, files.List(from));
  for (const std::string& name : names) {
    if (IsKept(name)) continue;
    HN_TRY(const auto view, files.Map(from + "/" + name));
    HN_TRY_VOID(files.WriteAtomically(to + "/" + name, view->bytes()));
  }
  return {};
}

}  // namespace

std::vector<std::shared_ptr<Head>> Tsdb::Heads() const {
  std::vector<std::shared_ptr<Head>> heads;
  const std::shared_lock lock(head_mutex_);
  for (const NumberedHead& each : heads_) heads.push_back(each.head);
  return heads;
}

std::vector<std::shared_ptr<const Head>> Tsdb::heads() const {
  const auto heads = Heads();
  return {heads.begin(), heads.end()};
}

TimeWindow Tsdb::TimesInHeads() const {
  TimeWindow times{INT64_MAX, INT64_MIN};
  for (const auto& head : Heads()) {
    times.from_ms = std::min(times.from_ms, head->first_ms());
    times.to_ms = std::max(times.to_ms, head->last_ms());
  }
  return times;
}

Result<std::vector<Labels>> Tsdb::LabelsInHeads(const std::vector<CompiledMatcher>& matchers,
                                                int64_t from_ms, int64_t to_ms) const {
  std::vector<Labels> all;
  for (const auto& head : Heads()) {
    HN_TRY(std::vector<Labels> labels, head->SelectLabels(matchers, from_ms, to_ms));
    std::move(labels.begin(), labels.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<std::shared_ptr<Head>> Tsdb::OpenHead(uint64_t generation) {
  const TsdbSettings now = settings();
  HeadLimits limits = options_.head;
  limits.memory_bytes = now.head_memory_bytes;
  HN_TRY(auto head, Head::Open(files_, log_, HeadDirectory(generation), limits, options_.seed,
                               now.durability));
  return std::shared_ptr<Head>(std::move(head));
}

std::string Tsdb::HeadDirectory(uint64_t generation) const {
  return options_.directory + "/" + HeadFileName(kHeadPrefix, generation);
}

Status Tsdb::OpenHeads() {
  HN_TRY(const std::vector<std::string> names, files_.List(options_.directory));
  std::vector<uint64_t> generations;
  for (const std::string& name : names)
    if (const auto generation = HeadFileSequence(name, kHeadPrefix))
      generations.push_back(*generation);
  std::sort(generations.begin(), generations.end());
  if (generations.empty()) generations.push_back(1);
  const MutexLock lock(maintain_mutex_);
  for (const uint64_t generation : generations) {
    if (generation != generations.back()) {
      HN_TRY(const auto left, files_.List(HeadDirectory(generation)));
      if (std::all_of(left.begin(), left.end(), IsKept)) continue;
    }
    HN_TRY(auto head, OpenHead(generation));
    heads_.push_back({generation, std::move(head)});
  }
  ShareMemory();
  return {};
}

Status Tsdb::RemoveHead(uint64_t generation) {
  const std::string directory = HeadDirectory(generation);
  HN_TRY(const std::vector<std::string> names, files_.List(directory));
  // With what is kept the directory stays, too.
  for (const std::string& name : names)
    if (!IsKept(name)) HN_TRY_VOID(files_.Remove(directory + "/" + name));
  return files_.SyncDirectory(directory);
}

// Whether series have ended shows when their samples leave; who needs the memory goes by
// what is written just now. One head at a time is emptied.
bool Tsdb::RenewalDue(bool window_ended) {
  if (heads_.size() > 1) return false;
  const Head& head = Current();
  const size_t known = head.series_count();
  if (known < options_.renew_from_series) return false;
  if (head.memory_bytes() > settings().head_memory_bytes / kSeriesShare)
    return head.BusySeries() * 2 < known;
  return window_ended && head.LiveSeries() * 2 < known;
}

Status Tsdb::BeginHead() {
  const NumberedHead old = heads_.back();
  const uint64_t generation = old.generation + 1;
  HN_TRY(auto fresh, OpenHead(generation));
  const auto take_metadata = [&] {
    for (const auto& [metric, metadata] : old.head->MetricMetadata())
      fresh->SetMetadata(metric, metadata);
  };
  take_metadata();
  HN_TRY_VOID(fresh->SaveMetadata());
  {
    const std::unique_lock lock(head_mutex_);
    take_metadata();  // What came meanwhile.
    heads_.push_back({generation, std::move(fresh)});
    histogram_times_.Forget();
    const MutexLock interest(interest_mutex_);
    wanted_.clear();
  }
  UseSettings();  // They may have changed since it was opened.
  ShareMemory();
  log_.Info("the metrics store began a new head, since most of its series had ended",
            {{"series", std::to_string(old.head->series_count())}});
  // Nobody writes to it any more: what was taken with a promise is kept now.
  return old.head->Flush();
}

Status Tsdb::EmptyEndedHeads() {
  while (heads_.size() > 1) {
    HN_TRY_VOID(CutAllOf(*heads_.front().head));
    const uint64_t generation = heads_.front().generation;
    {
      const std::unique_lock lock(head_mutex_);
      heads_.erase(heads_.begin());
    }
    ShareMemory();
    {
      const MutexLock lock(room_mutex_);
      room_.notify_all();
    }
    HN_TRY_VOID(RemoveHead(generation));
  }
  return {};
}

size_t Tsdb::MemoryOfHeads() const {
  size_t bytes = 0;
  for (const NumberedHead& each : heads_) bytes += each.head->memory_bytes();
  return bytes;
}

void Tsdb::ShareMemory() {
  size_t beside = 0;
  for (const NumberedHead& each : std::span(heads_).first(heads_.size() - 1))
    beside += each.head->memory_bytes();
  Current().SetMemoryBeside(beside);
}

void Tsdb::UseSettings() {
  const auto heads = Heads();
  const MutexLock lock(settings_mutex_);
  for (const auto& head : heads) head->Use(settings_.head_memory_bytes, settings_.durability);
}

void Tsdb::SlowDown(size_t new_series) {
  if (new_series == 0) return;
  size_t bytes = 0;
  {
    const std::shared_lock lock(head_mutex_);
    if (heads_.size() == 1) return;
    bytes = MemoryOfHeads();
  }
  const double filled =
      static_cast<double>(bytes) / static_cast<double>(settings().head_memory_bytes);
  const Duration wait = NewSeriesWait(new_series, filled);
  if (wait == Duration()) return;
  MutexLock lock(room_mutex_);
  lock.WaitFor(room_, wait, [&] { return stopping_ || Heads().size() == 1; });
}

Status Tsdb::CopyTo(const std::string& directory) {
  HN_TRY_VOID(CutEverything());
  for (const std::string& part : BlockDirectories())
    HN_TRY_VOID(CopyFiles(files_, options_.directory + part, directory + part));
  HN_TRY_VOID(WriteStoreFormat(files_, directory));
  HN_TRY_VOID(exemplars_->CopyTo(directory + "/exemplars"));
  HN_TRY(const auto head, Head::Open(files_, log_, directory + "/" + HeadFileName(kHeadPrefix, 1),
                                     options_.head, options_.seed));
  for (const auto& [metric, metadata] : MetricMetadata()) head->SetMetadata(metric, metadata);
  return head->SaveMetadata();
}

void Tsdb::RemoveCopied(const std::string& directory) {
  std::vector<std::string> parts = BlockDirectories();
  parts.emplace_back("/exemplars");
  for (const std::string& part : parts)
    if (const auto names = files_.List(directory + part))
      for (const std::string& name : *names) (void)files_.Remove(directory + part + "/" + name);
}

}  // namespace hinomi::metrics
