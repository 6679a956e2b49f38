#ifndef HINOMI_METRICS_OPENMETRICS_IMPORT_H_
#define HINOMI_METRICS_OPENMETRICS_IMPORT_H_

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// Gives the next piece of a text, cut anywhere; empty at its end. An error
/// ends the import.
using TextSource = std::function<Result<std::string>()>;

struct OpenMetricsImportLimits {
  size_t max_line_bytes = 1 << 20;
  size_t batch_samples = 20'000;  ///< Stored together.
};

struct OpenMetricsImport {
  size_t lines = 0;
  size_t samples = 0;    ///< Stored.
  size_t exemplars = 0;  ///< Handed on, each with the batch of its sample.
};

/// Stores the samples of an OpenMetrics text (leniently read) batch by batch
/// with the text's metadata; memory is bounded whatever its size. Every sample
/// needs a time, and the text must end with `# EOF`. Errors name the line and
/// up to which one all is stored: kInvalidArgument for what cannot be read,
/// and those of source and appender. Importing the same text again changes
/// nothing more.
Result<OpenMetricsImport> ImportOpenMetrics(const TextSource& source, Appender& appender,
                                            const OpenMetricsImportLimits& limits = {});

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_OPENMETRICS_IMPORT_H_
