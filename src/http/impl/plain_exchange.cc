#include "http/impl/plain_exchange.h"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <optional>
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

/// One request on its way: what came of the answer, and the time left. It has the exchange's
/// connection, which is closed with it unless it may be asked again.
class PlainExchange::Flight : public PendingAnswer {
 public:
  explicit Flight(PlainExchange& exchange)
      : exchange_(exchange),
        begun_(clock_.Monotonic()),
        deadline_(clock_, exchange.request_.timeout) {}

  /// On the exchange's connection: what was read of an answer before is forgotten.
  Status Send() {
    connection_ = std::move(exchange_.connection_);
    fd_ = SocketOf(*connection_);
    reader_.emplace(exchange_.request_.body_limit_bytes);
    Status sent = SendAll(fd_, exchange_.head_, deadline_);
    if (!sent && sent.error().code == ErrorCode::kTimeout) return TimeIsUp();
    lost_ = !sent.has_value();
    return sent;
  }

  /// Waits for the whole answer.
  Result<ClientResponse> Await() {
    for (;;) {
      // First the wait: who sends without end must not outlast the deadline.
      const Status ready = AwaitSocket(fd_, POLLIN, deadline_);
      if (!ready) return ready.error().code == ErrorCode::kTimeout ? TimeIsUp() : ready.error();
      HN_TRY(const std::optional<bool> whole, ReadOnce());
      if (whole.value_or(false)) return End();
    }
  }

  std::optional<Result<ClientResponse>> Receive() override {
    for (;;) {
      if (Left() <= Duration()) return Failed(TimeIsUp());
      auto whole = ReadOnce();
      if (!whole) return Failed(std::move(whole).error());
      if (!whole->has_value()) return std::nullopt;
      if (!**whole) continue;
      auto answer = End();
      return answer ? std::move(answer) : Failed(std::move(answer).error());
    }
  }

  int fd() const override { return fd_; }
  Duration Left() const override { return deadline_.Left(); }
  bool lost() const override { return lost_; }
  bool answered() const { return received_ > 0; }

  Error Failed(Error error) const {
    return std::move(error).WithContext("GET " + exchange_.place_);
  }

 private:
  /// Whether the answer is whole now; nothing if nothing has come.
  Result<std::optional<bool>> ReadOnce() {
    const auto come = ReceiveNow(fd_, reader_->Room());
    if (come && !come->has_value()) return std::optional<bool>();
    if (received_ == 0) lost_ = !come || **come == 0;
    if (!come) return come.error();
    if (received_ == 0) first_byte_ = clock_.Monotonic() - begun_;
    received_ += **come;
    HN_TRY(const bool whole, reader_->Add(**come));
    return std::optional(whole);
  }

  Result<ClientResponse> End() {
    WireAnswer answer = reader_->Take();
    HN_TRY_VOID(UnpackBody(exchange_.request_, answer.response));
    if (answer.keeps_open) exchange_.connection_ = std::move(connection_);
    answer.response.first_byte = first_byte_;
    answer.response.total = clock_.Monotonic() - begun_;
    return std::move(answer.response);
  }

  Error TimeIsUp() const {
    const std::string within = " within " + FormatDuration(exchange_.request_.timeout);
    if (received_ == 0) return Timeout("timed out: no answer" + within);
    return Timeout("timed out: the answer did not end" + within + "; " + std::to_string(received_) +
                   " bytes had come");
  }

  PlainExchange& exchange_;
  SystemClock clock_;
  Duration begun_;
  hinomi::Deadline deadline_;  // Not the server's, of http/impl/deadline.h.
  std::unique_ptr<ClientExchange> connection_;
  std::optional<AnswerReader> reader_;
  int fd_ = -1;
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

bool PlainExchange::IsOpen() const {
  return connection_ != nullptr && IsQuiet(SocketOf(*connection_));
}

std::unique_ptr<PendingAnswer> PlainExchange::Send() {
  if (!IsOpen()) return nullptr;
  // Does not block: an idle connection has room for a head.
  auto flight = std::make_unique<Flight>(*this);
  if (!flight->Send()) return nullptr;
  return flight;
}

Result<ClientResponse> PlainExchange::Fetch(ClientTrace* trace) {
  Flight flight(*this);
  const auto ask = [&flight]() -> Result<ClientResponse> {
    HN_TRY_VOID(flight.Send());
    return flight.Await();
  };
  if (!IsOpen()) connection_ = nullptr;
  const bool kept = connection_ != nullptr;
  ClientResponse phases;
  if (!kept) {
    HN_TRY(phases, Connect(flight.Left(), trace));
  }
  auto answer = ask();
  if (!answer && kept && flight.lost()) {  // It was closed just now: not the target's fault.
    HN_TRY(phases, Connect(flight.Left(), trace));
    answer = ask();
  }
  if (!answer) {
    if (trace != nullptr) *trace = {flight.answered() ? "transfer" : "processing", false};
    return flight.Failed(std::move(answer).error());
  }
  answer->resolve = phases.resolve;
  answer->connect = phases.connect;
  return answer;
}

}  // namespace hinomi::http
