#include "metrics/tsdb/block_footer.h"

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"

namespace hinomi::metrics {
namespace {

constexpr std::string_view kNameOfMagic = "HNMBLK";
constexpr int kBlockVersion = 2;

/// 0 if these are not the first or last bytes of any block.
int VersionOf(std::string_view magic) {
  if (magic.size() != kBlockMagic.size() || !magic.starts_with(kNameOfMagic)) return 0;
  int version = 0;
  for (const char c : magic.substr(kNameOfMagic.size())) {
    if (c < '0' || c > '9') return 0;
    version = version * 10 + (c - '0');
  }
  return version;
}

/// Both ends must name the version: one of them alone is damage.
Status CheckVersion(std::string_view file) {
  const int head = VersionOf(file.substr(0, kBlockMagic.size()));
  const int end = VersionOf(file.substr(file.size() - kBlockMagic.size()));
  if (head == end && head > 0 && head != kBlockVersion)
    return Conflict("it is a block of format version " + std::to_string(head) +
                    ", this program reads version " + std::to_string(kBlockVersion) +
                    ": use the Hinomi that wrote it");
  if (head != kBlockVersion || end != kBlockVersion)
    return Corrupt("it does not begin and end as a block does");
  return {};
}

void EncodeInfo(const BlockInfo& info, ByteWriter& writer) {
  writer.Fixed64(info.sequence);
  writer.Fixed64(info.newest);
  writer.Fixed64(info.deletes_through);
  for (const int64_t time : {info.window.from_ms, info.window.to_ms, info.min_ms, info.max_ms})
    writer.Fixed64(static_cast<uint64_t>(time));
  writer.Fixed64(info.series);
  writer.Fixed64(info.chunks);
  writer.Fixed64(info.samples);
  writer.Fixed32(static_cast<uint32_t>(info.replaces.size()));
  for (const uint64_t sequence : info.replaces) writer.Fixed64(sequence);
}

BlockInfo DecodeInfo(ByteReader& reader) {
  BlockInfo info;
  info.sequence = reader.Fixed64();
  info.newest = reader.Fixed64();
  info.deletes_through = reader.Fixed64();
  for (int64_t* time : {&info.window.from_ms, &info.window.to_ms, &info.min_ms, &info.max_ms})
    *time = static_cast<int64_t>(reader.Fixed64());
  info.series = reader.Fixed64();
  info.chunks = reader.Fixed64();
  info.samples = reader.Fixed64();
  const uint32_t replaced = reader.Fixed32();
  for (uint32_t i = 0; i < replaced && !reader.failed(); ++i)
    info.replaces.push_back(reader.Fixed64());
  return info;
}

bool IsSound(const BlockInfo& info) {
  return info.window.from_ms <= info.min_ms && info.min_ms <= info.max_ms &&
         info.max_ms <= info.window.to_ms && info.series > 0 && info.series <= UINT32_MAX &&
         info.series <= info.chunks && info.chunks <= info.samples && info.newest <= info.sequence;
}

}  // namespace

uint32_t ChunkChecksum(uint64_t offset, std::string_view encoded) {
  std::string place;
  ByteWriter(place).Fixed64(offset);
  return Crc32c(encoded, Crc32c(place));
}

std::string EncodeBlockFooter(const BlockFooter& footer) {
  std::string bytes;
  ByteWriter writer(bytes);
  EncodeInfo(footer.info, writer);
  writer.Fixed32(static_cast<uint32_t>(footer.sections.size()));
  for (const BlockSection& section : footer.sections) {
    writer.Fixed32(section.kind);
    writer.Fixed32(section.needed ? 1 : 0);
    writer.Fixed64(section.offset);
    writer.Fixed64(section.length);
    writer.Fixed32(section.crc);
  }
  const auto length = static_cast<uint32_t>(bytes.size());
  const uint32_t crc = Crc32c(bytes);
  writer.Fixed32(length);
  writer.Fixed32(crc);
  bytes += kBlockMagic;
  return bytes;
}

Result<BlockFooter> DecodeBlockFooter(std::string_view file) {
  if (file.size() < kBlockMagic.size() + kBlockTrailerBytes)
    return Corrupt("it is too short for a block");
  HN_TRY_VOID(CheckVersion(file));
  ByteReader trailer(file.substr(file.size() - kBlockTrailerBytes));
  const uint32_t length = trailer.Fixed32();
  const uint32_t crc = trailer.Fixed32();
  if (length > file.size() - kBlockMagic.size() - kBlockTrailerBytes)
    return Corrupt("its footer is damaged");
  const uint64_t footer_at = file.size() - kBlockTrailerBytes - length;
  const std::string_view bytes = file.substr(footer_at, length);
  if (Crc32c(bytes) != crc) return Corrupt("its footer is damaged");

  BlockFooter footer;
  ByteReader reader(bytes);
  footer.info = DecodeInfo(reader);
  const uint32_t sections = reader.Fixed32();
  for (uint32_t i = 0; i < sections && !reader.failed(); ++i) {
    BlockSection& section = footer.sections.emplace_back();
    section.kind = reader.Fixed32();
    section.needed = (reader.Fixed32() & 1) != 0;
    section.offset = reader.Fixed64();
    section.length = reader.Fixed64();
    section.crc = reader.Fixed32();
    if (section.offset > footer_at || section.length > footer_at - section.offset)
      return Corrupt("its footer names a section outside of the file");
  }
  if (reader.failed() || reader.remaining() > 0 || !IsSound(footer.info))
    return Corrupt("its footer is not in its form");
  return footer;
}

}  // namespace hinomi::metrics
