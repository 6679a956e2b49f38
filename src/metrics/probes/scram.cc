#include "metrics/probes/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <optional>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kDigestBytes = 32;
/// PostgreSQL uses 4,096. A server must not keep us busy beyond the timeout.
constexpr uint64_t kMostIterations = 200'000;
/// No channel binding, no other identity.
constexpr std::string_view kGs2Header = "n,,";

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Hmac(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), BytesOf(text), text.size(), digest,
       &size);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string Sha256(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string Salted(std::string_view password, std::string_view salt, uint64_t iterations) {
  unsigned char out[kDigestBytes];
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), BytesOf(salt),
                    static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                    sizeof out, out);
  return {reinterpret_cast<const char*>(out), sizeof out};
}

/// The value of an attribute: "r" of "r=abc,s=…". Nothing if it is not there.
std::optional<std::string_view> Attribute(std::string_view message, char name) {
  for (const std::string_view part : Split(message, ','))
    if (part.size() >= 2 && part[0] == name && part[1] == '=') return part.substr(2);
  return std::nullopt;
}

}  // namespace

ScramClient::ScramClient(std::string password, std::string nonce)
    : password_(std::move(password)), nonce_(std::move(nonce)) {}

std::string ScramClient::First() const {
  return std::string(kGs2Header) + "n=,r=" + nonce_;
}

Result<std::string> ScramClient::Final(std::string_view server_first) {
  const auto nonce = Attribute(server_first, 'r');
  const auto salt_text = Attribute(server_first, 's');
  const auto iterations_text = Attribute(server_first, 'i');
  if (!nonce || !salt_text || !iterations_text)
    return Corrupt("the server's first SCRAM message is not whole");
  if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size())
    return Corrupt("the server's SCRAM message answers another one than ours");
  const auto salt = Base64Decode(*salt_text);
  const auto iterations = ParseUint(*iterations_text);
  if (!salt || salt->empty() || !iterations || *iterations == 0)
    return Corrupt("the server's first SCRAM message has no salt or count");
  if (*iterations > kMostIterations)
    return Corrupt("the server wants " + std::to_string(*iterations) +
                   " SCRAM iterations; at most " + std::to_string(kMostIterations) +
                   " are made for a probe");
  const std::string salted = Salted(password_, *salt, *iterations);
  const std::string client_key = Hmac(salted, "Client Key");
  const std::string unproven = "c=" + Base64Encode(kGs2Header) + ",r=" + std::string(*nonce);
  const std::string all =
      First().substr(kGs2Header.size()) + "," + std::string(server_first) + "," + unproven;
  std::string proof = Hmac(Sha256(client_key), all);
  for (size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
  server_signature_ = Hmac(Hmac(salted, "Server Key"), all);
  return unproven + ",p=" + Base64Encode(proof);
}

Status ScramClient::Verify(std::string_view server_final) const {
  const auto signature = Attribute(server_final, 'v');
  if (!signature) return Corrupt("the server's last SCRAM message has no signature");
  if (Base64Decode(*signature) != server_signature_)
    return Denied("the server does not know the password itself; is it the right server?");
  return {};
}

}  // namespace hinomi::metrics
