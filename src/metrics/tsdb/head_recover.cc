#include <algorithm>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/head_internal.h"

namespace hinomi::metrics {

Status Head::Recover() {
  HN_TRY_VOID(files_.MakeDirectories(directory_));
  HN_TRY(const std::vector<std::string> names, files_.List(directory_));
  std::vector<uint64_t> series;
  std::vector<uint64_t> samples;
  std::vector<uint64_t> flushes;
  for (const std::string& name : names) {
    if (name.ends_with(".tmp")) {
      HN_TRY_VOID(files_.Remove(PathOf(name)));
    } else if (const auto of_series = HeadFileSequence(name, kSeriesPrefix)) {
      series.push_back(*of_series);
    } else if (const auto of_samples = HeadFileSequence(name, kSamplesPrefix)) {
      samples.push_back(*of_samples);
    } else if (const auto of_flush = HeadFileSequence(name, kFlushPrefix)) {
      flushes.push_back(*of_flush);
    }
  }
  for (auto* sequences : {&series, &samples, &flushes})
    std::sort(sequences->begin(), sequences->end());
  series_sequence_ = series.empty() ? 0 : series.back();
  samples_sequence_ = samples.empty() ? 0 : samples.back();

  for (const uint64_t sequence : series)
    HN_TRY_VOID(
        ReadSeries(HeadFileName(kSeriesPrefix, sequence), sequence, sequence == series.back()));
  HN_TRY_VOID(ReadMetadata());
  uint64_t covered = 0;
  for (const uint64_t sequence : flushes) {
    const std::string name = HeadFileName(kFlushPrefix, sequence);
    auto file = FlushFile::Open(files_, PathOf(name));
    covered = std::max(covered, sequence);
    const SeriesId last = file && (*file)->series() > 0 ? (*file)->IdAt((*file)->series() - 1) : 0;
    if (file && last > table_->next_id() + kMostIdsLeftOut) {
      ReportDamage({name, 0, 0, "names series that nobody can have written"});
    } else if (file) {
      if ((*file)->series() > 0) table_->SkipTo(last + 1);
      flushed_.push_back({sequence, *std::move(file), {}});
    } else {
      ReportDamage({name, 0, 0, file.error().message});
    }
  }
  samples_sequence_ = std::max(samples_sequence_, covered);
  for (const uint64_t sequence : samples)
    if (sequence > covered)
      HN_TRY_VOID(ReplaySamples(HeadFileName(kSamplesPrefix, sequence), sequence,
                                sequence == samples.back()));
  // Ids whose labels were lost above were skipped: they are never given again.
  logged_series_ = table_->next_id();
  // Left behind by a crash between a flush and its tidying up.
  RemoveSegments(covered);
  UpdateSizes();
  return {};
}

Status Head::Scan(const std::string& name, uint64_t sequence, bool is_last,
                  const std::function<Status(std::string_view)>& sink) {
  const std::string path = PathOf(name);
  HN_TRY(const auto file, files_.Open(path, is_last ? OpenMode::kReadWrite : OpenMode::kRead));
  HN_TRY(const uint64_t size, file->Size());
  HN_TRY(WalScan scan,
         ScanWal([&](uint64_t offset, size_t length) { return file->ReadAt(offset, length); }, size,
                 sequence, sink));
  log_bytes_ += size;
  for (WalDamage& damage : scan.damages) {
    damage.file = name;
    ReportDamage(std::move(damage));
  }
  if (scan.valid_end == size) return {};
  const uint64_t rest = size - scan.valid_end;
  if (!is_last) {
    ReportDamage({name, scan.valid_end, rest, "damaged to its end"});
    return {};
  }
  log_.Info("cut a write that a crash left unfinished",
            {{"file", path}, {"bytes", std::to_string(rest)}});
  HN_TRY_VOID(file->Truncate(scan.valid_end));
  return file->Sync();
}

Status Head::ReadSeries(const std::string& name, uint64_t sequence, bool is_last) {
  return Scan(name, sequence, is_last,
              [&](std::string_view payload) { return ReadSeriesPayload(payload, *table_); });
}

Status Head::ReadMetadata() {
  if (!files_.Exists(PathOf(kMetadataName))) return {};
  HN_TRY(const std::string content, files_.ReadAll(PathOf(kMetadataName)));
  LoggedBatch batch;
  const std::string_view payload =
      std::string_view(content).substr(std::min<size_t>(4, content.size()));
  const bool whole = content.size() >= 4 && ByteReader(content).Fixed32() == Crc32c(payload) &&
                     ReadBatchPayload(payload, batch);
  if (!whole)
    ReportDamage({kMetadataName, 0, content.size(),
                  "damaged; types and help texts come back with the next scrape"});
  for (auto& [metric, metadata] : batch.metadata) metadata_[metric] = std::move(metadata);
  return {};
}

Status Head::ReplaySamples(const std::string& name, uint64_t sequence, bool is_last) {
  LoggedBatch batch;
  uint64_t lost_samples = 0;
  const auto sink = [&](std::string_view payload) -> Status {
    HN_TRY_VOID(ReadBatchPayload(payload, batch));
    for (auto& [metric, metadata] : batch.metadata) metadata_[metric] = std::move(metadata);
    metadata_changed_ |= !batch.metadata.empty();
    for (size_t i = 0; i < batch.samples.size(); ++i) {
      const SeriesId id = batch.samples.ids[i];
      if (!table_->Exists(id)) {
        ++lost_samples;
        if (id < table_->next_id() + kMostIdsLeftOut) table_->SkipTo(id + 1);
        continue;
      }
      fresh_->Append(id, {batch.samples.at_ms[i], batch.samples.values[i]});
    }
    return {};
  };
  HN_TRY_VOID(Scan(name, sequence, is_last, sink));
  if (lost_samples > 0)
    ReportDamage({name, 0, 0,
                  std::to_string(lost_samples) +
                      " samples belong to series whose labels stood in a damaged record"});
  return {};
}

void Head::ReportDamage(WalDamage damage) {
  log_.Failed("a part of the metrics log is damaged and was left out; check the disk",
              {{"file", PathOf(damage.file)},
               {"offset", std::to_string(damage.offset)},
               {"bytes", std::to_string(damage.bytes)},
               {"what", damage.what}});
  damages_.push_back(std::move(damage));
}

}  // namespace hinomi::metrics
