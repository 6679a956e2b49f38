#ifndef HINOMI_DRIVERS_CHANNELS_CHANNEL_H_
#define HINOMI_DRIVERS_CHANNELS_CHANNEL_H_

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "os/files.h"

namespace hinomi::drivers {

/// What is to be handed over, the same at every attempt.
struct Message {
  std::string id;           ///< Name of the page, "PG-12".
  std::string kind;         ///< "page", "acknowledged", "resolved", "test".
  std::string incident;     ///< "INC-7"; messages of one incident form one thread. "" for none.
  Instant incident_opened;  ///< Tells incidents of the same name apart (a new data directory).
  Instant queued_at;        ///< Tells pages of the same name apart.
  std::string destination;  ///< Mail address; "" or a URL for others.
  std::string subject;      ///< One line of UTF-8.
  std::string text;         ///< UTF-8; lines end in "\n".
  std::string language;     ///< Of the texts, "ja" or "en": of the words that a channel adds.
  Json data;                ///< More for machines: members of a webhook's `data`.
};

/// A name for the message that no other of this or another Hinomi has, and that
/// stays over attempts, so that a receiver can tell a repetition: "PG-12.1764…".
std::string StableId(const Message& message);

enum class Delivery {
  kDelivered,  ///< The other side took it.
  kRetry,      ///< Not now; perhaps it has arrived (timeout): the same id again.
  kFailed,     ///< Not by this way, however often: take another one.
};

/// How one attempt went.
struct Outcome {
  Delivery delivery = Delivery::kFailed;
  /// Stable word: accepted written | throttled timeout unreachable server_error
  /// disk_full bad_answer | refused gone redirected auth_failed tls_failed
  /// bad_address bad_settings address_denied.
  std::string reason_code;
  std::string detail;    ///< In the other side's words where it said any; one line.
  Duration retry_after;  ///< What it asked for; zero if nothing.
};

/// A way to people. `Send` blocks, for at most a minute; one attempt, no repetition
/// of its own. Threads: any.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Outcome Send(const Message& message, Instant now) = 0;
};

/// A channel from its settings in contacts.yml, references to secrets resolved:
///   smtp       server (host:port), from, username, password, tls (none | starttls
///              | implicit), ca_file
///   webhook    url, secret, ca_file
///   pagerduty  routing_key, url (base of the Events API), ca_file
///   slack      url, ca_file
///   outbox     directory
/// kInvalidArgument names the setting; kNotFound: a type this release has no
/// sender for. `files` must outlive the channel.
Result<std::unique_ptr<Channel>> MakeChannel(const std::string& type,
                                             const std::map<std::string, std::string>& settings,
                                             Files& files);

/// `text` as one line of at most `limit` bytes, cut between characters; for details.
std::string OneLine(std::string_view text, size_t limit = 200);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_CHANNEL_H_
