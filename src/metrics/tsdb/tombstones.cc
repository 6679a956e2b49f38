#include "metrics/tsdb/tombstones.h"

#include <algorithm>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"

namespace hinomi::metrics {
namespace {

// tombstones  "HNMDEL01" crc record*   of these eight bytes: a newer version is no damage
// record      length crc payload       u32 each; the CRC-32C is over the payload
// payload     number from to count (type label value)*

constexpr std::string_view kTombstonesMagic = "HNMDEL01";
constexpr std::string_view kTombstonesName = "HNMDEL";

std::string EncodeTombstone(const Tombstone& tombstone) {
  std::string payload;
  ByteWriter writer(payload);
  writer.Varint(tombstone.number);
  writer.Fixed64(static_cast<uint64_t>(tombstone.window.from_ms));
  writer.Fixed64(static_cast<uint64_t>(tombstone.window.to_ms));
  writer.Varint(tombstone.matchers.size());
  for (const Matcher& matcher : tombstone.matchers) {
    writer.Byte(static_cast<uint8_t>(matcher.type));
    writer.String(matcher.label);
    writer.String(matcher.value);
  }
  return payload;
}

std::optional<Tombstone> DecodeTombstone(std::string_view payload) {
  ByteReader reader(payload);
  Tombstone tombstone;
  tombstone.number = reader.Varint();
  tombstone.window.from_ms = static_cast<int64_t>(reader.Fixed64());
  tombstone.window.to_ms = static_cast<int64_t>(reader.Fixed64());
  const uint64_t matchers = reader.Varint();
  for (uint64_t i = 0; i < matchers && !reader.failed(); ++i) {
    const uint8_t type = reader.Byte();
    if (type > static_cast<uint8_t>(MatchType::kNotRegex)) return std::nullopt;
    const std::string_view label = reader.String();
    tombstone.matchers.push_back(
        {std::string(label), static_cast<MatchType>(type), std::string(reader.String())});
  }
  if (reader.failed() || reader.remaining() > 0 || tombstone.number == 0) return std::nullopt;
  return tombstone;
}

}  // namespace

std::string EncodeTombstones(const std::vector<Tombstone>& tombstones) {
  std::string bytes(kTombstonesMagic);
  ByteWriter(bytes).Fixed32(Crc32c(kTombstonesMagic));
  for (const Tombstone& tombstone : tombstones) {
    const std::string payload = EncodeTombstone(tombstone);
    ByteWriter writer(bytes);
    writer.Fixed32(static_cast<uint32_t>(payload.size()));
    writer.Fixed32(Crc32c(payload));
    bytes += payload;
  }
  return bytes;
}

Result<DecodedTombstones> DecodeTombstones(std::string_view bytes) {
  DecodedTombstones decoded;
  const auto damaged = [&](size_t at, std::string_view what) {
    if (!decoded.damage)
      decoded.damage = FileDamage{"", std::string(what) + ", offset " + std::to_string(at)};
  };
  ByteReader head(bytes.substr(std::min(bytes.size(), kTombstonesMagic.size())));
  const std::string_view magic = bytes.substr(0, kTombstonesMagic.size());
  if (!magic.starts_with(kTombstonesName) || head.Fixed32() != Crc32c(magic)) {
    damaged(0, "it does not begin as a list of deletes does");
    return decoded;
  }
  const std::string_view version = magic.substr(kTombstonesName.size());
  if (version != kTombstonesMagic.substr(kTombstonesName.size()))
    return Conflict("it is of format version " + std::string(version) +
                    ", this program reads 01: use the newer Hinomi that wrote it");
  size_t at = kTombstonesMagic.size() + 4;
  while (at < bytes.size()) {
    ByteReader header(bytes.substr(at));
    const uint32_t length = header.Fixed32();
    const uint32_t crc = header.Fixed32();
    if (header.failed() || length > header.remaining()) {
      damaged(at, "a delete is cut");
      break;
    }
    const std::string_view payload = bytes.substr(at + 8, length);
    auto tombstone = DecodeTombstone(payload);
    if (tombstone && Crc32c(payload) == crc) {
      decoded.tombstones.push_back(*std::move(tombstone));
    } else {
      damaged(at, "a delete is damaged");
    }
    at += 8 + length;
  }
  return decoded;
}

Result<DecodedTombstones> LoadTombstones(Files& files, const std::string& path) {
  if (!files.Exists(path)) return DecodedTombstones();
  HN_TRY(const std::string bytes, files.ReadAll(path));
  auto decoded = DecodeTombstones(bytes);
  if (!decoded) return std::move(decoded).error().WithContext("cannot read " + path);
  if (decoded->damage) {
    decoded->damage->file = path;
    HN_TRY_VOID(files.WriteAtomically(path + ".damaged", bytes));
  }
  return decoded;
}

Status SaveTombstones(Files& files, const std::string& path,
                      const std::vector<Tombstone>& tombstones) {
  return files.WriteAtomically(path, EncodeTombstones(tombstones));
}

}  // namespace hinomi::metrics
