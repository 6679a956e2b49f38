#ifndef HINOMI_DRIVERS_CHANNELS_SLACK_H_
#define HINOMI_DRIVERS_CHANNELS_SLACK_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/channels/channel.h"
#include "http/client.h"

namespace hinomi::drivers {

struct SlackSettings {
  std::string url;      ///< The incoming webhook's. A secret: it is in no message of ours.
  std::string ca_file;  ///< "" for the system's.
  Duration timeout = Duration::Seconds(20);
};

/// Messages to one Slack channel by an incoming webhook. Which channel is part
/// of the URL, so `Message::destination` has no meaning here. Only 200 with the
/// body "ok" is delivery; Slack's error words (no_service, channel_is_archived,
/// …) are for good; 429 and 5xx for later. An incoming webhook knows no
/// repetitions: after a timeout a message may stand there twice.
/// kInvalidArgument: url.
Result<std::unique_ptr<Channel>> MakeSlackChannel(SlackSettings settings);

/// The body of a message: blocks (a header of at most 150 characters, sections
/// of at most 3,000) and the same in short as `text`, for notifications; at
/// most 9,000 characters in all. To acknowledge there is a link and no button:
/// Slack marks link buttons of apps that take no interactions with a warning.
std::string SlackBody(const Message& message);

/// `text` for Slack's mrkdwn with & < > escaped, at most `limit` characters
/// after that, cut between characters and entities. `limit` >= 1.
std::string SlackEscape(std::string_view text, size_t limit);

/// What an answer means.
Outcome JudgeSlack(const http::ClientResponse& response, Instant now);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_SLACK_H_
