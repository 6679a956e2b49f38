#include <map>
#include <utility>

#include "metrics/tsdb/histogram_join.h"
#include "metrics/tsdb/time_window.h"
#include "metrics/tsdb/tsdb.h"
#include "os/memory.h"
#include "os/threads.h"

namespace hinomi::metrics {
namespace {

// Retention and merges are looked at so often at least.
constexpr Duration kUpkeepInterval = Duration::Seconds(10);
// With Durability::kInterval a power cut may take so much of what was answered.
constexpr Duration kSyncInterval = Duration::Seconds(2);

/// The finished windows as blocks to be written: one for each day, of the whole
/// day where several of its windows are finished at once, as after a backfill.
std::vector<TimeWindow> BlocksFor(const std::vector<int64_t>& windows) {
  std::map<int64_t, std::vector<int64_t>> by_day;
  for (const int64_t start : windows) by_day[WindowNumber(start, kDayMs)].push_back(start);
  std::vector<TimeWindow> blocks;
  for (const auto& [day, starts] : by_day)
    blocks.push_back(WindowOf(starts.front(), starts.size() == 1 ? kCutMs : kDayMs));
  return blocks;
}

/// Counts somebody as long as it lives.
class Counted {
 public:
  explicit Counted(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<int>& count_;
};

}  // namespace

Status Tsdb::Cut(Head& head, const std::vector<int64_t>& windows) {
  if (windows.empty()) return {};
  moved_ = true;
  const uint64_t flushes = head.flushes();
  for (const TimeWindow& window : BlocksFor(windows)) {
    const auto write = [&](BlockWriter& writer) {
      const HeadCut cut = head.PrepareCut(window.from_ms, window.to_ms);
      return cut.Run([&](std::string_view label_bytes, const SampleColumns& columns) -> Status {
        // A cut of millions of series takes seconds, in which memory fills.
        HN_TRY_VOID(KeepUp());
        return writer.Add(label_bytes, columns.at_ms, columns.values);
      });
    };
    HN_TRY_VOID(blocks_->Write(window, write));
  }
  return head.Forget(windows, flushes);
}

Status Tsdb::KeepUp() {
  SyncIfDue();
  Head& head = Current();
  if (!head.FlushDue()) return {};
  HN_TRY_VOID(head.Flush());
  return RenewalDue(/*window_ended=*/false) ? BeginHead() : Status();
}

void Tsdb::SyncIfDue() {
  if (!SyncsByInterval()) return;
  const Duration now = clock_.Monotonic();
  if (now - synced_at_ < kSyncInterval) return;
  synced_at_ = now;
  if (const Status synced = Current().Sync(); !synced)
    log_.Failed("cannot sync the metrics log; it tries again", {{"error", synced.error().message}});
}

Status Tsdb::CutAllOf(Head& head) {
  HN_TRY_VOID(head.Flush());
  return Cut(head, head.FinishedWindows(/*all=*/true));
}

Status Tsdb::CutEverything() {
  HN_TRY_VOID(EmptyEndedHeads());
  HN_TRY_VOID(CutAllOf(Current()));
  return EmptyEndedHeads();  // It may have ended meanwhile.
}

Status Tsdb::MaintainBlocks(double rewrite_share, const KeepGoing& keep_going) {
  BlockSet::Upkeep upkeep;
  upkeep.now_ms = clock_.Now().millis();
  upkeep.rewrite_share = rewrite_share;
  // A merge may take longer than syncs may wait.
  upkeep.keep_going = [&] {
    SyncIfDue();
    return !stopping_ && keep_going();
  };
  const auto all = [&]() -> Status {
    for (bool did = true; did && !stopping_;) {
      upkeep.retention = settings().retention;
      upkeep.retention.max_bytes = BudgetBeside(upkeep.retention.max_bytes, DownsampledBytes());
      HN_TRY(did, blocks_->MaintainOne(upkeep));
      moved_ |= did;
    }
    return stopping_ ? Status() : MaintainDownsampled(upkeep);
  };
  const Status done = all();
  return !done && done.error().code == ErrorCode::kCancelled ? Status() : done;
}

Status Tsdb::MaintainHeads() {
  const HeadAge::Due due = head_age_.Look(clock_.Monotonic(), Current().seen());
  if (due == HeadAge::Due::kFlush || Current().FlushDue()) HN_TRY_VOID(Current().Flush());
  // What was promised soon, where no other batch comes that syncs it.
  if (SyncsByInterval())
    SyncIfDue();
  else
    HN_TRY_VOID(Current().Sync());
  // A newer head is not cut before the older ones are empty: later writes have to win.
  if (due == HeadAge::Due::kEverything)
    HN_TRY_VOID(CutEverything());
  else
    HN_TRY_VOID(EmptyEndedHeads());
  const std::vector<int64_t> finished = Current().FinishedWindows();
  HN_TRY_VOID(Cut(Current(), finished));
  if (RenewalDue(!finished.empty())) HN_TRY_VOID(BeginHead());
  return EmptyEndedHeads();
}

Status Tsdb::Maintain() {
  const MutexLock lock(maintain_mutex_);
  HN_TRY_VOID(MaintainHeads());
  const auto gives_way = [this] { return asked_for_ == 0 && !Current().FlushDue(); };
  // Before retention takes the samples.
  const auto more = Downsample([&] {
    SyncIfDue();
    return !stopping_ && gives_way();
  });
  if (!more && more.error().code != ErrorCode::kCancelled)
    log_.Failed("cannot downsample a day; it tries again", {{"error", more.error().message}});
  Status maintained = MaintainBlocks(BlockSet::Upkeep().rewrite_share, gives_way);
  if (more && *more) Wake();
  // Cuts and merges take much memory for a moment, which malloc would keep. Not oftener: it
  // stops others that need memory for as long as it takes.
  if (std::exchange(moved_, false)) GiveBackFreeMemory();
  warnings_.LookForChurn(Current(), heads_.back().generation);
  UpdateGauges();
  return maintained;
}

Status Tsdb::CutAll() {
  const Counted asked(asked_for_);
  const MutexLock lock(maintain_mutex_);
  return CutEverything();
}

Status Tsdb::Delete(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) {
  // Deletes are kept with the blocks: so everything that is meant has to be in
  // one. Where flush files could not be removed they would come back.
  const Counted asked_for(asked_for_);
  const MutexLock lock(maintain_mutex_);
  HN_TRY_VOID(CutEverything());
  HN_TRY(const auto asked, WithoutHistogramLabel(matchers));
  HN_TRY_VOID(CompileAll(matchers));
  if (!asked || from_ms > to_ms) return {};
  // First what makes their days anew: a crash may come at any line.
  for (const auto& level : downsampled_) HN_TRY_VOID(level->Distrust(from_ms, to_ms));
  // Without that label the matchers meet all columns of a native histogram alike.
  HN_TRY_VOID(blocks_->Delete(*asked, from_ms, to_ms));
  for (const auto& level : downsampled_) HN_TRY_VOID(level->Delete(*asked, from_ms, to_ms));
  return {};
}

Status Tsdb::ClearDeleted() {
  const Counted asked(asked_for_);
  const MutexLock lock(maintain_mutex_);
  // Not called off by a flush that becomes due: who asked waits for the end.
  HN_TRY_VOID(MaintainBlocks(0, [] { return true; }));
  if (stopping_) return Unavailable("the server stops; what is left is cleaned later");
  return {};
}

Status Tsdb::Snapshot(const std::string& directory) {
  if (files_.Exists(directory))
    return Conflict(directory + " is there already; give another directory");
  const Counted asked(asked_for_);
  const MutexLock lock(maintain_mutex_);
  Status copied = CopyTo(directory);
  if (!copied) RemoveCopied(directory);
  return copied;
}

void Tsdb::Start() {
  stopping_ = false;
  thread_ = std::thread([this] { Run(); });
}

void Tsdb::Stop() {
  {
    MutexLock lock(wake_mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  {
    const MutexLock lock(room_mutex_);
    room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Tsdb::Run() {
  GiveWayToOthers();
  while (!stopping_) {
    if (const Status maintained = Maintain(); !maintained)
      log_.Failed("the metrics store could not tidy up; it tries again",
                  {{"error", maintained.error().message}});
    MutexLock lock(wake_mutex_);
    lock.WaitFor(wake_, SyncsByInterval() ? kSyncInterval : kUpkeepInterval,
                 [this] { return due_ || stopping_; });
    due_ = false;
  }
}

void Tsdb::Wake() {
  const MutexLock lock(wake_mutex_);
  due_ = true;
  wake_.notify_all();
}

}  // namespace hinomi::metrics
