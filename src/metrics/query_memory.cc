#include "metrics/query_memory.h"

#include <string>

namespace hinomi::metrics {

Status QueryMemory::Share::Take(size_t bytes) {
  if (memory_ == nullptr || bytes == 0) return {};
  const size_t limit = memory_->limit_;
  const size_t used = memory_->used_.fetch_add(bytes) + bytes;
  if (used > limit) {
    memory_->used_ -= bytes;
    const std::string all = std::to_string(limit >> 20) + " MiB that queries may take together";
    if (taken_ + bytes > limit)
      return Exhausted("the query needs more than the " + all +
                       "; narrow its matchers or its time range, or raise metrics.query_memory in "
                       "hinomi.yml");
    return Exhausted("the query does not fit: others have " +
                     std::to_string((used - bytes - taken_) >> 20) + " of the " + all +
                     "; try again, narrow it, or raise metrics.query_memory in hinomi.yml");
  }
  taken_ += bytes;
  for (size_t peak = memory_->peak_; used > peak;)
    if (memory_->peak_.compare_exchange_weak(peak, used)) break;
  return {};
}

void QueryMemory::Share::GiveBackTo(size_t bytes) {
  if (memory_ == nullptr || bytes >= taken_) return;
  memory_->used_ -= taken_ - bytes;
  taken_ = bytes;
}

}  // namespace hinomi::metrics
