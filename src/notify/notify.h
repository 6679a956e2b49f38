#ifndef HINOMI_NOTIFY_NOTIFY_H_
#define HINOMI_NOTIFY_NOTIFY_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// From "tell these people" to messages in channels: who by which way, when,
/// again, otherwise, no more. Values only; owned by the control thread.
namespace hinomi::notify {

/// The kind of the jobs; their key is the page's name, stable over all tries,
/// so that a receiver can tell a repetition from a second page.
constexpr const char* kJobKind = "page";
/// A page is tried for so long before its method counts as dead. A
/// `Retry-After` beyond it fails over to the next method meanwhile.
constexpr Duration kTryFor = Duration::Minutes(15);
/// A page that would not be tried again before this goes by the contact's next
/// method as well. A try takes up to 30 s: so the next method has it within 60 s.
constexpr Duration kNextWayAfter = Duration::Seconds(25);
constexpr Duration kLongestBackoff = Duration::Seconds(60);
/// Resolved incidents that are kept for late results of their pages.
constexpr size_t kResolvedKept = 200;

/// What a message says about an incident.
struct Topic {
  ops_model::IncidentOpened opened;
  Instant opened_at;
  std::string reason;  ///< The alarm's, with values, at the opening; of a test who asked for it.
  ops_model::IncidentAcknowledged acknowledged;  ///< The newest.
  Instant acknowledged_at;
  ops_model::IncidentResolved resolved;  ///< `incident` is "" while open.
  Instant resolved_at;
  std::string merged_into;  ///< The incident that goes on for it; "" if none.
  /// Levels that an acknowledgement makes needless.
  std::set<std::string> until_acknowledged;
};

enum class PageState {
  kQueued,     ///< Nothing was tried yet; perhaps held until opening.
  kRetrying,   ///< Tried, to be tried again.
  kDelivered,  ///< A channel took it.
  kDead,       ///< Given up.
  kCancelled,  ///< Its incident was resolved, or for its level acknowledged, first.
};

struct Page {
  ops_model::PageQueued queued;
  Instant queued_at;
  PageState state = PageState::kQueued;
  int attempts = 0;
  Instant next_attempt;      ///< For kQueued and kRetrying.
  std::string last_outcome;  ///< Reason code of the last try.
  bool replaced = false;     ///< Another method was already set going for it.
};

struct State {
  uint64_t last_page = 0;                      ///< Number of the newest: PG-<number>.
  std::map<std::string, Topic> topics;         ///< Open incidents, and resolved ones that are kept.
  std::deque<std::string> resolved;            ///< Kept resolved incidents, oldest first.
  std::map<std::string, Page> pages;           ///< Of the kept incidents, and test pages.
  std::map<std::string, std::string> reasons;  ///< Last reason for ALARM, by alarm.
};

/// What follows from an input:
/// - `IncidentOpened` → a page to each contact that its route notifies;
///   `EscalationStepFired` → to each contact of the step. The first method
///   whose channel is configured is taken, else the outbox. Outside of a
///   contact's hours the page is held until they open, unless the severity
///   overrides. A contact that has an untried page of the incident already
///   gets no second one (`PageSuppressed` "already_queued"); who is called again ("repeated") none
///   while any is on its way.
/// - `JobResult` of a page → `PageAttempted`, and: delivered; a retry after
///   full jitter within 1, 2, 4 … 60 s or what the other side asks for, if that
///   is longer; after 25 s the next method as well; for good or after 15
///   minutes `PageDead`, with the next method at once if it was not set going
///   yet. When no method is left then, the outbox gets it as a last resort. A
///   try whose end nobody knows is repeated under the same name.
/// - `IncidentAcknowledged`, `IncidentResolved` → a notice to every destination
///   that got a page of the incident, or gets one that was queued before;
///   PagerDuty, which keeps alerts open, also after tries that may have arrived.
///   Resolution cancels what was not sent, an acknowledgement what was not sent of the levels that
///   it makes needless.
/// - The command channel.test {contact | channel, address} → test pages.
///
/// `random` is drawn from in Decide only; what was chosen stands in the event.
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy, Random& random);

/// Folds one fact; total.
void Apply(State& state, const ops_model::Event& event);

/// False if the page is not to be sent any more: asked just before sending, so
/// that a job released before its incident was resolved wakes nobody.
bool StillWanted(const State& state, const std::string& page);

/// Time at which the oldest page that should be out by now was due.
std::optional<Instant> OldestOverdue(const State& state, Instant now);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::notify

#endif  // HINOMI_NOTIFY_NOTIFY_H_
