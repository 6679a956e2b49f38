#include "drivers/channels/mail.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

// A line of a mail may have 998 octets; some servers break earlier ones.
constexpr size_t kLongestPlainLine = 900;
// RFC 2045: encoded lines have at most 76 characters.
constexpr size_t kBase64Line = 76;
// RFC 2047: an encoded word has at most 75; "=?UTF-8?B?" and "?=" take 12, and
// 45 octets become 60.
constexpr size_t kEncodedWordOctets = 45;

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

/// Where to cut at most `limit` bytes so that no UTF-8 character is torn.
size_t CutAt(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text.size();
  size_t cut = limit;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return cut > 0 ? cut : limit;
}

std::string WithCrLf(std::string_view text) {
  std::string out;
  for (const std::string_view line : Split(text, '\n')) {
    out += line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    out += "\r\n";
  }
  if (text.ends_with('\n')) out.resize(out.size() - 2);
  return out;
}

bool IsPlain(std::string_view text) {
  const auto lines = Split(text, '\n');
  return std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
    return line.size() <= kLongestPlainLine && IsPrintableAscii(line);
  });
}

std::string InBase64Lines(std::string_view text) {
  const std::string encoded = Base64Encode(text);
  std::string out;
  for (size_t at = 0; at < encoded.size(); at += kBase64Line)
    out += encoded.substr(at, kBase64Line) + "\r\n";
  return out;
}

/// Only what a Message-ID may hold.
std::string IdWord(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '-' || c == '.' || c == '_';
    out += fits ? c : '_';
  }
  return out;
}

std::string Mailbox(std::string_view from) {
  const size_t bracket = from.find('<');
  if (bracket == std::string_view::npos || Trim(from.substr(0, bracket)).empty())
    return MailAddress(from).value_or("");
  return EncodeHeaderText(Trim(from.substr(0, bracket))) + " <" + MailAddress(from).value_or("") +
         ">";
}

}  // namespace

Result<std::string> MailAddress(std::string_view mailbox) {
  std::string_view address = Trim(mailbox);
  const size_t bracket = address.find('<');
  if (bracket != std::string_view::npos && address.ends_with('>'))
    address = address.substr(bracket + 1, address.size() - bracket - 2);
  const size_t at = address.rfind('@');
  const bool one_line = OneLine(mailbox, mailbox.size()) == Trim(mailbox);
  const bool fits = one_line && at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                    address.size() <= 254 &&
                    std::none_of(address.begin(), address.end(), [](char c) {
                      return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' ||
                             c == '>' || c == ',' || c == '"';
                    });
  if (!fits)
    return InvalidArgument("\"" + OneLine(mailbox, 80) + "\" is no mail address (name@domain)");
  return std::string(address);
}

std::string EncodeHeaderText(std::string_view text) {
  if (IsPrintableAscii(text) && text.find("=?") == std::string_view::npos &&
      text.size() <= kLongestPlainLine)
    return std::string(text);
  std::string out;
  while (!text.empty()) {
    const size_t cut = CutAt(text, kEncodedWordOctets);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + Base64Encode(text.substr(0, cut)) + "?=";
    text.remove_prefix(cut);
  }
  return out;
}

std::string FormatMailDate(Instant t) {
  constexpr std::array<const char*, 7> kDays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "2026-11-24T03:12:04Z"
  const std::string iso = FormatRfc3339(Instant::FromSeconds(t.seconds()));
  const int64_t days = t.seconds() / 86'400;
  const auto month = static_cast<size_t>(ParseInt(iso.substr(5, 2)).value_or(1) - 1);
  return std::string(kDays[static_cast<size_t>(days % 7)]) + ", " + iso.substr(8, 2) + " " +
         kMonths[month] + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " +0000";
}

std::string ComposeMail(const Message& message, std::string_view from) {
  const std::string address = MailAddress(from).value_or("hinomi@localhost");
  const std::string domain = address.substr(address.rfind('@') + 1);
  std::string mail;
  const auto header = [&mail](std::string_view name, std::string_view value) {
    mail.append(name).append(": ").append(value).append("\r\n");
  };
  header("From", Mailbox(from));
  header("To", MailAddress(message.destination).value_or(""));
  header("Subject", EncodeHeaderText(OneLine(message.subject, 600)));
  header("Date", FormatMailDate(message.queued_at));
  header("Message-ID", "<" + IdWord(StableId(message)) + "@" + domain + ">");
  if (!message.incident.empty()) {
    const std::string thread = "<" + IdWord(message.incident) + "." +
                               std::to_string(message.incident_opened.millis()) + "@" + domain +
                               ">";
    header("In-Reply-To", thread);
    header("References", thread);
  }
  header("Auto-Submitted", "auto-generated");
  header("X-Hinomi-Page", OneLine(message.id, 80));
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  const bool plain = IsPlain(message.text);
  header("Content-Transfer-Encoding", plain ? "7bit" : "base64");
  mail += "\r\n";
  const std::string text = WithCrLf(message.text);
  return mail + (plain ? text : InBase64Lines(text));
}

}  // namespace hinomi::drivers
