#include "http/impl/plain_exchange.h"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "base/strings.h"
#include "http/impl/answer_reader.h"
#include "os/socket_io.h"
#include "os/system_clock.h"

namespace hinomi::http {
namespace {

std::string RequestHead(const ClientRequest& request, const UrlParts& url) {
  const auto given = [&request](std::string_view name) {
    return std::ranges::any_of(request.headers, [name](const auto& header) {
      return EqualsIgnoreCase(header.first, name);
    });
  };
  std::string head = "GET " + url.path + (url.query.empty() ? "" : "?" + url.query);
  head += " HTTP/1.1\r\n";
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  if (!given("host"))
    add("Host", url.port.empty() || url.port == "80" ? url.host : url.host + ":" + url.port);
  if (!given("user-agent")) add("User-Agent", "hinomi");
  if (!given("accept")) add("Accept", "*/*");
  for (const auto& [name, value] : request.headers) add(name, value);
  if (request.accept_gzip) add("Accept-Encoding", "gzip");
  return head + "\r\n";
}

int SocketOf(const ClientExchange& connection) {
  curl_socket_t fd = CURL_SOCKET_BAD;
  curl_easy_getinfo(connection.handle(), CURLINFO_ACTIVESOCKET, &fd);
  return fd;
}

/// Whether the other side has neither closed nor said anything unasked.
bool IsQuiet(int fd) {
  pollfd look{fd, POLLIN, 0};
  return ::poll(&look, 1, 0) == 0;
}

}  // namespace

/// One request on its way: time left, and how far it came.
class PlainExchange::Sending {
 public:
  explicit Sending(Duration timeout)
      : timeout_(timeout), begun_(clock_.Monotonic()), deadline_(clock_, timeout) {}

  Duration left() const { return deadline_.Left(); }
  Duration elapsed() const { return clock_.Monotonic() - begun_; }
  Duration first_byte() const { return first_byte_; }
  bool answered() const { return received_ > 0; }
  /// No byte came and the connection is at fault: a kept one may just have been closed.
  bool lost() const { return lost_; }

  Status Send(int fd, std::string_view bytes) {
    Status sent = SendAll(fd, bytes, deadline_);
    if (!sent && sent.error().code == ErrorCode::kTimeout) return TimeIsUp();
    lost_ = !sent.has_value();
    return sent;
  }

  Result<size_t> Receive(int fd, std::span<char> into) {
    const auto count = ReceiveSome(fd, into, deadline_);
    if (!count && count.error().code == ErrorCode::kTimeout) return TimeIsUp();
    if (received_ == 0) lost_ = !count || *count == 0;
    if (!count) return count;
    if (received_ == 0) first_byte_ = elapsed();
    received_ += *count;
    return count;
  }

 private:
  Error TimeIsUp() const {
    const std::string within = " within " + FormatDuration(timeout_);
    if (received_ == 0) return Timeout("timed out: no answer" + within);
    return Timeout("timed out: the answer did not end" + within + "; " + std::to_string(received_) +
                   " bytes had come");
  }

  SystemClock clock_;
  Duration timeout_;
  Duration begun_;
  hinomi::Deadline deadline_;  // Not the server's, of http/impl/deadline.h.
  Duration first_byte_;
  size_t received_ = 0;
  bool lost_ = false;
};

bool PlainExchange::Serves(const ClientRequest& request) {
  if (request.kept == nullptr || request.method != "GET" || !request.body.empty() ||
      request.on_data) {
    return false;
  }
  // libcurl makes a header of a user, and other letters of a name into ASCII.
  const auto url = ParseUrl(request.url);
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '%'; };
  return url && url->scheme == "http" && url->user.empty() && std::ranges::all_of(url->host, plain);
}

Result<std::unique_ptr<PlainExchange>> PlainExchange::Prepare(const ClientRequest& request) {
  HN_TRY(const UrlParts url, ParseUrl(request.url));
  HN_TRY_VOID(CheckRequest(request));
  return std::unique_ptr<PlainExchange>(
      new PlainExchange(request, url.Place(), RequestHead(request, url)));
}

Result<ClientResponse> PlainExchange::Connect(Duration left, ClientTrace* trace) {
  ClientRequest request = request_;
  request.timeout = left;
  request.trace = trace;
  HN_TRY(auto connection, ClientExchange::Prepare(request));
  curl_easy_setopt(connection->handle(), CURLOPT_CONNECT_ONLY, 1L);
  HN_TRY(ClientResponse phases, connection->Finish(curl_easy_perform(connection->handle())));
  connection_ = std::move(connection);
  return phases;
}

Result<ClientResponse> PlainExchange::Ask(Sending& sending) {
  auto connection = std::move(connection_);
  const int fd = SocketOf(*connection);
  HN_TRY_VOID(sending.Send(fd, head_));
  const ByteSource source = [&](std::span<char> into) { return sending.Receive(fd, into); };
  HN_TRY(WireAnswer answer, ReadAnswer(source, request_.body_limit_bytes));
  HN_TRY_VOID(UnpackBody(request_, answer.response));
  if (answer.keeps_open) connection_ = std::move(connection);
  return std::move(answer.response);
}

Result<ClientResponse> PlainExchange::Fetch(ClientTrace* trace) {
  Sending sending(request_.timeout);
  if (connection_ != nullptr && !IsQuiet(SocketOf(*connection_))) connection_ = nullptr;
  const bool kept = connection_ != nullptr;
  ClientResponse phases;
  if (!kept) {
    HN_TRY(phases, Connect(sending.left(), trace));
  }
  auto answer = Ask(sending);
  if (!answer && kept && sending.lost()) {  // It was closed just now: not the target's fault.
    HN_TRY(phases, Connect(sending.left(), trace));
    answer = Ask(sending);
  }
  if (!answer) {
    if (trace != nullptr) *trace = {sending.answered() ? "transfer" : "processing", false};
    return std::move(answer).error().WithContext("GET " + place_);
  }
  answer->resolve = phases.resolve;
  answer->connect = phases.connect;
  answer->first_byte = sending.first_byte();
  answer->total = sending.elapsed();
  return answer;
}

}  // namespace hinomi::http
