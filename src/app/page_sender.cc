#include "app/page_sender.h"

#include "control/personal.h"
#include "drivers/channels/channel.h"
#include "notify/render.h"
#include "policy/secrets.h"

namespace hinomi::app {
namespace {

using ops_model::JobResult;

// As long as somebody could still want to act on the page.
constexpr Duration kLinkLives = Duration::Days(7);

JobResult Failed(std::string reason_code, std::string detail,
                 JobResult::Outcome outcome = JobResult::Outcome::kFailed) {
  JobResult result;
  result.outcome = outcome;
  result.reason_code = std::move(reason_code);
  result.detail = std::move(detail);
  return result;
}

const policy::ChannelDocument* FindChannel(const policy::OpsFolder& policy,
                                           const std::string& name) {
  for (const policy::ChannelDocument& channel : policy.channels)
    if (channel.name == name) return &channel;
  return nullptr;
}

void Replace(std::string& text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

JobResult ToResult(const drivers::Outcome& outcome) {
  JobResult result;
  switch (outcome.delivery) {
    case drivers::Delivery::kDelivered:
      result.outcome = JobResult::Outcome::kDone;
      break;
    case drivers::Delivery::kRetry:
      result.outcome = JobResult::Outcome::kRetry;
      break;
    case drivers::Delivery::kFailed:
      result.outcome = JobResult::Outcome::kFailed;
      break;
  }
  result.reason_code = outcome.reason_code;
  result.detail = outcome.detail;
  result.retry_after = outcome.retry_after;
  return result;
}

}  // namespace

Result<std::string> PageSender::AcknowledgeUrl(const Json& payload) const {
  if (payload["acknowledge_link"].as_string().empty()) return std::string();
  HN_TRY(const std::string secret,
         context_.links.Create(payload["incident"].as_string(), payload["contact"].as_string(),
                               kLinkLives));
  return context_.base_url() + "/ack/" + secret;
}

Result<std::string> PageSender::Open(const std::string& text) const {
  if (!control::IsSealed(text)) return text;
  HN_TRY(const auto opened, context_.store.ReadPersonal(std::string(control::CommitmentOf(text))));
  if (!opened) return NotFound("it was erased");
  return *opened;
}

JobResult PageSender::Send(const store::Job& job) const {
  const Result<Json> parsed = Json::Parse(job.spec.payload);
  if (!parsed) return Failed("bad_payload", parsed.error().message);
  const Json& payload = *parsed;
  const auto picture = context_.picture();
  const std::string& page = payload["page"].as_string();
  if (!notify::StillWanted(picture->world.notify, page))
    return Failed("cancelled", "its incident was resolved first");

  drivers::Message message;
  message.id = page;
  message.kind = payload["kind"].as_string();
  message.incident = payload["incident"].as_string();
  if (const auto opened = ParseRfc3339(payload["opened_at"].as_string()))
    message.incident_opened = *opened;
  const auto known = picture->world.notify.pages.find(page);
  message.queued_at = known == picture->world.notify.pages.end() ? message.incident_opened
                                                                 : known->second.queued_at;
  message.subject = payload["subject"].as_string();
  message.text = payload["body"].as_string();
  message.language = payload["language"].as_string();
  const Result<std::string> destination = Open(payload["destination"].as_string());
  if (!destination)
    return Failed("erased", destination.error().message,
                  IsRetryable(destination.error().code) ? JobResult::Outcome::kRetry
                                                        : JobResult::Outcome::kFailed);
  message.destination = *destination;
  const Result<std::string> link = AcknowledgeUrl(payload);
  if (!link) return Failed("no_link", link.error().message, JobResult::Outcome::kRetry);
  Replace(message.text, notify::kAcknowledgeLink, *link);
  // What a person wrote at the end is sealed in the journal; here it is read.
  if (const std::string& note = payload["note"].as_string(); !note.empty())
    if (const Result<std::string> opened = Open(note)) message.text += "\n" + *opened + "\n";
  message.data = Json::MakeObject();
  for (const char* key : {"title", "severity", "service", "alarm", "reason", "level", "opened_at",
                          "acknowledged_by", "resolved_by", "contact", "contact_title", "url"})
    message.data.Set(key, payload[key]);
  if (!link->empty()) message.data.Set("acknowledge_url", *link);

  const std::string& type = payload["channel_type"].as_string();
  std::map<std::string, std::string> settings;
  if (const auto* declared = FindChannel(*picture->policy, payload["channel"].as_string()))
    settings = declared->settings;
  for (auto& [key, value] : settings) {
    // Secrets come in at the last moment and go nowhere else.
    Result<std::string> resolved =
        policy::ResolveReference(value, context_.files, policy::ProcessEnvironment());
    if (!resolved) return Failed("bad_settings", key + ": " + resolved.error().message);
    value = *std::move(resolved);
  }
  if (type == "outbox") settings["directory"] = context_.outbox_directory;
  const auto channel = drivers::MakeChannel(type, settings, context_.files);
  if (!channel) return Failed("bad_settings", channel.error().message);
  return ToResult((*channel)->Send(message, context_.clock.Now()));
}

}  // namespace hinomi::app
