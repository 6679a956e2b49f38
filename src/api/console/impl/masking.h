#ifndef HINOMI_API_CONSOLE_IMPL_MASKING_H_
#define HINOMI_API_CONSOLE_IMPL_MASKING_H_

#include <string>
#include <string_view>

#include "policy/policy.h"

/// What of a document may be shown. A secret should stand outside of it, as a
/// reference; one that somebody wrote into it all the same is never repeated.
namespace hinomi::api::impl {

/// A setting of a channel: references as they are, of URLs scheme and host,
/// what is known to be harmless as it is, all else "…".
std::string ShownSetting(std::string_view key, std::string_view value);

/// An address without the user and password that may stand in it.
std::string ShownUrl(std::string_view url);

/// True if the line that a finding shows may hold a secret.
bool MayShowSecret(const policy::Finding& finding);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_MASKING_H_
