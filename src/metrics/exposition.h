#ifndef HINOMI_METRICS_EXPOSITION_H_
#define HINOMI_METRICS_EXPOSITION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

namespace hinomi::metrics {

enum class ExpositionFormat {
  kText,         ///< Prometheus' text format 0.0.4.
  kOpenMetrics,  ///< OpenMetrics 1.0 text.
  kProtobuf,     ///< io.prometheus.client.MetricFamily messages: see protobuf_exposition.h.
};

/// Lenient takes every document whose lines can be read; an OpenMetrics
/// document must still end with `# EOF`, since without it a cut page would
/// look whole. Strict holds OpenMetrics documents to the whole specification:
/// spacing, metadata, grouping, what each type allows.
enum class ExpositionRules { kLenient, kStrict };

struct ExposedSample {
  Labels labels;
  double value = 0;
  std::optional<int64_t> at_ms;  ///< Where the page gives a time.
};

/// Of protobuf pages only.
struct ExposedHistogram {
  Labels labels;
  NativeHistogramPtr histogram;
  std::optional<int64_t> at_ms;
};

struct Exemplar {
  size_t sample = 0;  ///< Its place in `Exposition::samples`, or in `histograms`.
  Labels labels;
  double value = 0;
  std::optional<int64_t> at_ms;
};

/// A page of metrics.
struct Exposition {
  std::vector<ExposedSample> samples;
  std::map<std::string, Metadata> metadata;  ///< By family name as the page writes it.
  std::vector<Exemplar> exemplars;
  std::vector<ExposedHistogram> histograms;
  std::vector<Exemplar> histogram_exemplars;
};

/// From a response's Content-Type; `otherwise` where it names none of the formats.
ExpositionFormat ExpositionFormatOf(std::string_view content_type,
                                    ExpositionFormat otherwise = ExpositionFormat::kText);

/// Reads a whole page of text. kInvalidArgument names line and column of the first
/// mistake and what was expected; kExhausted beyond `max_samples` (0: no
/// limit). Never takes a part of a page.
Result<Exposition> ParseExposition(std::string_view page, ExpositionFormat format,
                                   ExpositionRules rules, size_t max_samples = 0);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_EXPOSITION_H_
