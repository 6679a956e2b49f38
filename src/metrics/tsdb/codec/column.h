#ifndef HINOMI_METRICS_TSDB_CODEC_COLUMN_H_
#define HINOMI_METRICS_TSDB_CODEC_COLUMN_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/codec/transform.h"

namespace hinomi::metrics::codec {

/// How the residuals of a column are written. Kept on disk.
enum class Form : uint8_t {
  kNone = 0,           ///< They are all 0.
  kPacked = 1,         ///< packed.h
  kBinnedForward = 2,  ///< binned.h, the first residual first: not written any more.
  kSparse = 3,         ///< sparse.h
  kBinned = 4,         ///< binned.h, the last residual first.
};

/// What is known of a column of integers without its body.
struct ColumnHead {
  Form form = Form::kNone;
  Transform transform = Transform::kPlain;
  Start start;
};

/// A column of integers, 1 to kMaxChunkSamples of them, as it is to be written.
struct EncodedColumn {
  ColumnHead head;
  std::string body;
};

/// Which forms may be used: kFast only those that need no trial.
enum class Forms { kFast, kNoSparse, kAll };

EncodedColumn EncodeColumn(std::span<const int64_t> x, Forms forms);

/// About how many bits the body of the column would take.
double GuessColumnBits(std::span<const int64_t> x);

void WriteColumnHead(const ColumnHead& head, ByteWriter& writer);
/// Damage makes `reader` fail.
ColumnHead ReadColumnHead(ByteReader& reader);

/// Fills `x`, at least one number; false if the body is damaged. Bytes behind
/// it are left alone.
bool DecodeColumn(const ColumnHead& head, std::string_view body, std::span<int64_t> x);

/// The same for the last numbers of a column of `count`. It is quicker where `last`,
/// the very last one, is known, from which differences lead back.
bool DecodeColumnEnd(const ColumnHead& head, std::string_view body, size_t count,
                     std::optional<int64_t> last, std::span<int64_t> x);

/// Head, length and body in one.
void WriteColumn(std::span<const int64_t> x, Forms forms, std::string& out);
/// Fills `x`; damage, or a form that may not be there, makes `reader` fail.
void ReadColumn(ByteReader& reader, Forms forms, std::span<int64_t> x);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_COLUMN_H_
