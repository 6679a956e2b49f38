#ifndef HINOMI_METRICS_TSDB_BLOCK_FOOTER_H_
#define HINOMI_METRICS_TSDB_BLOCK_FOOTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/tsdb/block.h"

namespace hinomi::metrics {

/// The first bytes of a block and, behind its footer, the last ones; the two
/// digits are the version of the format.
inline constexpr std::string_view kBlockMagic = "HNMBLK02";
/// length of the footer, its checksum, magic
inline constexpr size_t kBlockTrailerBytes = 4 + 4 + kBlockMagic.size();

/// Kinds of sections. A reader skips those that it does not know, unless they
/// are marked as needed.
enum BlockSectionKind : uint32_t {
  kChunksSection = 1,
  kDirectorySection = 2,
  kIndexSection = 3,
  kTimesSection = 4,
  kTimesEndsSection = 5,
};

struct BlockSection {
  uint32_t kind = 0;
  bool needed = true;
  uint64_t offset = 0;
  uint64_t length = 0;
  uint32_t crc = 0;  ///< Of the section; of chunks and times 0, since each has its own.
};

struct BlockFooter {
  BlockInfo info;
  std::vector<BlockSection> sections;
};

/// Footer and trailer.
std::string EncodeBlockFooter(const BlockFooter& footer);
/// From a whole file. kCorrupt; kConflict for another version.
Result<BlockFooter> DecodeBlockFooter(std::string_view file);

/// The checksum in front of a chunk: over its offset and its bytes, so that
/// one that was moved elsewhere does not pass.
uint32_t ChunkChecksum(uint64_t offset, std::string_view encoded);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_FOOTER_H_
