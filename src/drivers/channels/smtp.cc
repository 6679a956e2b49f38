#include "drivers/channels/smtp.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/strings.h"
#include "drivers/channels/mail.h"

namespace hinomi::drivers {
namespace {

struct CurlCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What the callbacks of one delivery share.
struct Exchange {
  std::string_view unsent;
  std::string last_reply;
};

size_t OnRead(char* buffer, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const size_t n = std::min(size * count, exchange.unsent.size());
  std::memcpy(buffer, exchange.unsent.data(), n);
  exchange.unsent.remove_prefix(n);
  return n;
}

// libcurl hands the server's lines over as "headers".
size_t OnReply(char* data, size_t, size_t size, void* user) {
  // The answer to QUIT comes after the one that counts.
  const std::string_view line(data, size);
  if (!line.starts_with("221")) static_cast<Exchange*>(user)->last_reply = OneLine(line);
  return size;
}

size_t OnBody(char*, size_t, size_t size, void*) {
  return size;
}

Outcome Judge(CURLcode code, long reply, const std::string& words) {
  const std::string detail = words.empty() ? curl_easy_strerror(code) : words;
  const bool for_good = reply >= 500 && reply < 600;
  switch (code) {
    case CURLE_OK:
      return {Delivery::kDelivered, "accepted", detail};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return {Delivery::kRetry, "unreachable", curl_easy_strerror(code)};
    case CURLE_OPERATION_TIMEDOUT:
      // Perhaps it was accepted; a mail twice is better than none.
      return {Delivery::kRetry, "timeout", "no answer in time; before: " + words};
    case CURLE_USE_SSL_FAILED:
      return {Delivery::kFailed, "tls_failed",
              "the server offers no STARTTLS, which this channel requires (tls)"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return {Delivery::kFailed, "tls_failed", curl_easy_strerror(code)};
    case CURLE_LOGIN_DENIED:
      if (!for_good) return {Delivery::kRetry, "server_error", detail};
      return {Delivery::kFailed, "auth_failed", detail};
    default:
      break;
  }
  if (for_good) return {Delivery::kFailed, "refused", detail};
  if (reply == 421 || (reply >= 450 && reply <= 452))
    return {Delivery::kRetry, "throttled", detail};
  if (reply >= 400 && reply < 500) return {Delivery::kRetry, "server_error", detail};
  return {Delivery::kRetry, "bad_answer", std::string(curl_easy_strerror(code)) + "; " + words};
}

class SmtpChannel : public Channel {
 public:
  explicit SmtpChannel(SmtpSettings settings, std::string envelope_from)
      : settings_(std::move(settings)), envelope_from_(std::move(envelope_from)) {}

  Outcome Send(const Message& message, Instant) override {
    const auto to = MailAddress(message.destination);
    if (!to) return {Delivery::kFailed, "bad_address", to.error().message};
    const std::unique_ptr<CURL, CurlCleanup> handle(curl_easy_init());
    const std::unique_ptr<curl_slist, CurlCleanup> recipients(
        curl_slist_append(nullptr, to->c_str()));
    if (handle == nullptr || recipients == nullptr)
      return {Delivery::kRetry, "server_error", "no memory for a mail"};
    const std::string mail = ComposeMail(message, settings_.from);
    Exchange exchange{mail, {}};
    CURL* const curl = handle.get();
    Prepare(curl);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    const CURLcode code = curl_easy_perform(curl);
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    return Judge(code, reply, exchange.last_reply);
  }

 private:
  void Prepare(CURL* curl) const {
    const bool implicit = settings_.tls == SmtpTls::kImplicit;
    const std::string domain = envelope_from_.substr(envelope_from_.rfind('@') + 1);
    const std::string url =
        (implicit ? "smtps://" : "smtp://") + settings_.server + "/" + domain;  // EHLO's name
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.millis()));
    // Of each reply, the one to QUIT after a timeout included.
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     std::max<long>(static_cast<long>(settings_.timeout.seconds()), 1L));
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, envelope_from_.c_str());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnReply);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
    const bool required = settings_.tls == SmtpTls::kStartTls || implicit;
    long use_ssl = CURLUSESSL_TRY;
    if (settings_.tls == SmtpTls::kNone) use_ssl = CURLUSESSL_NONE;
    if (required) use_ssl = CURLUSESSL_ALL;
    curl_easy_setopt(curl, CURLOPT_USE_SSL, use_ssl);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, required ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, required ? 2L : 0L);
    if (!settings_.ca_file.empty())
      curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
    if (!settings_.username.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.username.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
    }
  }

  SmtpSettings settings_;
  std::string envelope_from_;
};

bool IsHostAndPort(std::string_view server) {
  const size_t colon = server.rfind(':');
  const bool has_port = colon != std::string_view::npos && colon > 0 &&
                        ParseUint(server.substr(colon + 1)).value_or(65536) <= 65535;
  return has_port && std::none_of(server.begin(), server.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '/' || c == '@' || c == '?' ||
                  c == '#';
         });
}

}  // namespace

Result<std::unique_ptr<Channel>> MakeSmtpChannel(SmtpSettings settings) {
  if (!IsHostAndPort(settings.server))
    return InvalidArgument("server: expected host:port, such as mail.example.com:587");
  auto from = MailAddress(settings.from);
  if (!from) return std::move(from).error().WithContext("from");
  if (!settings.username.empty()) {
    if (settings.tls == SmtpTls::kNone)
      return InvalidArgument("tls: a password is sent under TLS only; set starttls or implicit");
    if (settings.tls == SmtpTls::kIfOffered) settings.tls = SmtpTls::kStartTls;
  }
  return std::unique_ptr<Channel>(
      std::make_unique<SmtpChannel>(std::move(settings), *std::move(from)));
}

}  // namespace hinomi::drivers
