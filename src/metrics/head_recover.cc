#include <algorithm>
#include <unordered_map>

#include "metrics/impl/head_internal.h"

namespace hinomi::metrics {

Status HeadStore::Recover() {
  HN_TRY_VOID(files_.MakeDirectories(options_.directory));
  HN_TRY(const std::vector<std::string> names, files_.List(options_.directory));
  uint64_t checkpoint = 0;
  std::vector<uint64_t> segments;
  for (const std::string& name : names) {
    if (name.ends_with(".tmp")) {
      HN_TRY_VOID(files_.Remove(PathOf(name)));
    } else if (const auto of_checkpoint = SequenceOf(name, "checkpoint-")) {
      checkpoint = std::max(checkpoint, *of_checkpoint);
    } else if (const auto of_segment = SequenceOf(name, "wal-")) {
      segments.push_back(*of_segment);
    }
  }
  std::sort(segments.begin(), segments.end());
  last_sequence_ = checkpoint;
  if (!segments.empty()) last_sequence_ = std::max(last_sequence_, segments.back());

  if (checkpoint != 0) {
    HN_TRY_VOID(Replay(CheckpointName(checkpoint), checkpoint, false));
    checkpoint_bytes_ = std::exchange(log_bytes_, 0);
  }
  for (const uint64_t sequence : segments) {
    if (sequence <= checkpoint) continue;
    HN_TRY_VOID(Replay(SegmentName(sequence), sequence, sequence == segments.back()));
  }
  // Left behind by a crash between a checkpoint and its tidying up.
  RemoveCovered(checkpoint);
  return {};
}

Status HeadStore::Replay(const std::string& name, uint64_t sequence, bool is_last) {
  const std::string path = PathOf(name);
  HN_TRY(const auto file, files_.Open(path, is_last ? OpenMode::kReadWrite : OpenMode::kRead));
  HN_TRY(const uint64_t size, file->Size());
  std::unordered_map<uint64_t, HeadMemory::Id> ids;
  uint64_t lost_samples = 0;
  const auto sink = [&](WalRecord record) {
    for (auto& [metric, metadata] : record.metadata) metadata_[metric] = std::move(metadata);
    for (WalSeries& series : record.series) {
      if (series.labels) {
        const uint64_t hash = series.labels->Hash();
        const auto known = memory_->Find(hash, *series.labels);
        ids[series.ref] = known ? *known : memory_->Create(hash, *std::move(series.labels));
      }
      const auto id = ids.find(series.ref);
      if (id == ids.end()) {
        lost_samples += series.samples.size();
      } else {
        memory_->Merge(id->second, series.samples);
      }
    }
  };
  HN_TRY(WalScan scan,
         ScanWal([&](uint64_t offset, size_t length) { return file->ReadAt(offset, length); }, size,
                 sequence, sink));
  log_bytes_ += size;
  for (WalDamage& damage : scan.damages) {
    damage.file = name;
    ReportDamage(std::move(damage));
  }
  if (lost_samples > 0)
    ReportDamage({name, 0, 0,
                  std::to_string(lost_samples) +
                      " samples belong to series whose labels stood in a damaged record"});
  if (scan.valid_end < size) {
    const uint64_t rest = size - scan.valid_end;
    if (!is_last) {
      ReportDamage({name, scan.valid_end, rest, "damaged to its end"});
    } else {
      log_.Info("cut a write that a crash left unfinished",
                {{"file", path}, {"bytes", std::to_string(rest)}});
      instruments_->torn_bytes.Set(static_cast<double>(rest));
      HN_TRY_VOID(file->Truncate(scan.valid_end));
      HN_TRY_VOID(file->Sync());
    }
  }
  return {};
}

void HeadStore::ReportDamage(WalDamage damage) {
  log_.Failed("a part of the metrics log is damaged and was left out; check the disk",
              {{"file", PathOf(damage.file)},
               {"offset", std::to_string(damage.offset)},
               {"bytes", std::to_string(damage.bytes)},
               {"what", damage.what}});
  damages_.push_back(std::move(damage));
  instruments_->damaged.Set(static_cast<double>(damages_.size()));
}

}  // namespace hinomi::metrics
