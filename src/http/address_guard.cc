#include "http/address_guard.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace hinomi::http {
namespace {

std::string Printable(std::span<const uint8_t> address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
  return text;
}

Error Refused(std::span<const uint8_t> address, const char* why) {
  return Denied("connection to " + Printable(address) + " refused: " + why +
                "; enter an address that this server may reach");
}

struct V4Range {
  uint32_t network;
  int bits;
  const char* why;
};

constexpr uint32_t V4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA special-purpose registry (RFC 6890), and the metadata services of
// Azure, Alibaba and Oracle, which are not link-local.
constexpr V4Range kRefusedV4[] = {
    {V4(0, 0, 0, 0), 8, "it is unspecified"},
    {V4(169, 254, 0, 0), 16, "it is link-local, where cloud metadata is served"},
    {V4(168, 63, 129, 16), 32, "it serves cloud metadata"},
    {V4(100, 100, 100, 200), 32, "it serves cloud metadata"},
    {V4(192, 0, 0, 192), 32, "it serves cloud metadata"},
    {V4(224, 0, 0, 0), 4, "it is multicast"},
    {V4(240, 0, 0, 0), 4, "it is reserved or broadcast"},
};

Status CheckV4(std::span<const uint8_t> shown, std::span<const uint8_t> v4, AddressPolicy policy) {
  const uint32_t address = V4(v4[0], v4[1], v4[2], v4[3]);
  for (const V4Range& range : kRefusedV4) {
    if (((address ^ range.network) >> (32 - range.bits)) == 0) return Refused(shown, range.why);
  }
  if (v4[0] == 127 && !policy.allow_loopback) return Refused(shown, "it is this machine itself");
  return {};
}

bool HasPrefix(std::span<const uint8_t> address, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

// The IPv4 address that a v6 address stands for, or an empty span.
std::span<const uint8_t> EmbeddedV4(std::span<const uint8_t> v6) {
  const bool mapped = HasPrefix(v6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
  const bool compatible = HasPrefix(v6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const bool nat64 = HasPrefix(v6, {0, 0x64, 0xff, 0x9b});
  if (mapped || compatible || nat64) return v6.subspan(12, 4);
  if (HasPrefix(v6, {0x20, 0x02})) return v6.subspan(2, 4);
  return {};
}

}  // namespace

Status CheckAddress(std::span<const uint8_t> address, AddressPolicy policy) {
  if (address.size() == 4) return CheckV4(address, address, policy);
  if (address.size() != 16) return InvalidArgument("an IP address has 4 or 16 bytes");

  static constexpr std::array<uint8_t, 16> kLoopback = {0, 0, 0, 0, 0, 0, 0, 0,
                                                        0, 0, 0, 0, 0, 0, 0, 1};
  if (std::ranges::equal(address, kLoopback)) {
    if (policy.allow_loopback) return {};
    return Refused(address, "it is this machine itself");
  }
  if (address[0] == 0xff) return Refused(address, "it is multicast");
  // fe80::/10 and the deprecated fec0::/10.
  if (address[0] == 0xfe && address[1] >= 0x80) return Refused(address, "it is link-local");
  static constexpr std::array<uint8_t, 16> kEc2Metadata = {0xfd, 0, 0x0e, 0xc2, 0, 0, 0,    0,
                                                           0,    0, 0,    0,    0, 0, 0x02, 0x54};
  if (std::ranges::equal(address, kEc2Metadata)) {
    return Refused(address, "it serves cloud metadata");
  }
  const auto v4 = EmbeddedV4(address);
  return v4.empty() ? Status{} : CheckV4(address, v4, policy);
}

Status CheckAddressText(const std::string& address, AddressPolicy policy) {
  uint8_t bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) {
    return CheckAddress({bytes, 4}, policy);
  }
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) {
    return CheckAddress({bytes, 16}, policy);
  }
  return InvalidArgument("\"" + address + "\" is no IP address");
}

}  // namespace hinomi::http
