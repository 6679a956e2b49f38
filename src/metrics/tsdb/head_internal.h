#ifndef HINOMI_METRICS_TSDB_HEAD_INTERNAL_H_
#define HINOMI_METRICS_TSDB_HEAD_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/tsdb/head.h"

namespace hinomi::metrics {

/// A writer waiting for its batch to be durable.
struct Head::Request {
  const RawBatch* batch = nullptr;
  const RawBatch* columns = nullptr;
  BatchSeries* told = nullptr;
  Promise promise = Promise::kDurable;
  Status status;
  bool done = false;
};

/// What a leader is about to make durable and visible.
struct Head::Staged {
  Promise promise = Promise::kSoon;  ///< The strongest of its batches.
  LoggedSamples samples;
  std::vector<std::pair<std::string, Metadata>> metadata;
};

/// Waits until no other thread leads, then leads until destroyed.
class Head::Lead {
 public:
  explicit Lead(Head& head) : head_(head) {
    std::unique_lock lock(head_.queue_mutex_);
    head_.queue_changed_.wait(lock, [this] { return !head_.leading_; });
    head_.leading_ = true;
  }
  ~Lead() {
    const std::lock_guard lock(head_.queue_mutex_);
    head_.leading_ = false;
    head_.queue_changed_.notify_all();
  }
  Lead(const Lead&) = delete;
  Lead& operator=(const Lead&) = delete;

 private:
  Head& head_;
};

/// "samples-00000012": the names of the head's files.
inline constexpr const char* kSamplesPrefix = "samples-";
inline constexpr const char* kSeriesPrefix = "series-";
inline constexpr const char* kFlushPrefix = "flush-";
inline constexpr const char* kMetadataName = "metadata";
std::string HeadFileName(const char* prefix, uint64_t sequence);
/// The sequence of such a name, or nothing.
std::optional<uint64_t> HeadFileSequence(std::string_view name, std::string_view prefix);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_INTERNAL_H_
