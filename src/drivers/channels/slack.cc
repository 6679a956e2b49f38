#include "drivers/channels/slack.h"

#include <utility>

#include "base/strings.h"
#include "drivers/channels/answers.h"
#include "text/catalogue.h"

namespace hinomi::drivers {
namespace {

// Limits of Slack's blocks, in characters. The whole message has a limit that
// is not documented, near 13,000; ours keeps well away from it.
constexpr size_t kHeader = 150;
constexpr size_t kSection = 3'000;
constexpr size_t kWhole = 9'000;
constexpr size_t kFallback = 1'000;
constexpr size_t kLinkBytes = 1'000;

/// The lines of the text without those that only carry a link, which comes as
/// a link of its own.
std::string WithoutLinkLines(std::string_view text, std::string_view first,
                             std::string_view second) {
  std::string kept;
  for (const std::string_view line : Split(text, '\n')) {
    const bool carries =
        (!first.empty() && line.ends_with(first)) || (!second.empty() && line.ends_with(second));
    if (!carries) kept.append(line).append("\n");
  }
  return std::string(Trim(kept));
}

Json Section(std::string markdown) {
  // verbatim: names and channels in others' texts do not become mentions.
  Json text = Json::MakeObject();
  text.Set("type", "mrkdwn").Set("text", std::move(markdown)).Set("verbatim", true);
  return Json::MakeObject().Set("type", "section").Set("text", std::move(text));
}

std::string EscapedLink(const std::string& url) {
  return SlackEscape(url, 5 * url.size() + 1);
}

std::string Links(const std::string& acknowledge, const std::string& show,
                  text::Language language) {
  std::string links;
  const auto add = [&links](const std::string& url, const std::string& label) {
    if (url.empty()) return;
    if (!links.empty()) links += "   ";
    links += "<" + EscapedLink(url) + "|" + label + ">";
  };
  add(acknowledge, text::Format(language, "message.acknowledge"));
  add(show, text::Format(language, "message.show"));
  return links;
}

std::string Compose(const Message& message, size_t text_limit) {
  const text::Language language =
      text::LanguageFromTag(message.language).value_or(text::Language::kEnglish);
  const auto link = [&message](const char* key) {
    const std::string& url = message.data[key].as_string();
    const bool fits = IsPlainLink(url, kLinkBytes) && EscapedLink(url).size() <= kLinkBytes;
    return fits ? url : std::string();
  };
  const std::string acknowledge = link("acknowledge_url"), show = link("url");
  std::string subject = OneLine(message.subject, message.subject.size());
  if (subject.empty()) subject = "Hinomi " + message.id;

  Json blocks = Json::MakeArray();
  Json header = Json::MakeObject();
  header.Set("type", "plain_text").Set("text", CutCharacters(subject, kHeader)).Set("emoji", false);
  blocks.Append(Json::MakeObject().Set("type", "header").Set("text", std::move(header)));
  const std::string text = WithoutLinkLines(message.text, acknowledge, show);
  if (!text.empty()) blocks.Append(Section(SlackEscape(text, text_limit)));
  if (std::string links = Links(acknowledge, show, language); !links.empty())
    blocks.Append(Section(std::move(links)));

  Json body = Json::MakeObject();
  body.Set("text", SlackEscape(subject, kFallback)).Set("blocks", std::move(blocks));
  // The link acknowledges once: Slack is not to open it for a preview.
  body.Set("unfurl_links", false).Set("unfurl_media", false);
  return body.Dump();
}

/// What Slack's words mean for the channel, where the status alone does not say.
std::string_view ReasonOf(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"action_prohibited", "auth_failed"},
      {"channel_is_archived", "gone"},
      {"channel_not_found", "gone"},
      {"invalid_token", "auth_failed"},
      {"no_active_hooks", "gone"},
      {"no_service", "gone"},
      {"no_service_id", "gone"},
      {"no_team", "gone"},
      {"posting_to_general_channel_denied", "auth_failed"},
      {"team_disabled", "gone"},
  };
  for (const auto& [known, reason] : kWords)
    if (known == word) return reason;
  return {};
}

class SlackChannel : public Channel {
 public:
  explicit SlackChannel(SlackSettings settings) : settings_(std::move(settings)) {}

  Outcome Send(const Message& message, Instant now) override {
    http::ClientRequest request;
    request.method = "POST";
    request.url = settings_.url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = SlackBody(message);
    request.timeout = settings_.timeout;
    request.guard_addresses = true;
    request.ca_file = settings_.ca_file;
    const auto response = http::Fetch(request);
    Outcome outcome = response ? JudgeSlack(*response, now) : JudgeError(response.error());
    const std::string_view url = settings_.url;
    const size_t path = url.find('/', url.find("://") + 3);
    outcome.detail = WithoutSecrets(
        std::move(outcome.detail),
        {url, path == std::string_view::npos || path + 1 == url.size() ? "" : url.substr(path),
         message.data["acknowledge_url"].as_string()});
    return outcome;
  }

 private:
  SlackSettings settings_;
};

}  // namespace

std::string SlackEscape(std::string_view text, size_t limit) {
  std::string out;
  size_t count = 0, fits = 0;  // `fits`: bytes of `out` that leave room for the ellipsis.
  while (!text.empty()) {
    std::string_view piece = TakeCharacter(text);
    if (piece == "&") piece = "&amp;";
    if (piece == "<") piece = "&lt;";
    if (piece == ">") piece = "&gt;";
    count += CharacterCount(piece);
    if (count > limit) return out.substr(0, fits) + "…";
    out += piece;
    if (count < limit) fits = out.size();
  }
  return out;
}

std::string SlackBody(const Message& message) {
  std::string body = Compose(message, kSection);
  // A text of quotes and line breaks grows when it is written as JSON.
  for (size_t limit = kSection / 2; CharacterCount(body) > kWhole && limit > 1; limit /= 2)
    body = Compose(message, limit);
  return body;
}

Outcome JudgeSlack(const http::ClientResponse& response, Instant now) {
  std::string detail = DetailOf(response);
  const std::string_view word = Trim(response.body);
  if (response.status == 200 && word == "ok")
    return {Delivery::kDelivered, "accepted", std::move(detail)};
  if (response.status >= 200 && response.status < 300)
    return NotItsAnswer(std::move(detail), "200 with the body ok");
  Outcome outcome = JudgeRefusal(response, now, std::move(detail));
  if (const std::string_view reason = ReasonOf(word);
      !reason.empty() && outcome.delivery == Delivery::kFailed)
    outcome.reason_code = reason;
  return outcome;
}

Result<std::unique_ptr<Channel>> MakeSlackChannel(SlackSettings settings) {
  const std::string& url = settings.url;
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return InvalidArgument(
        "url: expected the incoming webhook's address, which begins with "
        "https://");
  return std::unique_ptr<Channel>(std::make_unique<SlackChannel>(std::move(settings)));
}

}  // namespace hinomi::drivers
