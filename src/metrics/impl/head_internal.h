#ifndef HINOMI_METRICS_IMPL_HEAD_INTERNAL_H_
#define HINOMI_METRICS_IMPL_HEAD_INTERNAL_H_

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/head_store.h"
#include "metrics/impl/head_memory.h"

namespace hinomi::metrics {

/// An appender waiting for its batch to be durable.
struct HeadStore::Request {
  const std::vector<WriteSeries>* batch = nullptr;
  Status status;
  bool done = false;
};

/// What a leader is about to make durable and visible.
struct HeadStore::Staged {
  struct Part {
    HeadMemory::Id id = 0;
    const Labels* labels = nullptr;
    std::span<const Sample> samples;  ///< Strictly ascending.
  };
  struct Fresh {
    uint64_t hash = 0;
    const Labels* labels = nullptr;
  };
  std::vector<Part> parts;
  std::vector<Fresh> fresh;  ///< New series; ids follow `HeadMemory::next_id()`.
  std::unordered_multimap<uint64_t, size_t> fresh_by_hash;   ///< → place in `fresh`.
  std::vector<std::unique_ptr<std::vector<Sample>>> sorted;  ///< Owns what had to be sorted.
  std::vector<std::pair<std::string, Metadata>> metadata;
  size_t estimated_bytes = 0;
};

/// Waits until no other thread leads, then leads until destroyed.
class HeadStore::Lead {
 public:
  explicit Lead(HeadStore& store) : store_(store) {
    std::unique_lock lock(store_.queue_mutex_);
    store_.queue_changed_.wait(lock, [this] { return !store_.leading_; });
    store_.leading_ = true;
  }
  ~Lead() {
    const std::lock_guard lock(store_.queue_mutex_);
    store_.leading_ = false;
    store_.queue_changed_.notify_all();
  }
  Lead(const Lead&) = delete;
  Lead& operator=(const Lead&) = delete;

 private:
  HeadStore& store_;
};

struct HeadStore::Instruments {
  explicit Instruments(Telemetry& telemetry);
  Telemetry& telemetry;
  Instrument& series;
  Instrument& samples;
  Instrument& memory_bytes;
  Instrument& log_bytes;
  Instrument& appended;
  Instrument& syncs;
  Instrument& damaged;
  Instrument& torn_bytes;
  Instrument& checkpoints;
  Instrument& retired;

  void CountRefusal(std::string_view reason);
};

/// "wal-00000012" and "checkpoint-00000012".
std::string SegmentName(uint64_t sequence);
std::string CheckpointName(uint64_t sequence);
/// The sequence of such a name, or nothing.
std::optional<uint64_t> SequenceOf(std::string_view name, std::string_view prefix);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_HEAD_INTERNAL_H_
