#ifndef HINOMI_DRIVERS_CHANNELS_PAGERDUTY_H_
#define HINOMI_DRIVERS_CHANNELS_PAGERDUTY_H_

#include <memory>
#include <string>
#include <string_view>

#include "drivers/channels/channel.h"
#include "http/client.h"

namespace hinomi::drivers {

struct PagerDutySettings {
  /// Integration key of Events API v2, 32 letters and digits. A secret: it is
  /// in no message of ours.
  std::string routing_key;
  std::string base = "https://events.pagerduty.com";  ///< Before /v2/enqueue; the EU's is another.
  std::string ca_file;                                ///< "" for the system's.
  Duration timeout = Duration::Seconds(20);           ///< A test, two events, takes half each.
};

/// Events to PagerDuty (Events API v2). A page is a `trigger`; the notices are
/// `acknowledge` and `resolve` of the same alert. A test is a `trigger` of an
/// alert of its own that is resolved right away: it proves the key and the way,
/// and perhaps rings nowhere. `Message::destination` has no meaning here:
/// whom PagerDuty calls is decided by the service that the key belongs to.
///
/// Only 202 with PagerDuty's own answer is delivery; 400 is for good, in its
/// words. Repetitions are harmless: the alert's key tells them.
/// kInvalidArgument: routing_key, url.
Result<std::unique_ptr<Channel>> MakePagerDutyChannel(PagerDutySettings settings);

/// True for 32 letters and digits.
bool IsRoutingKey(std::string_view text);

/// Names the alert: one an incident and contact, so that page and notices meet;
/// a test has one of its own. Not one for all contacts: an alert that the first
/// level acknowledged would swallow the page to the second without a sound. At
/// most 255 characters.
std::string DedupKey(const Message& message);

/// The body of an event; `action`: trigger, acknowledge, resolve. At most 512,000
/// bytes: what is only nice to know (custom_details) is left out beyond them.
std::string PagerDutyEvent(const Message& message, const std::string& routing_key,
                           const std::string& action);

/// What an answer to the event of that key means.
Outcome JudgePagerDuty(const http::ClientResponse& response, std::string_view dedup_key,
                       Instant now);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_PAGERDUTY_H_
