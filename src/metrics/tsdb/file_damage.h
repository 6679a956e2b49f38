#ifndef HINOMI_METRICS_TSDB_FILE_DAMAGE_H_
#define HINOMI_METRICS_TSDB_FILE_DAMAGE_H_

#include <string>

namespace hinomi::metrics {

/// Something in a file that could not be read; what stands around it is served.
struct FileDamage {
  std::string file;  ///< Its path.
  std::string what;  ///< Names the offset where there is one.
  auto operator<=>(const FileDamage&) const = default;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_FILE_DAMAGE_H_
