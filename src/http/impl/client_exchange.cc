#include "http/impl/client_exchange.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>

#include "base/strings.h"
#include "http/address_guard.h"
#include "http/impl/answer_reader.h"

namespace hinomi::http {
namespace {

using HeaderList = ClientExchange::HeaderList;
using Exchange = ClientExchange::Progress;

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.head_bytes += size;
  if (exchange.head_bytes > kAnswerHeadLimit) {
    exchange.refusal = Exhausted("the answer's header is larger than 64 KiB");
    return 0;
  }
  const std::string_view line = Trim({data, size});
  auto& headers = exchange.response.headers;
  if (line.starts_with("HTTP/")) {
    headers.clear();  // A 1xx answer came before.
    return size;
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    headers.emplace_back(ToLowerAscii(Trim(line.substr(0, colon))),
                         std::string(Trim(line.substr(colon + 1))));
  }
  return size;
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.request.on_data) {
    exchange.request.on_data({data, size});
    return size;
  }
  std::string& body = exchange.response.body;
  if (size > exchange.request.body_limit_bytes - body.size()) {
    exchange.refusal = AnswerTooLarge(exchange.request.body_limit_bytes);
    return 0;
  }
  body.append(data, size);
  return size;
}

// The guard stands where the socket is made, behind the resolver: no second
// lookup can come in between, so a name that changes its mind gains nothing.
curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.request.guard_addresses) {
    const AddressPolicy policy{.allow_loopback = exchange.request.allow_loopback};
    Status allowed = Denied("only IP addresses are reached");
    if (address->family == AF_INET) {
      sockaddr_in in{};
      std::memcpy(&in, &address->addr, sizeof in);
      allowed = CheckAddress({reinterpret_cast<const uint8_t*>(&in.sin_addr), 4}, policy);
    } else if (address->family == AF_INET6) {
      sockaddr_in6 in{};
      std::memcpy(&in, &address->addr, std::min<size_t>(sizeof in, address->addrlen));
      allowed = CheckAddress({in.sin6_addr.s6_addr, 16}, policy);
    }
    if (!allowed.has_value()) {
      exchange.refusal = allowed.error();
      return CURL_SOCKET_BAD;
    }
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Result<HeaderList> MakeHeaders(const ClientRequest& request) {
  HeaderList list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return false;
    if (longer != list.get()) list.reset(longer);  // Else it is the same list.
    return true;
  };
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
    typed = typed || EqualsIgnoreCase(name, "content-type");
    // "Name;" is curl's way to send a header without a value.
    if (!append(value.empty() ? name + ";" : name + ": " + value)) {
      return Exhausted("no memory for headers");
    }
  }
  // What curl would add by itself: a form's type, and a wait for "100 Continue".
  if (!append("Expect:") || (!typed && !append("Content-Type:")) ||
      (request.accept_gzip && !append("Accept-Encoding: gzip"))) {
    return Exhausted("no memory for headers");
  }
  return list;
}

void SetMethod(CURL* curl, const ClientRequest& request) {
  const std::string& method = request.method;
  if (method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (method != "HEAD" && method != "GET" && method != "POST") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method == "GET" && !request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "GET");
  }
}

void SetOptions(CURL* curl, const ClientRequest& request, Exchange& exchange) {
  const auto timeout_ms = static_cast<long>(std::max<int64_t>(1, request.timeout.millis()));
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  if (!request.on_data) curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  // A resolver that hangs must not hold the caller beyond the timeout.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  // Not from the environment: behind a proxy the guard would judge the proxy.
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "hinomi");
  if (!request.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (!request.tls_certificate.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, request.tls_certificate.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, request.tls_key.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, request.verify_tls ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, request.verify_tls ? 2L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
  SetMethod(curl, request);
}

ErrorCode Classify(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_URL_MALFORMAT:
      return ErrorCode::kInvalidArgument;
    case CURLE_OUT_OF_MEMORY:
      return ErrorCode::kExhausted;
    // CURLE_UNSUPPORTED_PROTOCOL is HTTP/0.9 here, i.e. anything that is no
    // HTTP: CheckUrl has judged the scheme already.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorCode::kCorrupt;
    default:
      return ErrorCode::kUnavailable;
  }
}

int64_t CertificateExpiry(CURL* curl) {
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr ||
      chain->num_of_certs < 1) {
    return 0;
  }
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    if (std::strncmp(line->data, "Cert:", 5) != 0) continue;
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(line->data + 5, -1),
                                                        BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> leaf(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    std::tm parts{};
    if (leaf == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(leaf.get()), &parts) != 1) return 0;
    return timegm(&parts);
  }
  return 0;
}

Duration Phase(CURL* curl, CURLINFO which) {
  curl_off_t micros = 0;
  curl_easy_getinfo(curl, which, &micros);
  return Duration::Micros(micros);
}

void ReadPhases(CURL* curl, ClientResponse& response) {
  response.resolve = Phase(curl, CURLINFO_NAMELOOKUP_TIME_T);
  response.connect = Phase(curl, CURLINFO_CONNECT_TIME_T);
  response.tls = Phase(curl, CURLINFO_APPCONNECT_TIME_T);
  response.first_byte = Phase(curl, CURLINFO_STARTTRANSFER_TIME_T);
  response.total = Phase(curl, CURLINFO_TOTAL_TIME_T);
}

/// Where an exchange that failed stood: by its code where that tells, else by
/// the phases that it had behind it.
std::string FailedPhase(CURL* curl, CURLcode code, bool secure, bool has_head) {
  switch (code) {
    case CURLE_GOT_NOTHING:
      return "processing";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "resolve";
    case CURLE_COULDNT_CONNECT:
      return "connect";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return "tls";
    default:
      break;
  }
  const Duration none;
  if (Phase(curl, CURLINFO_NAMELOOKUP_TIME_T) == none) return "resolve";
  if (Phase(curl, CURLINFO_CONNECT_TIME_T) == none) return "connect";
  if (secure && Phase(curl, CURLINFO_APPCONNECT_TIME_T) == none) return "tls";
  // curl takes the end of a connection for the first byte of an answer.
  const bool broke = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
  const bool began = Phase(curl, CURLINFO_STARTTRANSFER_TIME_T) != none && (has_head || !broke);
  return began ? "transfer" : "processing";
}

}  // namespace

void PrepareClient() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Result<std::unique_ptr<ClientExchange>> ClientExchange::Prepare(const ClientRequest& request) {
  PrepareClient();
  HN_TRY(const UrlParts url, ParseUrl(request.url));
  HN_TRY_VOID(CheckRequest(request));
  HN_TRY(HeaderList headers, MakeHeaders(request));
  std::unique_ptr<ClientExchange> exchange(
      new ClientExchange(request, url.Place(), std::move(headers)));
  if (exchange->curl_ == nullptr) {
    return Exhausted("no memory for a request to " + exchange->place_);
  }
  CURL* const curl = exchange->curl_.get();
  SetOptions(curl, exchange->progress_.request, exchange->progress_);
  if (!request.tls_server_name.empty() && url.scheme == "https") {
    HN_TRY_VOID(exchange->AskUnderName(url, request.tls_server_name));
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers_.get());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->reason_);
  return exchange;
}

Status ClientExchange::AskUnderName(const UrlParts& url, const std::string& name) {
  const std::string port = url.port.empty() ? "443" : url.port;
  const std::string at = "::" + url.host + ":" + port;
  connect_to_.reset(curl_slist_append(nullptr, at.c_str()));
  const std::string host = "Host: " + url.host + (url.port.empty() ? "" : ":" + url.port);
  curl_slist* const longer = curl_slist_append(headers_.get(), host.c_str());
  if (connect_to_ == nullptr || longer == nullptr) return Exhausted("no memory for headers");
  const std::string query = url.query.empty() ? "" : "?" + url.query;
  const std::string asked = "https://" + name + ":" + port + url.path + query;
  if (curl_easy_setopt(curl_.get(), CURLOPT_URL, asked.c_str()) != CURLE_OK)
    return InvalidArgument("no request was made: \"" + name + "\" is no server's name");
  curl_easy_setopt(curl_.get(), CURLOPT_CONNECT_TO, connect_to_.get());
  return {};
}

bool ClientExchange::Renew(const ClientRequest& request) {
  if (!SameRequest(progress_.request, request)) return false;
  progress_.request.trace = request.trace;
  progress_.response = {};
  progress_.head_bytes = 0;
  progress_.refusal.reset();
  reason_[0] = '\0';
  return true;
}

Result<ClientResponse> ClientExchange::Finish(CURLcode code) {
  CURL* const curl = curl_.get();
  ClientTrace* const trace = progress_.request.trace;
  const std::string context = progress_.request.method + " " + place_;
  if (code != CURLE_OK) {
    if (trace != nullptr)
      *trace = {FailedPhase(curl, code, place_.starts_with("https:"), progress_.head_bytes > 0),
                code == CURLE_PEER_FAILED_VERIFICATION};
    if (progress_.refusal.has_value()) return std::move(*progress_.refusal).WithContext(context);
    const std::string why = reason_[0] == '\0' ? curl_easy_strerror(code) : reason_;
    return Error{Classify(code), why}.WithContext(context);
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  progress_.response.status = static_cast<int>(status);
  progress_.response.certificate_expiry_s = CertificateExpiry(curl);
  ReadPhases(curl, progress_.response);
  if (Status unpacked = UnpackBody(progress_.request, progress_.response); !unpacked) {
    if (trace != nullptr) *trace = {"transfer", false};
    return std::move(unpacked).error().WithContext(context);
  }
  return std::move(progress_.response);
}

}  // namespace hinomi::http
