#include "metrics/tsdb/label_arena.h"

#include <algorithm>
#include <cstring>

namespace hinomi::metrics {

std::string_view LabelArena::Keep(std::string_view text) {
  if (text.empty()) return {};
  if (pieces_.empty() || text.size() > pieces_.back().size() - used_) {
    pieces_.emplace_back(std::max(kHugePageBytes, text.size()));
    used_ = 0;
  }
  char* const at = reinterpret_cast<char*>(pieces_.back().data()) + used_;
  std::memcpy(at, text.data(), text.size());
  used_ += text.size();
  return {at, text.size()};
}

}  // namespace hinomi::metrics
