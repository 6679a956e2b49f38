#include "metrics/impl/scrape_request.h"

#include <utility>

#include "base/strings.h"
#include "metrics/impl/redirect.h"

namespace hinomi::metrics {
namespace {

constexpr const char* kAccept =
    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
constexpr const char* kAcceptProtobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "q=0.9,";

http::ClientRequest RequestOf(const ScrapeJob& job, const ScrapeTarget& target) {
  http::ClientRequest request;
  request.url = target.url;
  request.timeout = target.timeout;
  request.body_limit_bytes = job.body_limit_bytes;
  request.accept_gzip = job.accept_gzip;
  request.ca_file = job.tls.ca_file;
  request.verify_tls = job.tls.verify;
  request.tls_certificate = job.tls.certificate_file;
  request.tls_key = job.tls.key_file;
  request.tls_server_name = job.tls.server_name;
  request.headers = job.headers;
  const char* protobuf = job.scrape_native_histograms ? kAcceptProtobuf : "";
  request.headers.emplace_back("Accept",
                               job.accept.empty() ? std::string(protobuf) + kAccept : job.accept);
  request.headers.emplace_back("User-Agent", "hinomi");
  request.headers.emplace_back("X-Prometheus-Scrape-Timeout-Seconds",
                               FormatDouble(request.timeout.ToSeconds()));
  return request;
}

/// The secret itself, or the file's content without the blanks around it.
Result<std::string> SecretOf(const std::string& text, const std::string& file, Files& files) {
  if (file.empty()) return text;
  HN_TRY(const std::string content, files.ReadAll(file));
  return std::string(Trim(content));
}

/// Scheme, host and port.
std::string_view OriginOf(std::string_view url) {
  const size_t host = url.find("://");
  return host == std::string_view::npos ? url : url.substr(0, url.find('/', host + 3));
}

}  // namespace

ScrapeRequest::ScrapeRequest(const ScrapeJob& job, const ScrapeTarget& target)
    : request_(RequestOf(job, target)), credentials_(job.credentials), redirects_(job.redirects) {}

Status ScrapeRequest::Authorize(Files& files) {
  using Kind = ScrapeCredentials::Kind;
  const ScrapeCredentials& who = credentials_;
  if (who.kind == Kind::kNone) return {};
  const bool fixed = who.user_file.empty() && who.secret_file.empty();
  if (authorized_ && fixed) return {};
  HN_TRY(const std::string secret, SecretOf(who.secret, who.secret_file, files));
  std::string value;
  if (who.kind == Kind::kBasic) {
    HN_TRY(const std::string user, SecretOf(who.user, who.user_file, files));
    value = "Basic " + Base64Encode(user + ":" + secret);
  } else {
    value = who.type + " " + secret;
  }
  if (!std::exchange(authorized_, true))
    request_.headers.insert(request_.headers.begin(), {"Authorization", ""});
  request_.headers.front().second = std::move(value);
  return {};
}

Result<http::ClientResponse> ScrapeRequest::Ask(const FetchFunction& fetch, Files& files,
                                                const Clock& clock) {
  const Status authorized = Authorize(files);
  no_credentials_ = !authorized;
  if (!authorized) {
    Error error = authorized.error();
    return std::move(error).WithContext("the credentials cannot be read");
  }
  request_.kept = keeps_exchange ? &kept_ : nullptr;
  const Duration deadline = clock.Monotonic() + request_.timeout;
  auto response = fetch(request_);
  redirected_ = !IsFinal(response);
  if (!redirected_) return response;
  return Follow(fetch, clock, deadline, *std::move(response));
}

std::unique_ptr<http::PendingAnswer> ScrapeRequest::Send(const SendFunction& send, Files& files) {
  if (!keeps_exchange || redirected_ || !Authorize(files)) return nullptr;
  request_.kept = &kept_;
  return send(request_);
}

bool ScrapeRequest::IsFinal(const Result<http::ClientResponse>& answer) const {
  return !answer || redirects_ == 0 || !IsRedirect(answer->status);
}

Result<http::ClientResponse> ScrapeRequest::Follow(const FetchFunction& fetch, const Clock& clock,
                                                   Duration deadline,
                                                   http::ClientResponse response) {
  http::ClientRequest next = request_;
  next.kept = nullptr;
  // Where a stranger sends us to is not where the operator sent us.
  next.guard_addresses = true;
  for (int followed = 0; IsRedirect(response.status); ++followed) {
    const std::string location = HeaderOf(response, "location");
    if (location.empty()) break;
    if (followed == redirects_)
      return Denied("a redirect too many: " + std::to_string(followed) + " were followed, and " +
                    next.url + " leads to " + location);
    HN_TRY(const std::string url, FollowedUrl(next.url, location));
    if (OriginOf(url) != OriginOf(request_.url))
      std::erase_if(next.headers, [](const auto& header) {
        return EqualsIgnoreCase(header.first, "authorization");
      });
    next.url = url;
    next.timeout = deadline - clock.Monotonic();
    if (next.timeout <= Duration()) return Timeout("no whole answer within the time of a scrape");
    HN_TRY(response, fetch(next));
  }
  return response;
}

}  // namespace hinomi::metrics
