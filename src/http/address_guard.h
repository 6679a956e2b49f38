#ifndef HINOMI_HTTP_ADDRESS_GUARD_H_
#define HINOMI_HTTP_ADDRESS_GUARD_H_

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace hinomi::http {

/// Which addresses a guarded request may reach.
struct AddressPolicy {
  bool allow_loopback = false;
};

/// Whether a connection to a resolved address may be made for a URL that a
/// person entered. `address` is in network order: 4 bytes (IPv4) or 16 (IPv6).
/// Refuses with kDenied: link-local, the clouds' metadata addresses, multicast,
/// broadcast, unspecified and reserved ones; loopback unless allowed. IPv4
/// inside IPv6 (mapped, compatible, NAT64, 6to4) is judged by the IPv4 address.
/// Private networks are allowed: a self-hosted chat or pager is there.
Status CheckAddress(std::span<const uint8_t> address, AddressPolicy policy);

/// The same for text, "169.254.169.254" or "fe80::1". kInvalidArgument if it
/// is no address.
Status CheckAddressText(const std::string& address, AddressPolicy policy);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_ADDRESS_GUARD_H_
