#include "drivers/channels/channel.h"

#include <utility>

#include "base/strings.h"
#include "drivers/channels/outbox.h"
#include "drivers/channels/pagerduty.h"
#include "drivers/channels/slack.h"
#include "drivers/channels/smtp.h"
#include "drivers/channels/webhook.h"

namespace hinomi::drivers {
namespace {

using Settings = std::map<std::string, std::string>;

std::string Get(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::string() : found->second;
}

Result<std::unique_ptr<Channel>> MakeSmtp(const Settings& settings) {
  SmtpSettings smtp{.server = Get(settings, "server"),
                    .from = Get(settings, "from"),
                    .username = Get(settings, "username"),
                    .password = Get(settings, "password"),
                    .ca_file = Get(settings, "ca_file")};
  const std::string tls = Get(settings, "tls");
  if (tls == "none") {
    smtp.tls = SmtpTls::kNone;
  } else if (tls == "starttls") {
    smtp.tls = SmtpTls::kStartTls;
  } else if (tls == "implicit") {
    smtp.tls = SmtpTls::kImplicit;
  } else if (!tls.empty()) {
    return InvalidArgument("tls: expected none, starttls or implicit");
  }
  return MakeSmtpChannel(std::move(smtp));
}

Result<std::unique_ptr<Channel>> MakePagerDuty(const Settings& settings) {
  PagerDutySettings pagerduty{.routing_key = Get(settings, "routing_key"),
                              .ca_file = Get(settings, "ca_file")};
  if (std::string base = Get(settings, "url"); !base.empty()) pagerduty.base = std::move(base);
  return MakePagerDutyChannel(std::move(pagerduty));
}

}  // namespace

std::string StableId(const Message& message) {
  return message.id + "." + std::to_string(message.queued_at.millis());
}

std::string OneLine(std::string_view text, size_t limit) {
  std::string line;
  for (const char c : Trim(text))
    line += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
  if (line.size() <= limit) return line;
  size_t cut = limit;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
  line.resize(cut);
  return line;
}

Result<std::unique_ptr<Channel>> MakeChannel(const std::string& type, const Settings& settings,
                                             Files& files) {
  if (type == "smtp") return MakeSmtp(settings);
  if (type == "webhook") {
    return MakeWebhookChannel({.url = Get(settings, "url"),
                               .secret = Get(settings, "secret"),
                               .ca_file = Get(settings, "ca_file")});
  }
  if (type == "pagerduty") return MakePagerDuty(settings);
  if (type == "slack")
    return MakeSlackChannel({.url = Get(settings, "url"), .ca_file = Get(settings, "ca_file")});
  if (type == "outbox") {
    if (Get(settings, "directory").empty())
      return InvalidArgument("directory: expected where the outbox's files go");
    return MakeOutboxChannel(Get(settings, "directory"), files);
  }
  return NotFound("this release has no sender for channels of the type \"" + type + "\"");
}

}  // namespace hinomi::drivers
