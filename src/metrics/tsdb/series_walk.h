#ifndef HINOMI_METRICS_TSDB_SERIES_WALK_H_
#define HINOMI_METRICS_TSDB_SERIES_WALK_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/tsdb/block.h"

namespace hinomi::metrics {

/// Walks over the series of several blocks together, in label order. The
/// blocks are prepared and outlive it. Threads: one.
class SeriesWalk {
 public:
  /// A series in one of the blocks.
  struct Part {
    size_t block;  ///< The how-manieth that was added.
    uint32_t id;
  };

  void AddBlock(const Block& block, Postings ids);
  /// To the next series; false at the end.
  bool Next();
  /// Valid until the next call.
  std::string_view label_bytes();
  /// Where it is found, in the order of AddBlock.
  std::span<const Part> parts() const { return parts_; }

 private:
  struct Position {
    const Block* block;
    Postings ids;
    size_t next = 0;     ///< Place in `ids` of what `labels` are of.
    std::string labels;  ///< Empty at the end of the ids and of the set without labels.
    bool ended() const { return next >= ids.size(); }
    void Load();
  };
  bool NextOfOne();

  std::vector<Position> positions_;
  std::string labels_;  ///< Where there are several blocks.
  std::vector<Part> parts_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SERIES_WALK_H_
