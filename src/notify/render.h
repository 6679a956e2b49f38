#ifndef HINOMI_NOTIFY_RENDER_H_
#define HINOMI_NOTIFY_RENDER_H_

#include <string>

#include "notify/notify.h"

namespace hinomi::notify {

/// Stands in the body where the sender puts the one-time link that
/// acknowledges without signing in. It is made at sending: no link lies in the
/// journal or the job table.
constexpr const char* kAcknowledgeLink = "{{acknowledge_link}}";

struct Message {
  std::string subject;  ///< One line, no line breaks.
  std::string body;     ///< Plain text, lines end in "\n".
};

struct RenderOptions {
  std::string language = "ja";  ///< "ja" or "en"; anything else is English.
  std::string time_zone;        ///< IANA name; "" or unknown is UTC.
  std::string external_url;     ///< Base of links; "" leaves them out.
};

/// The text of a message about an incident. `kind`: page, acknowledged,
/// resolved, test. `level` and `why` (reason code of the step) may be "".
Message Render(const Topic& topic, const std::string& kind, const std::string& level,
               const std::string& why, const RenderOptions& options);

}  // namespace hinomi::notify

#endif  // HINOMI_NOTIFY_RENDER_H_
