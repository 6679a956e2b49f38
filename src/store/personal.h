#ifndef HINOMI_STORE_PERSONAL_H_
#define HINOMI_STORE_PERSONAL_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace hinomi::store {

/// Least length of a commitment's salt: without it a phone number could be
/// guessed from its hash, even after it was erased.
inline constexpr size_t kMinSaltBytes = 16;

/// SHA-256 over salt and text, in hex: what an event carries in place of
/// personal text.
std::string PersonalCommitment(std::string_view salt, std::string_view text);

/// Salt from the kernel and the commitment that goes with it.
PersonalDatum MakePersonalDatum(std::string person, std::string text);

/// A fresh key for one person (XChaCha20-Poly1305, 32 bytes).
std::string MakePersonKey();

/// Nonce and ciphertext of salt and text, bound to the commitment.
std::string SealPersonal(const PersonalDatum& datum, std::string_view key);

/// The text again. Errors: kCorrupt if the bytes were changed, or stand under
/// another commitment or key.
Result<std::string> OpenPersonal(std::string_view sealed, std::string_view commitment,
                                 std::string_view key);

}  // namespace hinomi::store

#endif  // HINOMI_STORE_PERSONAL_H_
