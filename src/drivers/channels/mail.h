#ifndef HINOMI_DRIVERS_CHANNELS_MAIL_H_
#define HINOMI_DRIVERS_CHANNELS_MAIL_H_

#include <string>
#include <string_view>

#include "base/clock.h"
#include "drivers/channels/channel.h"

namespace hinomi::drivers {

/// The address in "Hinomi <hinomi@example.com>" or the bare one. Whatever could
/// not stand in an envelope or a header (blanks, control characters, no @) is
/// kInvalidArgument.
Result<std::string> MailAddress(std::string_view mailbox);

/// A mail (RFC 5322) with CRLF lines: stable Message-ID and Date over attempts,
/// References that bind an incident's mails into one thread, Auto-Submitted
/// (RFC 3834) so that absence notices stay away, UTF-8 by RFC 2047 and base64.
/// `from` and the destination must pass MailAddress.
std::string ComposeMail(const Message& message, std::string_view from);

/// Header text by RFC 2047 when it is not printable ASCII; folded lines.
std::string EncodeHeaderText(std::string_view text);
/// "Tue, 24 Nov 2026 03:12:04 +0000"
std::string FormatMailDate(Instant t);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_MAIL_H_
