#ifndef HINOMI_METRICS_TSDB_READING_HELP_H_
#define HINOMI_METRICS_TSDB_READING_HELP_H_

#include <cstddef>

#include "os/helpers.h"

namespace hinomi::metrics {

/// Who joins in where much is read.
struct ReadingHelp {
  Helpers* helpers = nullptr;  ///< Null: nobody.
  /// So many samples are read without them, which takes about 80 ms: sooner they would shorten a
  /// wait that nobody feels, and two threads that share caches spend half as much again.
  size_t read_alone = 10'000'000;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_READING_HELP_H_
