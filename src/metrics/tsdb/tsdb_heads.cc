#include <algorithm>
#include <mutex>

#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/store_format.h"
#include "metrics/tsdb/tsdb.h"

// Series come and go; a head only learns new ones. So after much churn the
// store empties it into blocks and begins a new one, in a directory of its own:
//
//   DATA/metrics/head-1, head-2, …
//
// Only the last one counts. What a crash left in an older one is in a block
// already, or is cut into one at the next start; twice does no harm.
namespace hinomi::metrics {
namespace {

constexpr const char* kHeadPrefix = "head-";
// Half of the head's memory for its series leaves the other half for samples.
constexpr size_t kSeriesShare = 2;
// Samples that are cut within some tens of milliseconds. Under a writer that is about as fast
// as cuts are it is tried so often.
constexpr size_t kLittleToCut = 50'000;
constexpr int kCutsBeforeRenewal = 5;

/// All but what is kept for whoever digs in damage.
Status CopyFiles(Files& files, const std::string& from, const std::string& to) {
  HN_TRY_VOID(files.MakeDirectories(to));
  HN_TRY(const std::vector<std::string> names, files.List(from));
  for (const std::string& name : names) {
    if (name.ends_with(".damaged")) continue;
    HN_TRY(const auto view, files.Map(from + "/" + name));
    HN_TRY_VOID(files.WriteAtomically(to + "/" + name, view->bytes()));
  }
  return {};
}

}  // namespace

std::shared_ptr<Head> Tsdb::CurrentHead() const {
  const std::shared_lock lock(head_mutex_);
  return head_;
}

Result<std::shared_ptr<Head>> Tsdb::OpenHead(const std::string& directory) {
  const TsdbSettings now = settings();
  HeadLimits limits = options_.head;
  limits.memory_bytes = now.head_memory_bytes;
  HN_TRY(auto head, Head::Open(files_, log_, directory, limits, options_.seed, now.durability));
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
  head_generation_ = generations.empty() ? 1 : generations.back();
  HN_TRY(head_, OpenHead(HeadDirectory(head_generation_)));
  for (const uint64_t generation : generations)
    if (generation < head_generation_) HN_TRY_VOID(EmptyOldHead(HeadDirectory(generation)));
  return {};
}

Status Tsdb::EmptyOldHead(const std::string& directory) {
  HN_TRY(const auto head, OpenHead(directory));
  HN_TRY_VOID(CutEverything(*head));
  return RemoveHead(directory);
}

Status Tsdb::RemoveHead(const std::string& directory) {
  HN_TRY(const std::vector<std::string> names, files_.List(directory));
  // Files that are kept for whoever digs in damage stay, and with them the directory.
  for (const std::string& name : names)
    if (!name.ends_with(".damaged")) HN_TRY_VOID(files_.Remove(directory + "/" + name));
  return files_.SyncDirectory(directory);
}

// Whether series have ended shows when their samples leave; who needs the memory goes by
// what is written just now.
bool Tsdb::RenewalDue(bool window_ended) const {
  const auto head = CurrentHead();
  const size_t known = head->series_count();
  if (known < options_.renew_from_series) return false;
  if (head->memory_bytes() > settings().head_memory_bytes / kSeriesShare)
    return head->BusySeries() * 2 < known;
  return window_ended && head->LiveSeries() * 2 < known;
}

Status Tsdb::RenewHead() {
  // Most of it while writers go on, and what came meanwhile, until little is left; that
  // while they wait.
  const auto old = CurrentHead();
  for (int i = 0; i < kCutsBeforeRenewal && (i == 0 || old->seen().in_memory > kLittleToCut); ++i)
    HN_TRY_VOID(CutEverything(*old));
  {
    const std::unique_lock lock(head_mutex_);
    HN_TRY_VOID(CutEverything(*old));
    HN_TRY(auto fresh, OpenHead(HeadDirectory(head_generation_ + 1)));
    for (const auto& [metric, metadata] : old->MetricMetadata())
      fresh->SetMetadata(metric, metadata);
    HN_TRY_VOID(fresh->SaveMetadata());
    ++head_generation_;
    head_ = std::move(fresh);
    // They may have changed since it was opened.
    const TsdbSettings now = settings();
    head_->Use(now.head_memory_bytes, now.durability);
    histogram_times_.Forget();
    const MutexLock interest(interest_mutex_);
    wanted_.clear();
  }
  log_.Info("the metrics store began a new head, since most of its series had ended",
            {{"series", std::to_string(old->series_count())}});
  // Nobody has written to it since it was emptied.
  return RemoveHead(HeadDirectory(head_generation_ - 1));
}

Status Tsdb::CopyTo(const std::string& directory) {
  HN_TRY_VOID(CutEverything(*CurrentHead()));
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
