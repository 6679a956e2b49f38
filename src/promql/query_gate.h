#ifndef HINOMI_PROMQL_QUERY_GATE_H_
#define HINOMI_PROMQL_QUERY_GATE_H_

#include <cstddef>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "metrics/query_memory.h"
#include "promql/estimate.h"

namespace hinomi::promql {

/// Lets heavy queries run a few at a time, so that they neither take all workers nor, together,
/// all memory: others find a worker free. Threads: any.
class QueryGate {
 public:
  /// A query that takes more of a processor than this (QueryEstimate::work), some tenths of a
  /// second, or an eighth of the memory of all queries, is heavy.
  static constexpr size_t kHeavyWork = 10'000'000;
  /// What is guessed to read less than this is light; nothing more has to be known of it.
  static constexpr size_t kLightGuess = 500'000;

  /// `heavy_slots` heavy ones run side by side, at least one. `memory` may be null; it must
  /// outlive the gate.
  QueryGate(size_t heavy_slots, const metrics::QueryMemory* memory);

  /// What a query runs with; leaves the gate when it is destroyed, which must be before the gate
  /// is.
  class Pass {
   public:
    Pass() = default;  ///< Of a light query.
    Pass(QueryGate* gate, size_t held) : gate_(gate), held_(held) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), held_(other.held_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave(held_);
    }

   private:
    QueryGate* gate_ = nullptr;
    size_t held_ = 0;
  };
  /// Nothing: heavy ones that run have to end first.
  std::optional<Pass> Enter(const QueryEstimate& estimate);

  bool IsHeavy(const QueryEstimate& estimate) const;
  /// How many heavy ones run.
  size_t running() const;

 private:
  size_t HeldBytes(const QueryEstimate& estimate) const;
  size_t MemoryLimit() const;
  void Leave(size_t held_bytes);

  const size_t heavy_slots_;
  const metrics::QueryMemory* const memory_;
  mutable Mutex mutex_;
  size_t running_ HN_GUARDED_BY(mutex_) = 0;
  size_t held_bytes_ HN_GUARDED_BY(mutex_) = 0;  ///< About, of those that run.
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_QUERY_GATE_H_
