#ifndef HINOMI_API_CONSOLE_ACK_PAGE_H_
#define HINOMI_API_CONSOLE_ACK_PAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ops_model/event.h"
#include "text/catalogue.h"

/// The page behind the link in a message: one small answer that works on an old
/// phone, without scripts and without a session.
namespace hinomi::api {

/// A point of the chart; nothing where no data came.
struct AckPoint {
  Instant at;
  std::optional<double> value;
};

struct AckChart {
  std::string metric;  ///< As the reader knows it: "CPU 使用率".
  std::string unit;    ///< Written after a number: "%", "ms", "" for counts.
  double threshold = 0;
  std::vector<AckPoint> points;  ///< In order of time.
};

enum class AckToldState {
  kPlanned,
  kQueued,
  kDelivered,
  kFiled,  ///< Only in the outbox: nobody was reached.
  kRetrying,
  kFailed,
};

/// Somebody else who was, or will be, told.
struct AckTold {
  Instant at;
  std::string who;  ///< "田中 健（L2）", "Slack #incidents".
  AckToldState state = AckToldState::kPlanned;
};

enum class AckState {
  kOpen,          ///< Nobody has it: the form is shown.
  kAcknowledged,  ///< By the reader or by somebody else.
  kResolved,
};

/// All that the page shows. Values are plain text; the renderer escapes them.
struct AckPageData {
  text::Language language = text::Language::kJapanese;
  Instant now;
  Duration utc_offset;  ///< Of the server's zone at `now`.
  std::string zone;     ///< "JST".

  std::string incident;  ///< "INC-7"
  std::string title;
  std::string sentence;  ///< One line below the title; "" for none.
  ops_model::Severity severity = ops_model::Severity::kError;
  Instant opened_at;

  AckState state = AckState::kOpen;
  std::string acknowledged_by;
  Instant state_since;     ///< When it was acknowledged or resolved.
  bool by_reader = false;  ///< The reader is the one who acknowledged.
  std::string failure;     ///< Why the last POST did nothing; "" if it did or there was none.

  std::string person;                     ///< Whose link it is.
  std::string action;                     ///< Path of the form: "/ack/7Qm2/INC-204".
  std::optional<Instant> paged_again_at;  ///< When the reader is paged next.
  std::string next_level;                 ///< "L2"; "" when nobody is left.
  std::string next_person;
  std::optional<Instant> next_level_at;
  bool can_decline = false;  ///< Offers "I cannot".

  std::optional<AckChart> chart;
  std::vector<AckTold> told;  ///< In order of time.
};

struct AckPage {
  std::string html;                     ///< At most 40 kB.
  std::string content_security_policy;  ///< Goes with this very page: it holds the style's hash.
};

/// Pure: the same data gives the same bytes. The form posts `do=ack`,
/// `do=escalate` or `do=decline`; opening the page changes nothing. A long list
/// or a long text is cut so that the page stays small.
AckPage RenderAckPage(const AckPageData& data);

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_ACK_PAGE_H_
