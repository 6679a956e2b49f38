#include "store/personal.h"

#include <sodium.h>

#include "base/digest.h"
#include "os/entropy.h"

namespace hinomi::store {
namespace {

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;

const unsigned char* RawBytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* RawBytes(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

std::string PersonalCommitment(std::string_view salt, std::string_view text) {
  return ToHex(Sha256(std::string(salt) + std::string(text)));
}

PersonalDatum MakePersonalDatum(std::string person, std::string text) {
  PersonalDatum datum;
  datum.person = std::move(person);
  datum.salt = SecureRandomBytes(kMinSaltBytes);
  datum.text = std::move(text);
  datum.commitment = PersonalCommitment(datum.salt, datum.text);
  return datum;
}

std::string MakePersonKey() {
  return SecureRandomBytes(kKeyBytes);
}

std::string SealPersonal(const PersonalDatum& datum, std::string_view key) {
  HN_CHECK(key.size() == kKeyBytes);
  HN_CHECK(sodium_init() >= 0);
  // The salt is sealed too: in the clear it would let a short text be guessed
  // from its commitment after the key is gone.
  std::string plain;
  plain.push_back(static_cast<char>(datum.salt.size()));
  plain += datum.salt;
  plain += datum.text;
  std::string sealed = SecureRandomBytes(kNonceBytes);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  unsigned long long length = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(RawBytes(sealed) + kNonceBytes, &length,
                                             RawBytes(plain), plain.size(),
                                             RawBytes(datum.commitment), datum.commitment.size(),
                                             nullptr, RawBytes(sealed), RawBytes(key));
  sodium_memzero(plain.data(), plain.size());
  return sealed;
}

Result<std::string> OpenPersonal(std::string_view sealed, std::string_view commitment,
                                 std::string_view key) {
  const Error broken = Corrupt("personal data of commitment " + std::string(commitment) +
                               " does not open under its key: the row was changed");
  if (sealed.size() < kNonceBytes + kTagBytes + 1 || key.size() != kKeyBytes) return broken;
  HN_CHECK(sodium_init() >= 0);
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  unsigned long long length = 0;
  const std::string_view box = sealed.substr(kNonceBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          RawBytes(plain), &length, nullptr, RawBytes(box), box.size(), RawBytes(commitment),
          commitment.size(), RawBytes(sealed), RawBytes(key)) != 0) {
    return broken;
  }
  const size_t salt = static_cast<unsigned char>(plain[0]);
  if (plain.size() < 1 + salt) return broken;
  return plain.substr(1 + salt);
}

}  // namespace hinomi::store
