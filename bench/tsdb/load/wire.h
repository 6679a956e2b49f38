#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hinomi::bench {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Sample {
  int64_t at_ms = 0;
  double value = 0;
};

/// The labels, sorted by name, as the fields of a remote_write 1.0 TimeSeries.
std::string LabelBytes(Labels labels);

/// Appends one TimeSeries of a WriteRequest.
void AppendSeries(std::string_view label_bytes, const std::vector<Sample>& samples,
                  std::string& out);

/// The label bytes of a series as LabelBytes made them, read again.
Labels ReadLabels(std::string_view label_bytes);

/// Calls `visit` for each TimeSeries of a WriteRequest that AppendSeries made. Not a parser
/// for foreign bytes: ends the program at anything else.
using SeriesVisitor =
    std::function<void(std::string_view label_bytes, const std::vector<Sample>& samples)>;
void ReadRequest(std::string_view request, const SeriesVisitor& visit);

}  // namespace hinomi::bench
