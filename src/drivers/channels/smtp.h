#ifndef HINOMI_DRIVERS_CHANNELS_SMTP_H_
#define HINOMI_DRIVERS_CHANNELS_SMTP_H_

#include <memory>
#include <string>

#include "drivers/channels/channel.h"

namespace hinomi::drivers {

enum class SmtpTls {
  kIfOffered,  ///< STARTTLS where offered, unverified: no worse than plain. With a
               ///< password it is as kStartTls.
  kNone,       ///< Never; then no password is sent either.
  kStartTls,   ///< Required, certificate verified.
  kImplicit,   ///< TLS from the first byte (port 465), certificate verified.
};

struct SmtpSettings {
  std::string server;  ///< "host:port"
  std::string from;    ///< "hinomi@example.com" or "Hinomi <hinomi@example.com>"
  std::string username;
  std::string password;
  SmtpTls tls = SmtpTls::kIfOffered;
  std::string ca_file;                       ///< "" for the system's.
  Duration timeout = Duration::Seconds(25);  ///< As much again for its QUIT.
};

/// Mail by SMTP submission (RFC 5321). Answers 4xx are for later, 5xx for good;
/// when the end of DATA got no answer the mail is sent again under the same
/// Message-ID. kInvalidArgument: server, from, or a password without TLS.
Result<std::unique_ptr<Channel>> MakeSmtpChannel(SmtpSettings settings);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_SMTP_H_
