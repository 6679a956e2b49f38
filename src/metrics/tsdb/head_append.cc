#include <algorithm>

#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/histogram_columns.h"

namespace hinomi::metrics {
namespace {

// A record is closed beyond this many samples, so that one damaged byte costs little.
constexpr size_t kSamplesPerRecord = 1u << 16;
constexpr size_t kSeriesRecordBytes = 1u << 18;
constexpr size_t kMostMetadata = 100'000;

}  // namespace

Status Head::Append(const RawBatch& batch, BatchSeries* told, Promise promise,
                    const RawBatch* columns) {
  Request request;
  request.columns = columns;
  request.promise = promise;
  request.batch = &batch;
  request.told = told;
  {
    std::unique_lock lock(queue_mutex_);
    queue_.push_back(&request);
    queue_changed_.wait(lock, [&] { return request.done || !leading_; });
    if (!request.done) {
      leading_ = true;
      const std::vector<Request*> group = std::exchange(queue_, {});
      lock.unlock();
      Commit(group);
      lock.lock();
      for (Request* each : group) each->done = true;
      leading_ = false;
      queue_changed_.notify_all();
    }
  }
  return request.status;
}

void Head::SetMetadata(const std::string& metric, const Metadata& metadata) {
  const std::lock_guard lock(metadata_mutex_);
  const auto at = metadata_.find(metric);
  if (at == metadata_.end() && metadata_.size() >= kMostMetadata) return;
  if (at != metadata_.end() && at->second == metadata) return;
  metadata_[metric] = metadata;
  metadata_changed_ = true;
  unwritten_metadata_.emplace_back(metric, metadata);
}

void Head::Commit(const std::vector<Request*>& group) {
  Staged staged;
  std::vector<Request*> accepted;
  for (Request* request : group) {
    request->status = Stage(*request, staged);
    if (!request->status) continue;
    accepted.push_back(request);
    if (request->promise == Promise::kDurable) staged.promise = Promise::kDurable;
  }
  {
    const std::lock_guard lock(metadata_mutex_);
    staged.metadata = std::exchange(unwritten_metadata_, {});
  }
  if (staged.samples.size() == 0 && staged.metadata.empty()) return;
  const Status written = WriteStaged(staged);
  if (!written) {
    log_.Failed("cannot write the metrics log", {{"error", written.error().message}});
    for (Request* request : accepted) request->status = written;
    const std::lock_guard lock(metadata_mutex_);
    unwritten_metadata_.insert(unwritten_metadata_.begin(), staged.metadata.begin(),
                               staged.metadata.end());
    return;
  }
  Publish(staged);
}

Status Head::Stage(Request& request, Staged& staged) {
  const size_t samples = request.batch->samples.size() +
                         (request.columns != nullptr ? request.columns->samples.size() : 0);
  // Fresh samples take at most two thirds of a cache line each.
  const size_t wanted = samples_bytes_.load() + (staged.samples.size() + samples) * 40;
  const size_t used = table_->memory_bytes() + wanted + memory_beside_;
  if (const size_t limit = memory_limit_; used > limit)
    return Exhausted("cannot store metrics: the memory limit of " + std::to_string(limit >> 20) +
                     " MiB is reached with " + std::to_string(table_->next_id()) + " series (" +
                     std::to_string(used >> 20) +
                     " MiB); raise metrics.head_memory in hinomi.yml or send fewer series");
  const size_t staged_before = staged.samples.size();
  const SeriesId known = table_->next_id();
  Status done = StageSeries(*request.batch, Contents::kSeries, request.told, staged);
  if (done && request.columns != nullptr)
    done = StageSeries(*request.columns, Contents::kColumns, nullptr, staged);
  if (!done) staged.samples.Resize(staged_before);
  if (request.told != nullptr) request.told->created = table_->next_id() - known;
  return done;
}

Status Head::StageSeries(const RawBatch& batch, Contents contents, BatchSeries* told,
                         Staged& staged) {
  std::vector<SeriesId>* const ids = told != nullptr && told->wants_ids ? &told->ids : nullptr;
  for (const RawBatch::Series& series : batch.series) {
    if (ids != nullptr) ids->push_back(kNoSeries);
    if (series.count == 0 || series.label_bytes.empty()) continue;
    HN_TRY(const SeriesId id, SeriesOf(batch, series, contents));
    if (contents == Contents::kSeries && table_->RoleOf(id) != SeriesRole::kPlain)
      return ReservedLabel(table_->LabelsOf(id));
    last_series_ = id;
    if (ids != nullptr) ids->back() = id;
    for (uint32_t i = 0; i < series.count; ++i) {
      const Sample& sample = batch.samples[series.first + i];
      staged.samples.ids.push_back(id);
      staged.samples.at_ms.push_back(sample.at_ms);
      staged.samples.values.push_back(sample.value);
    }
  }
  return {};
}

Result<SeriesId> Head::SeriesOf(const RawBatch& batch, const RawBatch::Series& series,
                                Contents contents) {
  if (series.handle != nullptr && series.handle->store == number_) return series.handle->series;
  std::optional<SeriesId> id = table_->Find(series.label_bytes, last_series_);
  if (!id) {
    HN_TRY(id, FindOrCreate(batch, series.label_bytes, contents));
  }
  if (series.handle != nullptr) *series.handle = {number_, *id};
  return *id;
}

Result<SeriesId> Head::FindOrCreate(const RawBatch& batch, std::string_view label_bytes,
                                    Contents contents) {
  std::string canonical;
  if (batch.canonical) {
    HN_TRY(canonical, batch.canonical(label_bytes));
    if (canonical != label_bytes)
      if (const auto known = table_->Find(canonical)) return *known;
    label_bytes = canonical;
  }
  const bool may_be_reserved = label_bytes.find(kHistogramLabel) != std::string_view::npos;
  if (contents == Contents::kSeries && may_be_reserved &&
      !FindLabel(label_bytes, kHistogramLabel).empty()) {
    HN_TRY(const Labels labels, ParseLabelBytes(label_bytes));
    return ReservedLabel(labels);
  }
  const std::unique_lock lock(memory_mutex_);
  return table_->Create(label_bytes);
}

Status Head::WriteStaged(const Staged& staged) {
  HN_TRY_VOID(WriteNewSeries());
  if (samples_log_ == nullptr || samples_log_->size() >= limits_.segment_bytes)
    HN_TRY_VOID(Roll(kSamplesPrefix, samples_log_, samples_sequence_));
  const uint64_t start = samples_log_->size();
  const bool sync = durability_ == Durability::kSync && staged.promise == Promise::kDurable;
  const auto write = [&]() -> Status {
    std::string payload;
    for (const auto& [metric, metadata] : staged.metadata)
      AppendMetadataPayload(metric, metadata, payload);
    const LoggedSamples& all = staged.samples;
    for (size_t from = 0; from < all.size(); from += kSamplesPerRecord) {
      const size_t count = std::min(kSamplesPerRecord, all.size() - from);
      AppendSamplesPayload(std::span(all.ids).subspan(from, count),
                           std::span(all.at_ms).subspan(from, count),
                           std::span(all.values).subspan(from, count), payload);
      HN_TRY_VOID(samples_log_->Write(payload));
      payload.clear();
    }
    if (!payload.empty()) HN_TRY_VOID(samples_log_->Write(payload));
    return sync ? samples_log_->Sync() : Status();
  };
  if (Status status = write(); !status) {
    // After a failed sync nobody knows what is on disk: never go on in this
    // file. What was answered before stands in front of `start`.
    samples_log_->Cut(start);
    samples_log_.reset();
    return status;
  }
  unsynced_ = !sync;
  if (sync) syncs_ += 1;
  log_bytes_ += samples_log_->size() - start;
  return {};
}

Status Head::WriteNewSeries() {
  if (logged_series_ == table_->next_id()) return {};
  if (series_log_ == nullptr) HN_TRY_VOID(Roll(kSeriesPrefix, series_log_, series_sequence_));
  const uint64_t start = series_log_->size();
  const auto write = [&]() -> Status {
    SeriesPayload payload(*table_);
    for (SeriesId id = logged_series_; id < table_->next_id(); ++id) {
      payload.Add(id);
      if (payload.size() > kSeriesRecordBytes) HN_TRY_VOID(series_log_->Write(payload.Take()));
    }
    if (payload.size() > 0) HN_TRY_VOID(series_log_->Write(payload.Take()));
    return series_log_->Sync();
  };
  if (Status status = write(); !status) {
    series_log_->Cut(start);
    series_log_.reset();
    return status;
  }
  logged_series_ = table_->next_id();
  return {};
}

Status Head::Roll(const char* prefix, std::unique_ptr<WalSegment>& segment, uint64_t& sequence) {
  // With Durability::kInterval and Promise::kSoon something may not be synced yet.
  if (segment != nullptr) HN_TRY_VOID(segment->Sync());
  segment.reset();
  ++sequence;  // Not used again, whatever becomes of this one.
  HN_TRY(auto created,
         WalSegment::Create(files_, PathOf(HeadFileName(prefix, sequence)), sequence));
  // Only a segment whose name would survive a power cut may take batches.
  HN_TRY_VOID(files_.SyncDirectory(directory_));
  segment = std::move(created);
  return {};
}

void Head::Publish(const Staged& staged) {
  const LoggedSamples& all = staged.samples;
  const std::unique_lock lock(memory_mutex_);
  for (size_t i = 0; i < all.size(); ++i) fresh_->Append(all.ids[i], {all.at_ms[i], all.values[i]});
  appended_ += all.size();
  UpdateSizes();
}

Status Head::Sync() {
  const Lead lead(*this);
  if (unsynced_ && samples_log_ != nullptr) HN_TRY_VOID(samples_log_->Sync());
  unsynced_ = false;
  return {};
}

}  // namespace hinomi::metrics
