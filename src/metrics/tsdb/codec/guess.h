#ifndef HINOMI_METRICS_TSDB_CODEC_GUESS_H_
#define HINOMI_METRICS_TSDB_CODEC_GUESS_H_

#include <bit>
#include <cstdint>
#include <span>

#include "metrics/tsdb/codec/bits.h"
#include "metrics/tsdb/codec/wrap.h"

namespace hinomi::metrics::codec {

/// How far a number is from a usual one, in bits.
inline unsigned DistanceBits(int64_t number, int64_t middle) {
  return static_cast<unsigned>(std::bit_width(ZigzagEncode(WrapSub(number, middle))));
}

/// A number in the middle of others, as three of them tell. Not of none.
int64_t MedianOfThree(std::span<const int64_t> numbers);

/// The distances of all numbers, in bits, added up.
size_t SumOfBits(std::span<const int64_t> numbers, int64_t middle);

/// About how many bits these numbers take: the entropy of their sizes, and the
/// bits that say which one of that size.
double EntropyBits(std::span<const int64_t> numbers);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_GUESS_H_
