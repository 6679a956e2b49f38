#include "promql/query_gate.h"

#include <algorithm>
#include <cstdint>

namespace hinomi::promql {
namespace {

constexpr size_t kHeavyShare = 8;  // Of the memory.

}  // namespace

QueryGate::QueryGate(size_t heavy_slots, const metrics::QueryMemory* memory)
    : heavy_slots_(std::max<size_t>(1, heavy_slots)), memory_(memory) {}

size_t QueryGate::MemoryLimit() const {
  return memory_ != nullptr ? memory_->limit() : SIZE_MAX;
}

size_t QueryGate::HeldBytes(const QueryEstimate& estimate) const {
  return metrics::SelectedBytes(estimate.held());
}

bool QueryGate::IsHeavy(const QueryEstimate& estimate) const {
  return estimate.work() > kHeavyWork || HeldBytes(estimate) > MemoryLimit() / kHeavyShare;
}

std::optional<QueryGate::Pass> QueryGate::Enter(const QueryEstimate& estimate) {
  if (!IsHeavy(estimate)) return Pass();
  const MutexLock lock(mutex_);
  // One alone is let in whatever it may take: it may take less.
  const size_t limit = MemoryLimit(), bytes = HeldBytes(estimate);
  const bool fits = held_bytes_ < limit && bytes <= limit - held_bytes_;
  if (running_ > 0 && (running_ >= heavy_slots_ || !fits)) return std::nullopt;
  ++running_;
  held_bytes_ += bytes;
  return Pass(this, bytes);
}

void QueryGate::Leave(size_t held_bytes) {
  const MutexLock lock(mutex_);
  --running_;
  held_bytes_ -= held_bytes;
}

size_t QueryGate::running() const {
  const MutexLock lock(mutex_);
  return running_;
}

}  // namespace hinomi::promql
