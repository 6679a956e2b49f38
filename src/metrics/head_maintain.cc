#include <algorithm>

#include "metrics/impl/head_internal.h"

namespace hinomi::metrics {
namespace {

// Small records: a damaged byte of a checkpoint costs little.
constexpr size_t kCheckpointRecordBytes = 256u << 10;

}  // namespace

Status HeadStore::Maintain() {
  const std::lock_guard one_at_a_time(maintain_mutex_);
  HN_TRY_VOID(Relieve());
  bool due = false;
  {
    const Lead lead(*this);
    due = log_bytes_ > std::max(options_.least_checkpoint_bytes, checkpoint_bytes_);
  }
  UpdateGauges();
  if (!due) return {};
  uint64_t covered = 0;
  {
    const Lead lead(*this);
    covered = last_sequence_;
    HN_TRY_VOID(RollSegment());
    log_bytes_ = 0;
  }
  return WriteCheckpoint(PathOf(CheckpointName(covered)), covered);
}

Status HeadStore::Checkpoint() {
  const std::lock_guard one_at_a_time(maintain_mutex_);
  uint64_t covered = 0;
  {
    const Lead lead(*this);
    covered = last_sequence_;
    HN_TRY_VOID(RollSegment());
    log_bytes_ = 0;
  }
  return WriteCheckpoint(PathOf(CheckpointName(covered)), covered);
}

Status HeadStore::Relieve() {
  const Lead lead(*this);
  const std::unique_lock lock(memory_mutex_);
  const int64_t now_ms = clock_.Now().millis();
  size_t dropped = 0;
  if (options_.retention > Duration())
    dropped = memory_->DropBefore(now_ms - options_.retention.millis(),
                                  now_ms - options_.backfill_grace.millis());
  const auto limit = static_cast<double>(options_.memory_limit_bytes);
  const auto used = static_cast<double>(memory_->memory_bytes());
  if (used > 0.9 * limit) {
    const int64_t cutoff_ms = memory_->TimeQuantile(1 - 0.75 * limit / used);
    const size_t relieved = memory_->DropBefore(cutoff_ms, INT64_MAX);
    log_.Warning("the metrics store is nearly full: its oldest samples were given up",
                 {{"samples", std::to_string(relieved)},
                  {"older_than", FormatRfc3339(Instant::FromMillis(cutoff_ms))}});
    dropped += relieved;
  }
  instruments_->retired.Add(static_cast<double>(dropped));
  return {};
}

Status HeadStore::WriteCheckpoint(const std::string& path, uint64_t sequence) {
  // Appends go on meanwhile. What they add stands in later segments as well;
  // replaying it over the checkpoint ends in the same state.
  const std::string temporary = path + ".tmp";
  const auto write = [&]() -> Status {
    HN_TRY(const auto file, WalSegment::Create(files_, temporary, sequence));
    WalRecordBuilder record;
    {
      const std::lock_guard lock(metadata_mutex_);
      for (const auto& [metric, metadata] : metadata_) record.AddMetadata(metric, metadata);
    }
    for (HeadMemory::Id id = 0;;) {
      {
        const std::shared_lock lock(memory_mutex_);
        for (; id < memory_->next_id() && record.size() < kCheckpointRecordBytes; ++id) {
          const HeadSeries* series = memory_->Get(id);
          if (series == nullptr) continue;
          record.AddColumns(id, &series->labels, series->at_ms.data(), series->values.data(),
                            series->at_ms.size());
        }
      }
      if (record.empty()) break;
      HN_TRY_VOID(file->Write(record.Take()));
    }
    HN_TRY_VOID(file->Sync());
    HN_TRY_VOID(files_.Rename(temporary, path));
    HN_TRY_VOID(files_.SyncDirectory(options_.directory));
    const Lead lead(*this);
    checkpoint_bytes_ = file->size();
    return {};
  };
  Status status = write();
  if (!status) {
    if (files_.Exists(temporary)) (void)files_.Remove(temporary);
    return std::move(status).error().WithContext("cannot write a checkpoint of the metrics store");
  }
  instruments_->checkpoints.Add();
  RemoveCovered(sequence);
  UpdateGauges();
  return {};
}

void HeadStore::RemoveCovered(uint64_t sequence) {
  const auto names = files_.List(options_.directory);
  if (!names) return;
  for (const std::string& name : *names) {
    const auto of_segment = SequenceOf(name, "wal-");
    const auto of_checkpoint = SequenceOf(name, "checkpoint-");
    const bool covered =
        (of_segment && *of_segment <= sequence) || (of_checkpoint && *of_checkpoint < sequence);
    if (!covered) continue;
    const bool damaged = std::any_of(damages_.begin(), damages_.end(),
                                     [&](const WalDamage& damage) { return damage.file == name; });
    // Bytes that could not be read are kept for whoever wants to dig.
    const Status status = damaged ? files_.Rename(PathOf(name), PathOf(name) + ".damaged")
                                  : files_.Remove(PathOf(name));
    if (!status)
      log_.Warning("cannot tidy up the metrics log", {{"error", status.error().message}});
  }
}

}  // namespace hinomi::metrics
