#ifndef HINOMI_METRICS_XOR_CHUNK_TESTING_H_
#define HINOMI_METRICS_XOR_CHUNK_TESTING_H_

#include <optional>
#include <string_view>
#include <vector>

#include "metrics/model.h"

namespace hinomi::metrics {

/// Reads a chunk of Prometheus' XOR encoding as its documentation describes it; shares
/// nothing with the encoder. Nothing if bits are missing.
std::optional<std::vector<Sample>> DecodeXorChunk(std::string_view bytes);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_XOR_CHUNK_TESTING_H_
