#ifndef HINOMI_METRICS_REMOTE_READ_H_
#define HINOMI_METRICS_REMOTE_READ_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

/// The wire form of Prometheus' remote read 1.0 (prompb/remote.proto).
namespace hinomi::metrics {

/// What one request may hold.
struct RemoteReadLimits {
  size_t max_compressed_bytes = 1u << 20;
  size_t max_decompressed_bytes = 4u << 20;  ///< Checked before anything is decompressed.
  size_t max_queries = 1'000;
  size_t max_matchers = 1'000;  ///< Of one query.
};

/// How the answer comes; numbered as on the wire.
enum class RemoteReadAnswer {
  kSamples = 0,           ///< One ReadResponse, packed with snappy.
  kStreamedXorChunks = 1  ///< Framed ChunkedReadResponses.
};

struct RemoteReadQuery {
  int64_t from_ms = 0, to_ms = 0;  ///< Both inclusive.
  std::vector<Matcher> matchers;
};

/// A request; its hints are not kept, since they may be ignored.
struct RemoteReadRequest {
  std::vector<RemoteReadQuery> queries;
  /// The first one that the sender accepts and we know; samples if it names none.
  RemoteReadAnswer answer = RemoteReadAnswer::kSamples;
};

/// Decodes a body as it came: snappy (block format) around a ReadRequest. Errors:
/// kExhausted over a limit; kInvalidArgument for anything malformed, matchers of an
/// unknown type, names and values that are no UTF-8, and where the sender accepts
/// answers only that are not known here. Whether regular expressions compile shows when
/// they are used.
Result<RemoteReadRequest> DecodeRemoteRead(std::string_view body, const RemoteReadLimits& limits);
/// The decompressed message.
Result<RemoteReadRequest> DecodeReadRequest(std::string_view message,
                                            const RemoteReadLimits& limits);

/// Appends the result of the next query to a ReadResponse, stale markers included.
/// Native histograms are left out.
void AppendReadResult(std::string& response, const std::vector<SeriesColumns>& series);
/// A ReadResponse as it goes over the wire.
std::string PackReadResponse(std::string_view response);

/// Samples of one chunk, as many as Prometheus cuts.
inline constexpr size_t kSamplesInReadChunk = 120;
/// Chunks of one frame, as Prometheus bounds them.
inline constexpr size_t kBytesInReadFrame = 1u << 20;

/// Appends frames with the chunks of a series that answers the query of that index: the
/// length (varint), CRC-32C (big endian) and bytes of a ChunkedReadResponse. A frame ends
/// once it has `frame_bytes`. Native histograms are left out.
void AppendReadFrames(std::string& out, size_t query, const SeriesColumns& series,
                      size_t frame_bytes = kBytesInReadFrame);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_REMOTE_READ_H_
