#include "metrics/tsdb/label_arena.h"

#include <algorithm>
#include <cstring>

namespace hinomi::metrics {

std::string_view LabelArena::Keep(std::string_view label_bytes) {
  if (label_bytes.empty()) return {};
  if (pieces_.empty() || label_bytes.size() > pieces_.back().size() - used_) {
    pieces_.emplace_back(std::max(kHugePageBytes, label_bytes.size()));
    used_ = 0;
  }
  char* const at = reinterpret_cast<char*>(pieces_.back().data()) + used_;
  std::memcpy(at, label_bytes.data(), label_bytes.size());
  used_ += label_bytes.size();
  return {at, label_bytes.size()};
}

}  // namespace hinomi::metrics
