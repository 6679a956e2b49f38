#include <algorithm>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/head_internal.h"

namespace hinomi::metrics {

Status Head::Flush() {
  const std::lock_guard one_at_a_time(flush_mutex_);
  HN_TRY_VOID(WriteSealed());
  {
    const Lead lead(*this);
    if (fresh_->samples() == 0) return {};
    if (samples_log_ != nullptr) HN_TRY_VOID(samples_log_->Sync());
    samples_log_.reset();  // The next write begins a segment that is not covered.
    const std::unique_lock lock(memory_mutex_);
    sealed_sequence_ = samples_sequence_;
    sealed_ = std::exchange(fresh_, std::make_unique<SamplePool>(table_->next_id()));
    log_bytes_ = 0;
    UpdateSizes();
  }
  return WriteSealed();
}

// Under flush_mutex_. Nobody changes the sealed pool, so it is read without the
// other lock.
Status Head::WriteSealed() {
  if (sealed_ == nullptr) return {};
  const std::string path = PathOf(HeadFileName(kFlushPrefix, sealed_sequence_));
  const auto write = [&]() -> Result<std::shared_ptr<const FlushFile>> {
    HN_TRY_VOID(WriteMetadata());
    HN_TRY_VOID(FlushFile::Write(files_, path, *sealed_));
    return FlushFile::Open(files_, path);
  };
  auto file = write();
  if (!file) return std::move(file).error().WithContext("cannot write fresh metrics to disk");
  std::shared_ptr<const SamplePool> written;  // Freed outside the lock.
  {
    const std::unique_lock lock(memory_mutex_);
    flushed_.push_back({sealed_sequence_, *std::move(file), {}, sealed_->windows().Over()});
    written = std::move(sealed_);
    UpdateSizes();
  }
  RemoveSegments(sealed_sequence_);
  return {};
}

// The log that held it is about to go.
Status Head::WriteMetadata() {
  std::string content(4, '\0');
  {
    const std::lock_guard lock(metadata_mutex_);
    if (!metadata_changed_) return {};
    for (const auto& [metric, metadata] : metadata_)
      AppendMetadataPayload(metric, metadata, content);
    metadata_changed_ = false;
  }
  std::string crc;
  ByteWriter(crc).Fixed32(Crc32c(std::string_view(content).substr(4)));
  content.replace(0, 4, crc);
  Status written = files_.WriteAtomically(PathOf(kMetadataName), content);
  if (written) return {};
  const std::lock_guard lock(metadata_mutex_);
  metadata_changed_ = true;
  return written;
}

void Head::RemoveSegments(uint64_t covered) {
  const auto names = files_.List(directory_);
  if (!names) return;
  for (const std::string& name : *names) {
    const auto sequence = HeadFileSequence(name, kSamplesPrefix);
    if (!sequence || *sequence > covered) continue;
    const bool damaged = std::any_of(damages_.begin(), damages_.end(),
                                     [&](const WalDamage& damage) { return damage.file == name; });
    // Bytes that could not be read are kept for whoever wants to dig.
    const Status status = damaged ? files_.Rename(PathOf(name), PathOf(name) + ".damaged")
                                  : files_.Remove(PathOf(name));
    if (!status)
      log_.Warning("cannot tidy up the metrics log", {{"error", status.error().message}});
  }
}

uint64_t Head::flushes() const {
  const std::shared_lock lock(memory_mutex_);
  return flushed_.empty() ? 0 : flushed_.back().sequence;
}

HeadAge::Seen Head::seen() const {
  const std::shared_lock lock(memory_mutex_);
  HeadAge::Seen seen;
  seen.appended = appended_;
  seen.flushes = flushed_.empty() ? 0 : flushed_.back().sequence;
  seen.in_memory = fresh_->samples() + (sealed_ != nullptr ? sealed_->samples() : 0);
  seen.in_flushes = !flushed_.empty();
  seen.window_over = fresh_->windows().MostIsOver();
  return seen;
}

std::vector<int64_t> Head::FinishedWindows(bool all) const {
  const std::shared_lock lock(memory_mutex_);
  std::set<int64_t> windows;
  if (flushed_.empty()) return {};
  for (const Flushed& flushed : flushed_)
    for (const auto& [start, samples] : flushed.file->windows())
      if (!flushed.in_blocks.contains(start)) windows.insert(start);
  if (!all) {
    const Flushed& newest = flushed_.back();
    for (const auto& [start, samples] : newest.file->windows())
      if (samples >= newest.file->samples() / 16 + 1 && !newest.over.contains(start))
        windows.erase(start);
  }
  return {windows.begin(), windows.end()};
}

Status Head::Forget(const std::vector<int64_t>& windows, uint64_t flushes) {
  const std::lock_guard one_at_a_time(flush_mutex_);
  std::vector<Flushed> gone;
  {
    const std::unique_lock lock(memory_mutex_);
    for (Flushed& flushed : flushed_)
      if (flushed.sequence <= flushes) flushed.in_blocks.insert(windows.begin(), windows.end());
    // Only from the oldest on: a newer file may hold later writes of the same
    // times, which must go on to win.
    const auto is_whole = [](const Flushed& flushed) {
      return std::all_of(
          flushed.file->windows().begin(), flushed.file->windows().end(),
          [&](const auto& window) { return flushed.in_blocks.contains(window.first); });
    };
    const auto kept = std::find_if_not(flushed_.begin(), flushed_.end(), is_whole);
    gone.assign(std::make_move_iterator(flushed_.begin()), std::make_move_iterator(kept));
    flushed_.erase(flushed_.begin(), kept);
  }
  for (const Flushed& flushed : gone) HN_TRY_VOID(files_.Remove(flushed.file->path()));
  return gone.empty() ? Status() : files_.SyncDirectory(directory_);
}

}  // namespace hinomi::metrics
