#include "store/checkpoint.h"

#include <sodium.h>

#include <cstring>
#include <limits>
#include <vector>

#include "base/strings.h"
#include "os/entropy.h"

namespace hinomi::store {
namespace {

constexpr std::string_view kForm = "hinomi-checkpoint-1";
constexpr size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr size_t kPublicBytes = crypto_sign_PUBLICKEYBYTES;
constexpr size_t kSignatureBytes = crypto_sign_BYTES;

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string Hex(std::string_view bytes) {
  return HexEncode({Raw(bytes), bytes.size()});
}

std::optional<std::string> FromHex(std::string_view text, size_t size) {
  const auto bytes = HexDecode(text);
  if (!bytes || bytes->size() != size) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

std::string SignedText(const Checkpoint& checkpoint) {
  return std::string(kForm) + " " + std::to_string(checkpoint.sequence) + " " +
         ToHex(checkpoint.hash) + " " + std::to_string(checkpoint.at.nanos()) + " " +
         Hex(checkpoint.public_key);
}

}  // namespace

CheckpointKey CheckpointKey::FromSeed(std::string_view seed) {
  HN_CHECK(seed.size() == kSeedBytes);
  HN_CHECK(sodium_init() >= 0);
  CheckpointKey key;
  key.public_key_.resize(kPublicBytes);
  key.secret_key_.resize(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(Raw(key.public_key_), Raw(key.secret_key_), Raw(seed));
  return key;
}

CheckpointKey::~CheckpointKey() {
  sodium_memzero(secret_key_.data(), secret_key_.size());
}

Result<CheckpointKey> CheckpointKey::LoadOrMake(Files& files, const std::string& path) {
  if (!files.Exists(path)) {
    const std::string seed = SecureRandomBytes(kSeedBytes);
    HN_TRY_VOID(files.WriteAtomically(path, Hex(seed) + "\n", 0600));
    return FromSeed(seed);
  }
  HN_TRY(const std::string text, files.ReadAll(path));
  const auto seed = FromHex(Trim(text), kSeedBytes);
  if (!seed) {
    return Corrupt("the checkpoint key " + path +
                   " is not 64 hexadecimal digits: restore it from a backup, or move it away and "
                   "have a new one made (checkpoints of the old key stay valid)");
  }
  return FromSeed(*seed);
}

std::string CheckpointKey::Sign(std::string_view message) const {
  std::string signature(kSignatureBytes, '\0');
  crypto_sign_detached(Raw(signature), nullptr, Raw(message), message.size(), Raw(secret_key_));
  return signature;
}

Checkpoint MakeCheckpoint(const CheckpointKey& key, const Head& head, Instant at) {
  Checkpoint checkpoint{head.sequence, head.hash, at, key.public_key(), {}};
  checkpoint.signature = key.Sign(SignedText(checkpoint));
  return checkpoint;
}

Status VerifyCheckpoint(const Checkpoint& checkpoint, std::string_view trusted_key) {
  const std::string name = "the checkpoint of event " + std::to_string(checkpoint.sequence);
  if (!trusted_key.empty() && checkpoint.public_key != trusted_key) {
    return Corrupt(name + " was signed by the key " + Hex(checkpoint.public_key) + ", not by " +
                   Hex(trusted_key));
  }
  HN_CHECK(sodium_init() >= 0);
  const std::string text = SignedText(checkpoint);
  if (checkpoint.public_key.size() != kPublicBytes ||
      checkpoint.signature.size() != kSignatureBytes ||
      crypto_sign_verify_detached(Raw(checkpoint.signature), Raw(text), text.size(),
                                  Raw(checkpoint.public_key)) != 0) {
    return Corrupt(name + " does not bear the signature of its key: it was changed");
  }
  return {};
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return SignedText(checkpoint) + " " + Hex(checkpoint.signature);
}

Result<Checkpoint> ParseCheckpoint(std::string_view line) {
  const Error wrong = InvalidArgument(
      "this is no checkpoint line; expected \"hinomi-checkpoint-1 SEQUENCE HASH "
      "UNIX_NANOSECONDS PUBLIC_KEY SIGNATURE\"");
  const std::vector<std::string_view> parts = Split(Trim(line), ' ');
  if (parts.size() != 6 || parts[0] != kForm) return wrong;
  const auto sequence = ParseUint(parts[1]);
  const auto hash = FromHex(parts[2], Sha256Digest{}.size());
  const auto nanos = ParseInt(parts[3]);
  const auto key = FromHex(parts[4], kPublicBytes);
  const auto signature = FromHex(parts[5], kSignatureBytes);
  if (!sequence || !hash || !nanos || !key || !signature) return wrong;
  // The store counts in 63 bits.
  if (*sequence > uint64_t{std::numeric_limits<int64_t>::max()}) return wrong;
  Checkpoint checkpoint{*sequence, {}, Instant::FromNanos(*nanos), *key, *signature};
  std::memcpy(checkpoint.hash.data(), hash->data(), hash->size());
  return checkpoint;
}

bool CheckpointDue(const Head& head, const Checkpoint& last, Instant now,
                   const CheckpointPolicy& policy) {
  if (head.sequence <= last.sequence) return false;
  if (head.sequence - last.sequence >= policy.events) return true;
  // Wall time, since it has to count over restarts. A clock that was set back
  // makes one early checkpoint instead of a long pause.
  return now < last.at || now - last.at >= policy.age;
}

}  // namespace hinomi::store
