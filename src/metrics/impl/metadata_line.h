#ifndef HINOMI_METRICS_IMPL_METADATA_LINE_H_
#define HINOMI_METRICS_IMPL_METADATA_LINE_H_

#include <optional>
#include <string_view>

#include "base/result.h"
#include "metrics/impl/exposition_line.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// "# TYPE", the family's name and what follows it.
struct MetadataLine {
  std::string_view keyword;  ///< TYPE, HELP, or (OpenMetrics) UNIT.
  std::string_view name;
  std::string_view text;
};

/// Takes a line that begins with `#` apart; nothing if it is a comment.
std::optional<MetadataLine> SplitMetadataLine(std::string_view line, LineStyle style);

/// Puts what the line says into `metadata`. kInvalidArgument for a name, a type
/// or a text that cannot be.
Status ApplyMetadataLine(const MetadataLine& line, LineStyle style, Metadata& metadata);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_METADATA_LINE_H_
