// modules: hn_drivers
// What receivers answer (Retry-After, PagerDuty's and Slack's answers) and what
// people enter as mail addresses and subjects.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "base/strings.h"
#include "drivers/channels/answers.h"
#include "drivers/channels/channel.h"
#include "drivers/channels/mail.h"
#include "drivers/channels/pagerduty.h"
#include "drivers/channels/slack.h"
#include "drivers/channels/webhook.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

using hinomi::Instant;
using hinomi::Json;
namespace drivers = hinomi::drivers;

/// Whatever comes back, only the service's own words are delivery.
void CheckAnswers(std::string_view bytes, Instant now) {
  constexpr int kStatuses[] = {200, 202, 204, 302, 400, 403, 404, 410, 429, 500};
  hinomi::http::ClientResponse response;
  if (!bytes.empty()) {
    response.status = kStatuses[static_cast<unsigned char>(bytes.front()) % 10];
    bytes.remove_prefix(1);
  }
  response.body = bytes;
  response.headers = {{"retry-after", response.body}};
  for (const bool slack : {true, false}) {
    const drivers::Outcome outcome = slack ? drivers::JudgeSlack(response, now)
                                           : drivers::JudgePagerDuty(response, "alert", now);
    Require(!outcome.reason_code.empty() && outcome.detail.find('\n') == std::string::npos);
    if (outcome.delivery != drivers::Delivery::kDelivered) continue;
    Require(response.status == (slack ? 200 : 202));
    Require(bytes.find(slack ? "ok" : "alert") != std::string_view::npos);
  }
}

/// Whatever the words, what is sent keeps to the documented sizes.
void CheckMessages(const drivers::Message& message) {
  Require(drivers::DedupKey(message).size() <= 255);
  const std::string event = drivers::PagerDutyEvent(message, "key", "trigger");
  Require(event.size() <= 512'000);
  const auto parsed = Json::Parse(event);
  Require(parsed && drivers::CharacterCount((*parsed)["payload"]["summary"].as_string()) <= 1024);
  const std::string body = drivers::SlackBody(message);
  Require(drivers::CharacterCount(body) <= 9'000);
  const auto slack = Json::Parse(body);
  Require(slack && (*slack)["blocks"].as_array().size() <= 3);
  for (const Json& block : (*slack)["blocks"].as_array()) {
    const size_t limit = block["type"].as_string() == "header" ? 150 : 3'000;
    const std::string& text = block["text"]["text"].as_string();
    Require(!text.empty() && drivers::CharacterCount(text) <= limit);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hinomi::Duration;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Instant now = Instant::FromSeconds(1'800'000'000);
  if (const auto asked = hinomi::drivers::ParseRetryAfter(text, now))
    Require(*asked >= Duration() && *asked <= Duration::Days(30));

  const auto address = hinomi::drivers::MailAddress(text);
  if (address) Require(address->find_first_of("\r\n <>,") == std::string::npos);

  // Whatever the words, each header is one, and the body begins where it should.
  hinomi::drivers::Message message;
  message.id = message.subject = message.incident = text;
  message.destination = "a@example.com";
  const std::string mail = hinomi::drivers::ComposeMail(message, text);
  const std::string_view head = std::string_view(mail).substr(0, mail.find("\r\n\r\n"));
  size_t fields = 0;
  for (size_t at = 0; at != std::string_view::npos; at = head.find("\r\n", at)) {
    if (at != 0) at += 2;
    Require(head[at] != '\n');
    fields += head[at] != ' ';
  }
  Require(fields == (text.empty() ? 10u : 12u));

  CheckAnswers(text, now);
  message.text = text;
  message.data = Json::MakeObject().Set("acknowledge_url", text).Set("service", text);
  CheckMessages(message);
  return 0;
}
