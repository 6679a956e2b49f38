#ifndef HINOMI_METRICS_TSDB_LABEL_ARENA_H_
#define HINOMI_METRICS_TSDB_LABEL_ARENA_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "os/memory.h"

namespace hinomi::metrics {

/// Keeps the names and values of labels. Those of a large block are much memory for a
/// moment: the system has it back with the arena.
class LabelArena {
 public:
  /// A copy of `text` that stays, where it is, as long as the arena does.
  std::string_view Keep(std::string_view text);

 private:
  std::vector<MemoryBlock> pieces_;
  size_t used_ = 0;  ///< Of the last one.
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_LABEL_ARENA_H_
