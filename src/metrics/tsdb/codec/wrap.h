#ifndef HINOMI_METRICS_TSDB_CODEC_WRAP_H_
#define HINOMI_METRICS_TSDB_CODEC_WRAP_H_

#include <cstdint>

namespace hinomi::metrics::codec {

// Arithmetic that wraps around: what encoding takes away, decoding adds again,
// whatever the numbers are.

inline int64_t WrapAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t WrapSub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t WrapMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_WRAP_H_
