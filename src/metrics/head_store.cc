#include "metrics/head_store.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "metrics/impl/head_internal.h"

namespace hinomi::metrics {

HeadStore::Instruments::Instruments(Telemetry& t)
    : telemetry(t),
      series(t.Gauge("hinomi_tsdb_series", "Series in the metrics store.")),
      samples(t.Gauge("hinomi_tsdb_samples", "Samples in the metrics store.")),
      memory_bytes(t.Gauge("hinomi_tsdb_memory_bytes", "Memory of the metrics store, estimated.")),
      log_bytes(t.Gauge("hinomi_tsdb_wal_bytes", "Write-ahead log since the last checkpoint.")),
      appended(t.Counter("hinomi_tsdb_appended_samples_total", "Samples made durable.")),
      syncs(t.Counter("hinomi_tsdb_wal_syncs_total", "Syncs of the write-ahead log.")),
      damaged(t.Gauge("hinomi_tsdb_wal_damaged_regions",
                      "Regions of the log that could not be read at the last start.")),
      torn_bytes(
          t.Gauge("hinomi_tsdb_wal_torn_bytes", "Bytes of a cut write dropped at the last start.")),
      checkpoints(t.Counter("hinomi_tsdb_checkpoints_total", "Checkpoints written.")),
      retired(t.Counter("hinomi_tsdb_retired_samples_total",
                        "Samples dropped by retention or to relieve memory.")) {}

void HeadStore::Instruments::CountRefusal(std::string_view reason) {
  telemetry
      .Counter("hinomi_tsdb_append_refused_total", "Batches that were refused.",
               {{"reason", std::string(reason)}})
      .Add();
}

std::string SegmentName(uint64_t sequence) {
  return fmt::format("wal-{:08}", sequence);
}
std::string CheckpointName(uint64_t sequence) {
  return fmt::format("checkpoint-{:08}", sequence);
}

std::optional<uint64_t> SequenceOf(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return ParseUint(name.substr(prefix.size()));
}

HeadStore::HeadStore(Files& files, const Clock& clock, Log& log, Telemetry& telemetry,
                     HeadOptions options)
    : files_(files),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      instruments_(std::make_unique<Instruments>(telemetry)),
      memory_(std::make_unique<HeadMemory>()) {}

HeadStore::~HeadStore() = default;

Result<std::unique_ptr<HeadStore>> HeadStore::Open(Files& files, const Clock& clock, Log& log,
                                                   Telemetry& telemetry, HeadOptions options) {
  std::unique_ptr<HeadStore> store(new HeadStore(files, clock, log, telemetry, std::move(options)));
  Status recovered = store->Recover();
  if (!recovered)
    return std::move(recovered).error().WithContext("cannot open the metrics store " +
                                                    store->options_.directory);
  store->UpdateGauges();
  return store;
}

size_t HeadStore::memory_bytes() const {
  const std::shared_lock lock(memory_mutex_);
  return memory_->memory_bytes();
}

size_t HeadStore::series_count() const {
  const std::shared_lock lock(memory_mutex_);
  return memory_->series_count();
}

void HeadStore::UpdateGauges() {
  const std::shared_lock lock(memory_mutex_);
  instruments_->series.Set(static_cast<double>(memory_->series_count()));
  instruments_->samples.Set(static_cast<double>(memory_->sample_count()));
  instruments_->memory_bytes.Set(static_cast<double>(memory_->memory_bytes()));
  instruments_->log_bytes.Set(static_cast<double>(log_bytes_));
}

}  // namespace hinomi::metrics
