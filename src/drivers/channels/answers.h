#ifndef HINOMI_DRIVERS_CHANNELS_ANSWERS_H_
#define HINOMI_DRIVERS_CHANNELS_ANSWERS_H_

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "drivers/channels/channel.h"
#include "http/client.h"

/// What the channels over HTTP share: how an answer that is no acceptance is
/// classed, and how texts are brought to a service's limits.
namespace hinomi::drivers {

/// "HTTP 404: no_service", with the body's words in one line if it has any.
std::string DetailOf(const http::ClientResponse& response);

/// The class of an answer outside 2xx: 429 (throttled), 408, 425 and 5xx are
/// for later, with what `Retry-After` asks for; 410 (gone), redirects, 401 and
/// 403 (auth_failed) and all others (refused) are for good.
Outcome JudgeRefusal(const http::ClientResponse& response, Instant now, std::string detail);

/// The class of an exchange without an answer.
Outcome JudgeError(const Error& error);

/// An answer that says "taken" in another way than the service does: somebody
/// else gave it, such as a proxy with a page for signing in. To be tried again.
Outcome NotItsAnswer(std::string detail, std::string_view expected);

/// `text` with each of the secrets (those that are not "") replaced: others
/// sometimes repeat in an error what they were sent.
std::string WithoutSecrets(std::string text, std::initializer_list<std::string_view> secrets);

/// Takes the first character off `text`, which must not be "". A byte that is no
/// UTF-8 gives U+FFFD.
std::string_view TakeCharacter(std::string_view& text);

/// Length in UTF-16 code units, what the services' limits are safe in: never
/// less than the number of characters.
size_t CharacterCount(std::string_view text);

/// At most `limit` characters (see CharacterCount), cut between two of them,
/// with "…" as the last one if something was cut; always UTF-8. `limit` >= 1.
std::string CutCharacters(std::string_view text, size_t limit);

/// A link that can be handed on: http or https, of at most `limit` bytes, and
/// without blanks, controls, quotes, <, > or |.
bool IsPlainLink(std::string_view url, size_t limit);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_ANSWERS_H_
