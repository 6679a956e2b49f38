// modules: hn_drivers
// What receivers answer (Retry-After) and what people enter as mail addresses
// and subjects.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drivers/channels/channel.h"
#include "drivers/channels/mail.h"
#include "drivers/channels/webhook.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hinomi::Duration;
  using hinomi::Instant;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Instant now = Instant::FromSeconds(1'800'000'000);
  if (const auto asked = hinomi::drivers::ParseRetryAfter(text, now))
    Require(*asked >= Duration() && *asked <= Duration::Days(30));

  const auto address = hinomi::drivers::MailAddress(text);
  if (address) Require(address->find_first_of("\r\n <>,") == std::string::npos);

  // Whatever the words, each header is one, and the body begins where it should.
  hinomi::drivers::Message message;
  message.id = message.subject = message.incident = text;
  message.destination = "a@example.com";
  const std::string mail = hinomi::drivers::ComposeMail(message, text);
  const std::string_view head = std::string_view(mail).substr(0, mail.find("\r\n\r\n"));
  size_t fields = 0;
  for (size_t at = 0; at != std::string_view::npos; at = head.find("\r\n", at)) {
    if (at != 0) at += 2;
    Require(head[at] != '\n');
    fields += head[at] != ' ';
  }
  Require(fields == (text.empty() ? 10u : 12u));
  return 0;
}
