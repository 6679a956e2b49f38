#include <algorithm>

#include "metrics/impl/head_internal.h"

namespace hinomi::metrics {
namespace {

// A record is closed beyond this size, so that one damaged byte costs little.
constexpr size_t kRecordBytes = 1u << 20;
constexpr size_t kSamplesPerEntry = 65'536;
constexpr size_t kMetadataLimit = 100'000;

bool StrictlyAscending(const std::vector<Sample>& samples) {
  return std::adjacent_find(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
           return a.at_ms >= b.at_ms;
         }) == samples.end();
}

/// Sorted by time; of equal times the last one given.
std::vector<Sample> Sorted(std::vector<Sample> samples) {
  std::stable_sort(samples.begin(), samples.end(),
                   [](const Sample& a, const Sample& b) { return a.at_ms < b.at_ms; });
  size_t kept = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i + 1 < samples.size() && samples[i + 1].at_ms == samples[i].at_ms) continue;
    samples[kept++] = samples[i];
  }
  samples.resize(kept);
  return samples;
}

}  // namespace

Status HeadStore::Append(const std::vector<WriteSeries>& batch) {
  if (options_.disk_is_low && options_.disk_is_low()) {
    instruments_->CountRefusal("disk");
    return Exhausted("cannot store metrics: the disk of " + options_.directory +
                     " is below its min_free; free some space or lower min_free");
  }
  Request request;
  request.batch = &batch;
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
  if (request.status && options_.on_append) options_.on_append(batch);
  return request.status;
}

void HeadStore::SetMetadata(const std::string& metric, const Metadata& metadata) {
  const std::lock_guard lock(metadata_mutex_);
  const auto at = metadata_.find(metric);
  if (at == metadata_.end() && metadata_.size() >= kMetadataLimit) return;
  if (at != metadata_.end() && at->second.type == metadata.type &&
      at->second.help == metadata.help && at->second.unit == metadata.unit)
    return;
  metadata_[metric] = metadata;
  unwritten_metadata_.emplace_back(metric, metadata);
}

void HeadStore::Commit(const std::vector<Request*>& group) {
  Staged staged;
  std::vector<Request*> accepted;
  for (Request* request : group)
    if (Stage(*request, staged)) accepted.push_back(request);
  if (accepted.empty()) return;
  {
    const std::lock_guard lock(metadata_mutex_);
    staged.metadata = std::exchange(unwritten_metadata_, {});
  }
  if (staged.parts.empty() && staged.metadata.empty()) return;
  const Status written = WriteStaged(staged);
  if (!written) {
    instruments_->CountRefusal("write");
    log_.Failed("cannot write the metrics log", {{"error", written.error().message}});
    for (Request* request : accepted) request->status = written;
    return;
  }
  Publish(staged);
  UpdateGauges();
}

bool HeadStore::Stage(Request& request, Staged& staged) {
  const size_t parts_before = staged.parts.size();
  const size_t fresh_before = staged.fresh.size();
  const size_t bytes_before = staged.estimated_bytes;
  for (const WriteSeries& series : *request.batch) {
    if (series.samples.empty() || series.labels.empty()) continue;
    Staged::Part part;
    part.labels = &series.labels;
    part.samples = series.samples;
    if (!StrictlyAscending(series.samples)) {
      staged.sorted.push_back(std::make_unique<std::vector<Sample>>(Sorted(series.samples)));
      part.samples = *staged.sorted.back();
    }
    staged.estimated_bytes += part.samples.size() * sizeof(Sample);
    const uint64_t hash = series.labels.Hash();
    if (const auto known = memory_->Find(hash, series.labels)) {
      part.id = *known;
    } else {
      const auto [first, last] = staged.fresh_by_hash.equal_range(hash);
      const auto same = std::find_if(first, last, [&](const auto& entry) {
        return *staged.fresh[entry.second].labels == series.labels;
      });
      size_t place = staged.fresh.size();
      if (same != last) {
        place = same->second;
      } else {
        staged.fresh.push_back({hash, &series.labels});
        staged.fresh_by_hash.emplace(hash, place);
        staged.estimated_bytes += HeadMemory::EstimateSeriesBytes(series.labels);
      }
      part.id = memory_->next_id() + static_cast<HeadMemory::Id>(place);
    }
    staged.parts.push_back(part);
  }
  if (memory_->memory_bytes() + staged.estimated_bytes <= options_.memory_limit_bytes) return true;

  staged.parts.resize(parts_before);
  while (staged.fresh.size() > fresh_before) {
    const size_t place = staged.fresh.size() - 1;
    auto [first, last] = staged.fresh_by_hash.equal_range(staged.fresh.back().hash);
    staged.fresh_by_hash.erase(
        std::find_if(first, last, [&](const auto& entry) { return entry.second == place; }));
    staged.fresh.pop_back();
  }
  staged.estimated_bytes = bytes_before;
  instruments_->CountRefusal("memory");
  request.status = Exhausted("cannot store metrics: the memory limit of " +
                             std::to_string(options_.memory_limit_bytes >> 20) +
                             " MiB is reached with " + std::to_string(memory_->series_count()) +
                             " series; raise it, keep metrics for a shorter time or send fewer");
  return false;
}

Status HeadStore::WriteStaged(Staged& staged) {
  if (segment_ == nullptr || segment_->size() >= options_.segment_bytes) HN_TRY_VOID(RollSegment());
  const uint64_t start = segment_->size();
  const auto write = [&]() -> Status {
    WalRecordBuilder record;
    const auto flush = [&](size_t beyond) -> Status {
      if (record.size() <= beyond) return {};
      return segment_->Write(record.Take());
    };
    for (const auto& [metric, metadata] : staged.metadata) {
      record.AddMetadata(metric, metadata);
      HN_TRY_VOID(flush(kRecordBytes));
    }
    introduced_.resize(
        std::max<size_t>(introduced_.size(), memory_->next_id() + staged.fresh.size()));
    for (const Staged::Part& part : staged.parts) {
      for (size_t from = 0; from < part.samples.size(); from += kSamplesPerEntry) {
        const size_t count = std::min(kSamplesPerEntry, part.samples.size() - from);
        record.AddSeries(part.id, introduced_[part.id] ? nullptr : part.labels,
                         part.samples.subspan(from, count));
        introduced_[part.id] = true;
        HN_TRY_VOID(flush(kRecordBytes));
      }
    }
    HN_TRY_VOID(flush(0));
    return segment_->Sync();
  };
  Status status = write();
  if (!status) {
    // After a failed sync nobody knows what is on disk: never go on in this
    // file. What was answered before stands in front of `start`.
    segment_->Cut(start);
    segment_.reset();
    return status;
  }
  instruments_->syncs.Add();
  log_bytes_ += segment_->size() - start;
  return {};
}

void HeadStore::Publish(Staged& staged) {
  const int64_t now_ms = clock_.Now().millis();
  const int64_t cutoff_ms =
      options_.retention > Duration() ? now_ms - options_.retention.millis() : INT64_MIN;
  size_t count = 0;
  const std::unique_lock lock(memory_mutex_);
  for (const Staged::Fresh& fresh : staged.fresh) memory_->Create(fresh.hash, *fresh.labels);
  for (const Staged::Part& part : staged.parts) {
    memory_->Merge(part.id, part.samples);
    if (part.samples.front().at_ms < cutoff_ms) memory_->Get(part.id)->backfilled_at_ms = now_ms;
    count += part.samples.size();
  }
  instruments_->appended.Add(static_cast<double>(count));
}

Status HeadStore::RollSegment() {
  segment_.reset();
  introduced_.clear();
  const uint64_t sequence = last_sequence_ + 1;
  last_sequence_ = sequence;  // Not used again, whatever becomes of this one.
  HN_TRY(auto segment, WalSegment::Create(files_, PathOf(SegmentName(sequence)), sequence));
  // Only a segment whose name would survive a power cut may take batches.
  HN_TRY_VOID(files_.SyncDirectory(options_.directory));
  segment_ = std::move(segment);
  return {};
}

}  // namespace hinomi::metrics
