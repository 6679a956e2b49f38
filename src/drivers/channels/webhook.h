#ifndef HINOMI_DRIVERS_CHANNELS_WEBHOOK_H_
#define HINOMI_DRIVERS_CHANNELS_WEBHOOK_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/channels/channel.h"

namespace hinomi::drivers {

struct WebhookSettings {
  std::string url;  ///< May hold a secret: it is in no message of ours.
  /// "whsec_" and base64, or any other text as it is; several, separated by
  /// blanks, while they are exchanged. "" signs nothing.
  std::string secret;
  std::string ca_file;  ///< "" for the system's.
  Duration timeout = Duration::Seconds(20);
};

/// POSTs as Standard Webhooks say: `webhook-id` (stable over attempts),
/// `webhook-timestamp` (of the attempt), `webhook-signature` (v1, HMAC-SHA256,
/// one a secret); body {type, timestamp, data}. No redirects; 410 ends it for
/// good; 429 and 503 may name a time. kInvalidArgument: url, secret.
Result<std::unique_ptr<Channel>> MakeWebhookChannel(WebhookSettings settings);

/// The value of `webhook-signature`. kInvalidArgument when a secret's base64 is
/// none or has fewer than 24 or more than 64 bytes.
Result<std::string> SignWebhook(std::string_view secrets, std::string_view id, Instant timestamp,
                                std::string_view body);

/// The body of a message.
std::string WebhookBody(const Message& message);

/// `Retry-After` (RFC 9110): seconds or an HTTP date, never negative, at most
/// 30 days; nothing if it is neither.
std::optional<Duration> ParseRetryAfter(std::string_view value, Instant now);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_WEBHOOK_H_
