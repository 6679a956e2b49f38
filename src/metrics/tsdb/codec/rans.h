#ifndef HINOMI_METRICS_TSDB_CODEC_RANS_H_
#define HINOMI_METRICS_TSDB_CODEC_RANS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hinomi::metrics::codec {

/// Range asymmetric numeral systems (J. Duda, "Asymmetric numeral systems",
/// 2013): symbols in about as many bits as their frequencies are worth. States
/// of 32 bits that take words of 16; several of them take turns, so that a
/// processor can work on all at once.
inline constexpr size_t kMaxRansSymbols = 64;
inline constexpr unsigned kMinRansScale = 6;
inline constexpr unsigned kMaxRansScale = 12;

/// What both sides have to know. The frequencies add up to 2^scale, and none is 0
/// or all of it.
struct RansModel {
  unsigned scale = 0;   ///< From kMinRansScale to kMaxRansScale.
  unsigned states = 1;  ///< 1, 4 or 8: more are quicker and cost 2 bytes each.
  std::span<const uint16_t> frequencies;
};

/// Appends the length and the bytes.
void RansEncode(const RansModel& model, std::span<const uint8_t> symbols, std::string& out);

/// The first symbols of exactly the bytes of RansEncode without their length; false if they
/// are damaged. `all`: they are all that was encoded, and most damage is told by their end.
bool RansDecode(const RansModel& model, std::string_view bytes, std::span<uint8_t> symbols,
                bool all);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_RANS_H_
