#ifndef HINOMI_METRICS_QUERY_MEMORY_H_
#define HINOMI_METRICS_QUERY_MEMORY_H_

#include <atomic>
#include <cstddef>

#include "base/result.h"

namespace hinomi::metrics {

/// What the samples that queries hold may take together. An account, not an
/// allocator: whoever holds samples takes their bytes from it. Threads: any.
class QueryMemory {
 public:
  explicit QueryMemory(size_t limit_bytes) : limit_(limit_bytes) {}

  void set_limit(size_t bytes) { limit_ = bytes; }
  size_t limit() const { return limit_; }
  size_t used() const { return used_; }
  /// The most that was used since it was asked the last time.
  size_t TakePeak() { return peak_.exchange(used_); }

  /// One query's part, given back at its end. Threads: one.
  class Share {
   public:
    /// Null: nothing is counted. `memory` must outlive it.
    explicit Share(QueryMemory* memory) : memory_(memory) {}
    ~Share() { GiveBackTo(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// kExhausted where it does not fit: says whether this query is too large or
    /// others have the memory, and what to do.
    Status Take(size_t bytes);
    /// Gives back what was taken beyond so many bytes.
    void GiveBackTo(size_t bytes);
    void GiveBack(size_t bytes) { GiveBackTo(bytes < taken_ ? taken_ - bytes : 0); }
    size_t taken() const { return taken_; }

   private:
    QueryMemory* memory_;
    size_t taken_ = 0;
  };

 private:
  std::atomic<size_t> limit_;
  std::atomic<size_t> used_{0};
  std::atomic<size_t> peak_{0};
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_QUERY_MEMORY_H_
