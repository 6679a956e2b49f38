#include "metrics/probes/pg_message.h"

#include <openssl/evp.h>

#include <span>

#include "base/strings.h"

namespace hinomi::metrics::pg {
namespace {

constexpr size_t kBodyBytes = 64u << 10;
constexpr uint32_t kProtocol3 = 3u << 16;
constexpr uint32_t kSslRequestCode = 80'877'103;

std::string Long(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

uint32_t ReadLong(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// The length counts itself.
std::string WithLength(const std::string& body) {
  return Long(static_cast<uint32_t>(body.size() + 4)) + body;
}

std::string Terminated(std::string_view text) {
  std::string bytes(text);
  bytes += '\0';
  return bytes;
}

/// Takes a text up to its zero byte off the front.
Result<std::string> TakeText(std::string_view& bytes) {
  const size_t end = bytes.find('\0');
  if (end == std::string_view::npos) return Corrupt("a text in the answer has no end");
  std::string text(bytes.substr(0, end));
  bytes.remove_prefix(end + 1);
  return text;
}

Result<std::string> Md5Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr) != 1)
    return Internal("this machine's OpenSSL has no MD5; let the server ask for scram-sha-256");
  return HexEncode(std::span<const uint8_t>(digest, size));
}

}  // namespace

std::string SslRequest() {
  return WithLength(Long(kSslRequestCode));
}

std::string StartupMessage(std::string_view user, std::string_view database) {
  std::string body = Long(kProtocol3);
  body += Terminated("user") + Terminated(user);
  body += Terminated("database") + Terminated(database);
  body += Terminated("application_name") + Terminated("hinomi-probe");
  return WithLength(body + '\0');
}

std::string PasswordMessage(std::string_view text) {
  return "p" + WithLength(Terminated(text));
}

std::string SaslInitialResponse(std::string_view mechanism, std::string_view response) {
  std::string body = Terminated(mechanism) + Long(static_cast<uint32_t>(response.size()));
  return "p" + WithLength(body.append(response));
}

std::string SaslResponse(std::string_view response) {
  return "p" + WithLength(std::string(response));
}

std::string Terminate() {
  return "X" + WithLength("");
}

Result<std::string> Md5Password(std::string_view user, std::string_view password,
                                std::string_view salt) {
  HN_TRY(const std::string inner, Md5Hex(std::string(password).append(user)));
  HN_TRY(const std::string outer, Md5Hex(inner + std::string(salt)));
  return "md5" + outer;
}

Result<Head> ParseHead(std::string_view bytes) {
  if (bytes.size() != kHeadBytes) return Corrupt("the head of a message has five bytes");
  Head head;
  head.type = bytes[0];
  const uint32_t length = ReadLong(bytes.substr(1));
  if (std::string_view("REKNSZv").find(head.type) == std::string_view::npos || length < 4 ||
      length - 4 > kBodyBytes)
    return Corrupt("the answer is none of PostgreSQL's; does another program listen there?");
  head.body_bytes = length - 4;
  return head;
}

Result<ServerError> ParseServerError(std::string_view body) {
  ServerError error;
  while (!body.empty() && body[0] != '\0') {
    const char field = body[0];
    body.remove_prefix(1);
    HN_TRY(std::string text, TakeText(body));
    if (field == 'C') {
      error.code = std::move(text);
    } else if (field == 'M') {
      error.message = std::move(text);
    }
  }
  if (error.code.size() != 5) return Corrupt("the server's error has no SQLSTATE");
  return error;
}

Result<Authentication> ParseAuthentication(std::string_view body) {
  if (body.size() < 4) return Corrupt("the server's request for authentication is too short");
  Authentication request;
  request.kind = ReadLong(body);
  body.remove_prefix(4);
  if (request.kind == Authentication::kMd5 && body.size() != 4)
    return Corrupt("the server's request for MD5 has no salt");
  if (request.kind == Authentication::kSasl) {
    while (!body.empty() && body[0] != '\0') {
      HN_TRY(std::string mechanism, TakeText(body));
      request.mechanisms.push_back(std::move(mechanism));
    }
  } else {
    request.data = body;
  }
  return request;
}

}  // namespace hinomi::metrics::pg
