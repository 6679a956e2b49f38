#include "metrics/tsdb/head.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "metrics/tsdb/head_internal.h"

namespace hinomi::metrics {

std::string HeadFileName(const char* prefix, uint64_t sequence) {
  return fmt::format("{}{:08}", prefix, sequence);
}

std::optional<uint64_t> HeadFileSequence(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return ParseUint(name.substr(prefix.size()));
}

namespace {

// Of the memory, for fresh samples: as many again may be on their way to disk.
constexpr size_t kFreshShare = 8;

uint32_t NextNumber() {
  static std::atomic<uint32_t> last = 0;
  return ++last;
}

}  // namespace

Head::Head(Files& files, Log& log, std::string directory, HeadLimits limits, uint64_t seed,
           Durability durability)
    : files_(files),
      log_(log),
      directory_(std::move(directory)),
      number_(NextNumber()),
      limits_(limits),
      memory_limit_(limits.memory_bytes),
      durability_(durability),
      table_(std::make_unique<SeriesTable>(seed)),
      fresh_(std::make_unique<SamplePool>()) {}

Head::~Head() = default;

Result<std::unique_ptr<Head>> Head::Open(Files& files, Log& log, std::string directory,
                                         HeadLimits limits, uint64_t seed, Durability durability) {
  std::unique_ptr<Head> head(new Head(files, log, std::move(directory), limits, seed, durability));
  if (Status recovered = head->Recover(); !recovered)
    return std::move(recovered).error().WithContext("cannot open the metrics in " +
                                                    head->directory_);
  return head;
}

std::map<std::string, Metadata> Head::MetricMetadata() const {
  const std::lock_guard lock(metadata_mutex_);
  return metadata_;
}

void Head::Use(size_t memory_bytes, Durability durability) {
  memory_limit_ = memory_bytes;
  durability_ = durability;
}

size_t Head::memory_bytes() const {
  const std::shared_lock lock(memory_mutex_);
  return table_->memory_bytes() + fresh_->memory_bytes() +
         (sealed_ != nullptr ? sealed_->memory_bytes() : 0);
}

size_t Head::series_count() const {
  const std::shared_lock lock(memory_mutex_);
  return table_->next_id();
}

size_t Head::histogram_columns() const {
  const std::shared_lock lock(memory_mutex_);
  return table_->columns();
}

int64_t Head::last_ms() const {
  const std::shared_lock lock(memory_mutex_);
  int64_t last_ms = fresh_->samples() > 0 ? fresh_->last_ms() : INT64_MIN;
  if (sealed_ != nullptr) last_ms = std::max(last_ms, sealed_->last_ms());
  for (const Flushed& flushed : flushed_) last_ms = std::max(last_ms, flushed.file->last_ms());
  return last_ms;
}

int64_t Head::first_ms() const {
  const std::shared_lock lock(memory_mutex_);
  int64_t first_ms = fresh_->samples() > 0 ? fresh_->first_ms() : INT64_MAX;
  if (sealed_ != nullptr) first_ms = std::min(first_ms, sealed_->first_ms());
  for (const Flushed& flushed : flushed_) first_ms = std::min(first_ms, flushed.file->first_ms());
  return first_ms;
}

void Head::UpdateSizes() {
  samples_bytes_ = fresh_->memory_bytes() + (sealed_ != nullptr ? sealed_->memory_bytes() : 0);
  fresh_cells_ = fresh_->cell_bytes();
  newest_ms_ = fresh_->last_ms();
  const size_t most = memory_limit_ / kFreshShare;
  flush_at_ = std::max(limits_.flush_bytes,
                       std::min(limits_.flush_bytes_per_series * fresh_->series(), most));
}

}  // namespace hinomi::metrics
