#ifndef HINOMI_BASE_DIGEST_H_
#define HINOMI_BASE_DIGEST_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hinomi {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest Sha256(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104).
Sha256Digest HmacSha256(std::string_view key, std::string_view message);
/// The digest as 64 lower-case hex digits.
std::string ToHex(const Sha256Digest& digest);
/// Compares without telling by its duration where the two differ.
bool EqualsConstantTime(std::string_view a, std::string_view b);

/// CRC-32C (Castagnoli, RFC 3720), for records on disk.
uint32_t Crc32c(std::string_view bytes, uint32_t seed = 0);
/// The same on processors without an instruction for it.
uint32_t Crc32cByTables(std::string_view bytes, uint32_t seed = 0);
/// XXH3, for hash tables; `seed` keeps senders from choosing collisions.
uint64_t Hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace hinomi

#endif  // HINOMI_BASE_DIGEST_H_
