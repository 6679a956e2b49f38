#include "drivers/channels/webhook.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/strings.h"
#include "drivers/channels/answers.h"
#include "http/client.h"

namespace hinomi::drivers {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr size_t kShortestKey = 24, kLongestKey = 64;
constexpr Duration kLongestRetryAfter = Duration::Days(30);

Result<std::string> KeyOf(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return std::string(secret);
  auto key = Base64Decode(secret.substr(kPrefix.size()));
  if (!key || key->size() < kShortestKey || key->size() > kLongestKey)
    return InvalidArgument("secret: after whsec_ comes base64 of 24 to 64 bytes");
  return *std::move(key);
}

/// IMF-fixdate, the one form that is sent today: "Tue, 24 Nov 2026 03:12:04 GMT".
std::optional<Instant> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT"))
    return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const std::string number = std::to_string(month - kMonths.begin() + 1);
  const std::string iso = std::string(text.substr(12, 4)) + "-" + (number.size() < 2 ? "0" : "") +
                          number + "-" + std::string(text.substr(5, 2)) + "T" +
                          std::string(text.substr(17, 8)) + "Z";
  const auto instant = ParseRfc3339(iso);
  if (!instant) return std::nullopt;
  return *instant;
}

Outcome JudgeStatus(const http::ClientResponse& response, Instant now) {
  std::string detail = DetailOf(response);
  if (response.status >= 200 && response.status < 300)
    return {Delivery::kDelivered, "accepted", std::move(detail)};
  return JudgeRefusal(response, now, std::move(detail));
}

class WebhookChannel : public Channel {
 public:
  explicit WebhookChannel(WebhookSettings settings) : settings_(std::move(settings)) {}

  Outcome Send(const Message& message, Instant now) override {
    const std::string id = StableId(message);
    http::ClientRequest request;
    request.method = "POST";
    request.url = settings_.url;
    request.body = WebhookBody(message);
    request.timeout = settings_.timeout;
    request.body_limit_bytes = uint64_t{64} << 10;
    request.guard_addresses = true;
    request.ca_file = settings_.ca_file;
    request.headers = {{"Content-Type", "application/json"},
                       {"webhook-id", id},
                       {"webhook-timestamp", std::to_string(now.seconds())}};
    if (!settings_.secret.empty()) {
      auto signature = SignWebhook(settings_.secret, id, now, request.body);
      if (!signature) return {Delivery::kFailed, "bad_settings", signature.error().message};
      request.headers.emplace_back("webhook-signature", *std::move(signature));
    }
    const auto response = http::Fetch(request);
    return response ? JudgeStatus(*response, now) : JudgeError(response.error());
  }

 private:
  WebhookSettings settings_;
};

}  // namespace

Result<std::string> SignWebhook(std::string_view secrets, std::string_view id, Instant timestamp,
                                std::string_view body) {
  const std::string content =
      std::string(id) + "." + std::to_string(timestamp.seconds()) + "." + std::string(body);
  std::string signatures;
  for (const std::string_view secret : Split(Trim(secrets), ' ')) {
    if (secret.empty()) continue;
    HN_TRY(const std::string key, KeyOf(secret));
    const Sha256Digest digest = HmacSha256(key, content);
    if (!signatures.empty()) signatures += ' ';
    signatures +=
        "v1," + Base64Encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
  }
  return signatures;
}

std::string WebhookBody(const Message& message) {
  Json data = message.data.is_object() ? message.data : Json::MakeObject();
  data.Set("page", message.id);
  data.Set("kind", message.kind);
  data.Set("incident", message.incident);
  data.Set("subject", message.subject);
  data.Set("text", message.text);
  Json body = Json::MakeObject();
  body.Set("type", "incident." + message.kind);
  body.Set("timestamp", FormatRfc3339(message.queued_at));
  body.Set("data", std::move(data));
  return body.Dump();
}

std::optional<Duration> ParseRetryAfter(std::string_view value, Instant now) {
  value = Trim(value);
  Duration asked;
  if (const auto seconds = ParseUint(value)) {
    const auto most = static_cast<uint64_t>(kLongestRetryAfter.seconds());
    asked = Duration::Seconds(static_cast<int64_t>(std::min(*seconds, most)));
  } else if (const auto date = ParseHttpDate(value)) {
    asked = *date - now;
  } else {
    return std::nullopt;
  }
  return std::clamp(asked, Duration(), kLongestRetryAfter);
}

Result<std::unique_ptr<Channel>> MakeWebhookChannel(WebhookSettings settings) {
  if (!settings.url.starts_with("https://") && !settings.url.starts_with("http://"))
    return InvalidArgument("url: expected an address that begins with https:// or http://");
  HN_TRY(const std::string signature, SignWebhook(settings.secret, "", Instant(), ""));
  return std::unique_ptr<Channel>(std::make_unique<WebhookChannel>(std::move(settings)));
}

}  // namespace hinomi::drivers
