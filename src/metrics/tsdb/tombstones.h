#ifndef HINOMI_METRICS_TSDB_TOMBSTONES_H_
#define HINOMI_METRICS_TSDB_TOMBSTONES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"
#include "metrics/tsdb/file_damage.h"
#include "metrics/tsdb/time_window.h"
#include "os/files.h"

namespace hinomi::metrics {

/// A delete that blocks do not know of yet: of those with a lower
/// `deletes_through` the samples of all matching series in the window.
struct Tombstone {
  uint64_t number = 0;
  TimeWindow window;
  std::vector<Matcher> matchers;
};

/// As they stand in the file `tombstones` (docs/formats/metrics-block.md).
std::string EncodeTombstones(const std::vector<Tombstone>& tombstones);

struct DecodedTombstones {
  std::vector<Tombstone> tombstones;
  std::optional<FileDamage> damage;  ///< Of the first record that could not be read.
};
/// Everything that can be read. kConflict for a newer version.
Result<DecodedTombstones> DecodeTombstones(std::string_view bytes);

/// What `LoadTombstones` found; none if there is no file. A damaged file is
/// kept as PATH.damaged. Errors of the disk; kConflict.
Result<DecodedTombstones> LoadTombstones(Files& files, const std::string& path);
/// After a crash there are the ones before or these.
Status SaveTombstones(Files& files, const std::string& path,
                      const std::vector<Tombstone>& tombstones);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TOMBSTONES_H_
