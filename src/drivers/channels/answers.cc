#include "drivers/channels/answers.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "drivers/channels/webhook.h"

namespace hinomi::drivers {
namespace {

std::string HeaderOf(const http::ClientResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

/// UTF-16 code units of one character.
size_t Units(std::string_view character) {
  return character.size() == 4 ? 2 : 1;
}

}  // namespace

std::string DetailOf(const http::ClientResponse& response) {
  std::string detail = "HTTP " + std::to_string(response.status);
  if (const std::string words = OneLine(response.body); !words.empty()) detail += ": " + words;
  return detail;
}

Outcome JudgeRefusal(const http::ClientResponse& response, Instant now, std::string detail) {
  const int status = response.status;
  const Duration asked =
      ParseRetryAfter(HeaderOf(response, "retry-after"), now).value_or(Duration());
  if (status == 429) return {Delivery::kRetry, "throttled", std::move(detail), asked};
  if (status == 408 || status == 425)
    return {Delivery::kRetry, "timeout", std::move(detail), asked};
  if (status >= 500) return {Delivery::kRetry, "server_error", std::move(detail), asked};
  if (status == 410)
    return {Delivery::kFailed, "gone",
            detail + " (the receiver wants no more; remove the channel)"};
  if (status >= 300 && status < 400)
    return {Delivery::kFailed, "redirected",
            detail + " (redirects are not followed: name the end)"};
  if (status == 401 || status == 403) return {Delivery::kFailed, "auth_failed", std::move(detail)};
  return {Delivery::kFailed, "refused", std::move(detail)};
}

Outcome JudgeError(const Error& error) {
  const std::string detail = OneLine(error.message);
  switch (error.code) {
    case ErrorCode::kTimeout:
      return {Delivery::kRetry, "timeout", detail};
    case ErrorCode::kDenied:
      return {Delivery::kFailed, "address_denied", detail};
    case ErrorCode::kInvalidArgument:
      return {Delivery::kFailed, "bad_settings", detail};
    case ErrorCode::kExhausted:
      return {Delivery::kRetry, "bad_answer", detail};
    default:
      return {Delivery::kRetry, "unreachable", detail};
  }
}

Outcome NotItsAnswer(std::string detail, std::string_view expected) {
  return {Delivery::kRetry, "bad_answer",
          detail + " (not taken for delivered: expected " + std::string(expected) + ")"};
}

std::string WithoutSecrets(std::string text, std::initializer_list<std::string_view> secrets) {
  constexpr std::string_view kInstead = "[secret]";
  for (const std::string_view secret : secrets) {
    if (secret.empty()) continue;
    for (size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kInstead.size()))
      text.replace(at, secret.size(), kInstead);
  }
  return text;
}

std::string_view TakeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  size_t bytes = 1;
  if (lead >= 0xF0) {
    bytes = 4;
  } else if (lead >= 0xE0) {
    bytes = 3;
  } else if (lead >= 0xC0) {
    bytes = 2;
  }
  std::string_view character = text.substr(0, bytes);
  if (!IsValidUtf8(character)) {
    bytes = 1;
    character = "\uFFFD";
  }
  text.remove_prefix(bytes);
  return character;
}

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) count += Units(TakeCharacter(text));
  return count;
}

std::string CutCharacters(std::string_view text, size_t limit) {
  std::string out;
  size_t count = 0, fits = 0;  // `fits`: bytes that leave room for the ellipsis.
  while (!text.empty()) {
    const std::string_view character = TakeCharacter(text);
    count += Units(character);
    if (count > limit) return out.substr(0, fits) + "…";
    out += character;
    if (count < limit) fits = out.size();
  }
  return out;
}

bool IsPlainLink(std::string_view url, size_t limit) {
  return (url.starts_with("https://") || url.starts_with("http://")) && url.size() <= limit &&
         IsValidUtf8(url) && std::none_of(url.begin(), url.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
                  std::string_view("<>\"|").find(c) != std::string_view::npos;
         });
}

}  // namespace hinomi::drivers
