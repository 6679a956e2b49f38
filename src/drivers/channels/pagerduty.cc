#include "drivers/channels/pagerduty.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/strings.h"
#include "drivers/channels/answers.h"
#include "text/catalogue.h"

namespace hinomi::drivers {
namespace {

// Limits of the Events API v2; sizes in characters unless they say bytes.
constexpr size_t kRoutingKey = 32;
constexpr size_t kDedupKey = 255;
constexpr size_t kSummary = 1024;
constexpr size_t kEventBytes = 512'000;
// No limits are documented for these; long ones would be of no use.
constexpr size_t kWord = 255;
constexpr size_t kLinkBytes = 2'000;

constexpr const char* kPath = "/v2/enqueue";

/// Our severities have PagerDuty's names; it refuses any other.
std::string SeverityOf(const Message& message) {
  if (message.kind == "test") return "info";
  const std::string& ours = message.data["severity"].as_string();
  for (const char* known : {"critical", "error", "warning", "info"})
    if (ours == known) return ours;
  return "error";
}

/// Sets a member unless it is empty: PagerDuty shows empty ones as such.
void SetWord(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object.Set(key, CutCharacters(OneLine(value, value.size()), kWord));
}

Json Details(const Message& message) {
  Json details = Json::MakeObject();
  details.Set("page", message.id);
  for (const char* key : {"service", "alarm", "reason", "level", "opened_at", "contact_title"})
    if (const std::string& value = message.data[key].as_string(); !value.empty())
      details.Set(key, value);
  if (!message.incident.empty()) details.Set("incident", message.incident);
  details.Set("text", message.text);
  return details;
}

Json Payload(const Message& message) {
  const std::string& service = message.data["service"].as_string();
  const std::string& alarm = message.data["alarm"].as_string();
  std::string source = service;
  if (source.empty()) source = alarm;
  if (source.empty()) source = "hinomi";
  std::string summary = OneLine(message.subject, message.subject.size());
  if (summary.empty()) summary = "Hinomi " + message.id;
  Json payload = Json::MakeObject();
  payload.Set("summary", CutCharacters(summary, kSummary));
  SetWord(payload, "source", source);
  payload.Set("severity", SeverityOf(message));
  payload.Set("timestamp", FormatRfc3339(message.incident.empty() ? message.queued_at
                                                                  : message.incident_opened));
  SetWord(payload, "component", service);
  SetWord(payload, "class", alarm);
  return payload;
}

Json Links(const Message& message) {
  const text::Language language =
      text::LanguageFromTag(message.language).value_or(text::Language::kEnglish);
  Json links = Json::MakeArray();
  const auto add = [&links](const std::string& href, std::string text) {
    if (IsPlainLink(href, kLinkBytes))
      links.Append(Json::MakeObject().Set("href", href).Set("text", std::move(text)));
  };
  add(message.data["acknowledge_url"].as_string(), text::Format(language, "message.acknowledge"));
  add(message.data["url"].as_string(), text::Format(language, "message.show"));
  return links;
}

/// PagerDuty's own words: {"status", "message", "errors": [...]}; else the body's.
std::string Words(const http::ClientResponse& response) {
  const auto body = Json::Parse(response.body);
  if (!body || !(*body)["message"].is_string()) return DetailOf(response);
  std::string words = (*body)["message"].as_string();
  for (const Json& error : (*body)["errors"].as_array())
    words += (words.empty() ? "" : "; ") + error.as_string();
  return "HTTP " + std::to_string(response.status) + ": " + OneLine(words, 400);
}

class PagerDutyChannel : public Channel {
 public:
  explicit PagerDutyChannel(PagerDutySettings settings) : settings_(std::move(settings)) {}

  Outcome Send(const Message& message, Instant now) override {
    if (message.kind == "acknowledged") return Post(message, "acknowledge", now);
    if (message.kind == "resolved") return Post(message, "resolve", now);
    const Outcome triggered = Post(message, "trigger", now);
    if (message.kind != "test" || triggered.delivery != Delivery::kDelivered) return triggered;
    // If this fails the test is repeated as a whole; it must not stay open.
    return Post(message, "resolve", now);
  }

 private:
  Outcome Post(const Message& message, const std::string& action, Instant now) const {
    http::ClientRequest request;
    request.method = "POST";
    request.url = settings_.base + kPath;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = PagerDutyEvent(message, settings_.routing_key, action);
    request.timeout = message.kind == "test" ? Duration::Millis(settings_.timeout.millis() / 2)
                                             : settings_.timeout;
    request.guard_addresses = true;
    request.ca_file = settings_.ca_file;
    const auto response = http::Fetch(request);
    Outcome outcome =
        response ? JudgePagerDuty(*response, DedupKey(message), now) : JudgeError(response.error());
    outcome.detail =
        WithoutSecrets(std::move(outcome.detail),
                       {settings_.routing_key, message.data["acknowledge_url"].as_string()});
    return outcome;
  }

  PagerDutySettings settings_;
};

}  // namespace

bool IsRoutingKey(std::string_view text) {
  return text.size() == kRoutingKey && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

std::string DedupKey(const Message& message) {
  std::string key = "hinomi/";
  if (message.incident.empty()) {
    key += StableId(message);
  } else {
    // The time tells incidents of the same name apart (a new data directory).
    key += message.incident + "." + std::to_string(message.incident_opened.millis()) + "/" +
           message.data["contact"].as_string();
  }
  if (CharacterCount(key) <= kDedupKey && IsValidUtf8(key)) return key;
  return "hinomi/" + ToHex(Sha256(key));
}

std::string PagerDutyEvent(const Message& message, const std::string& routing_key,
                           const std::string& action) {
  Json event = Json::MakeObject();
  event.Set("routing_key", routing_key)
      .Set("event_action", action)
      .Set("dedup_key", DedupKey(message));
  if (action != "trigger") return event.Dump();
  event.Set("client", "Hinomi");
  const Json payload = Payload(message);
  event.Set("payload", payload);
  if (const std::string& url = message.data["url"].as_string(); IsPlainLink(url, kLinkBytes))
    event.Set("client_url", url);
  if (Json links = Links(message); !links.as_array().empty()) event.Set("links", std::move(links));
  Json whole = event;
  whole.Set("payload", Json(payload).Set("custom_details", Details(message)));
  std::string body = whole.Dump();
  return body.size() <= kEventBytes ? body : event.Dump();
}

Outcome JudgePagerDuty(const http::ClientResponse& response, std::string_view dedup_key,
                       Instant now) {
  std::string detail = Words(response);
  if (response.status < 200 || response.status >= 300)
    return JudgeRefusal(response, now, std::move(detail));
  const auto body = Json::Parse(response.body);
  const bool its_own = response.status == 202 && body && body->is_object() &&
                       (*body)["status"].as_string() == "success" &&
                       (*body)["dedup_key"].as_string() == dedup_key;
  if (its_own) return {Delivery::kDelivered, "accepted", std::move(detail)};
  return NotItsAnswer(std::move(detail), "202 with status success and the alert's dedup_key");
}

Result<std::unique_ptr<Channel>> MakePagerDutyChannel(PagerDutySettings settings) {
  if (!IsRoutingKey(settings.routing_key))
    return InvalidArgument(
        "routing_key: expected the integration key of Events API v2, 32 letters and digits; it "
        "has " +
        std::to_string(settings.routing_key.size()) + " bytes");
  std::string& base = settings.base;
  while (base.ends_with('/')) base.pop_back();
  if (base.ends_with(kPath)) base.resize(base.size() - std::string_view(kPath).size());
  if (!IsPlainLink(base, kLinkBytes) || base.find_first_of("?#") != std::string::npos)
    return InvalidArgument(
        "url: expected the address before /v2/enqueue, such as https://events.eu.pagerduty.com");
  return std::unique_ptr<Channel>(std::make_unique<PagerDutyChannel>(std::move(settings)));
}

}  // namespace hinomi::drivers
