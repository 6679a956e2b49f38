#ifndef HINOMI_STORE_CHECKPOINT_H_
#define HINOMI_STORE_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "os/files.h"
#include "store/store.h"

namespace hinomi::store {

/// The Ed25519 key with which a server signs its checkpoints. The secret half
/// is wiped from memory at the end.
class CheckpointKey {
 public:
  /// Reads the key file, or makes it with mode 0600. Errors: kCorrupt if it
  /// holds no key; the key is never replaced silently.
  static Result<CheckpointKey> LoadOrMake(Files& files, const std::string& path);
  /// From 32 bytes of seed; for tests.
  static CheckpointKey FromSeed(std::string_view seed);

  ~CheckpointKey();
  CheckpointKey(const CheckpointKey&) = default;
  CheckpointKey& operator=(const CheckpointKey&) = default;

  /// Raw, 32 bytes.
  const std::string& public_key() const { return public_key_; }
  /// Raw, 64 bytes.
  std::string Sign(std::string_view message) const;

 private:
  CheckpointKey() = default;
  std::string public_key_;
  std::string secret_key_;
};

/// States, signed, that the journal had this head at that time.
Checkpoint MakeCheckpoint(const CheckpointKey& key, const Head& head, Instant at);

/// Errors: kCorrupt if the signature is not the key's. With `trusted_key` (raw,
/// 32 bytes) also if another key signed; else the checkpoint is only as good
/// as the place where it was kept.
Status VerifyCheckpoint(const Checkpoint& checkpoint, std::string_view trusted_key = {});

/// One line of ASCII without its end, to be kept on another machine:
/// "hinomi-checkpoint-1 SEQUENCE HASH UNIX_NANOSECONDS PUBLIC_KEY SIGNATURE",
/// HASH, PUBLIC_KEY and SIGNATURE in hexadecimal. All before SIGNATURE is signed.
std::string FormatCheckpoint(const Checkpoint& checkpoint);
/// Reads such a line; does not verify. Errors: kInvalidArgument.
Result<Checkpoint> ParseCheckpoint(std::string_view line);

/// When a new checkpoint is made.
struct CheckpointPolicy {
  uint64_t events = 1000;             ///< After so many events,
  Duration age = Duration::Hours(1);  ///< or after this time if there was any.
};

/// True if a checkpoint is due at `head`. `last` is the newest one; one of
/// sequence 0 stands for none.
bool CheckpointDue(const Head& head, const Checkpoint& last, Instant now,
                   const CheckpointPolicy& policy = {});

}  // namespace hinomi::store

#endif  // HINOMI_STORE_CHECKPOINT_H_
