#include "http/impl/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/none.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "http/answer.h"
#include "http/impl/deadline.h"
#include "http/impl/exchange.h"
#include "http/impl/head.h"
#include "http/impl/stream_queue.h"

namespace hinomi::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr size_t kHeaderCountLimit = 100;
constexpr size_t kReadPiece = 64u << 10;
constexpr size_t kJoinBelow = 16u << 10;  // Small bodies go out with their head in one write.
// A reader that takes less than this many bytes a second beyond the body
// timeout is cut off.
constexpr uint64_t kSlowestReader = 64u << 10;
constexpr uint64_t kLingerBytes = 1u << 20;
constexpr Duration kLinger = Duration::Seconds(1);
constexpr std::chrono::milliseconds kPutOff(50);  // How soon who waits for a turn asks again.

std::string PeerOf(const tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return "";
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

template <typename Stream>
class ConnectionOf final : public Connection,
                           public std::enable_shared_from_this<ConnectionOf<Stream>> {
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

 public:
  template <typename... Args>
  ConnectionOf(ServerContext& context, ConnectionSet& connections, Args&&... args)
      : context_(context),
        connections_(connections),
        stream_(std::forward<Args>(args)...),
        peer_(PeerOf(socket())),
        buffer_(context.config.header_limit_bytes + 2 * kReadPiece),
        deadline_(socket()),
        news_(stream_.get_executor()) {
    connections_.insert(this);
  }
  ~ConnectionOf() override {
    if (queue_ != nullptr) queue_->Finish();
    connections_.erase(this);
    context_.Leave();
  }

  void Start() {
    asio::co_spawn(stream_.get_executor(), Run(),
                   [self = this->shared_from_this()](std::exception_ptr thrown) {
                     if (thrown) self->context_.log.Failed("a connection ended by an exception");
                   });
  }

  void Drain() override {
    draining_ = true;
    if (queue_ != nullptr) queue_->Close();
    news_.cancel();
    error_code ec;
    if (idle_) socket().cancel(ec);
  }

  void Abort() override {
    error_code ec;
    socket().close(ec);
  }

 private:
  enum class After { kNext, kClose, kGone };

  tcp::socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void Arm(Duration after) { deadline_.Arm(after, this->shared_from_this()); }

  asio::awaitable<void> Run() {
    if constexpr (kTls) {
      Arm(context_.config.header_timeout);
      const auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
      gone_ = bool(ec);
    }
    After after = gone_ ? After::kGone : After::kNext;
    while (after == After::kNext) after = co_await ServeOne();
    if (after == After::kClose) co_await CloseGently();
    deadline_.End();
    error_code ec;
    socket().close(ec);
  }

  asio::awaitable<After> ServeOne() {
    Request request;
    request.peer = peer_;
    request.secure = kTls;
    if (buffer_.size() == 0) {
      const bool ready = co_await AwaitFirstByte();
      if (!ready) co_return After::kGone;
    }
    Parser parser;
    parser.header_limit(static_cast<uint32_t>(context_.config.header_limit_bytes));
    parser.body_limit(boost::none);  // Known once the route is.
    Arm(context_.config.header_timeout);
    const auto [ec, bytes] =
        co_await beast::http::async_read_header(stream_, buffer_, parser, kAwait);
    const Duration started = context_.clock.Monotonic();
    if (ec) co_return co_await RefuseUnreadable(ec, request);

    const bool keep = TakeHead(parser, request);
    Admission admission = Judge(parser, request);
    bool body_read = true;
    if (!admission.refusal.has_value()) {
      std::optional<Response> refusal = co_await ReadBody(parser, *admission.route, request);
      if (gone_) co_return After::kGone;
      admission.refusal = std::move(refusal);
    } else {
      body_read = parser.is_done();
    }
    const bool refused = admission.refusal.has_value();
    Response response;
    if (refused) {
      response = *std::move(admission.refusal);
    } else {
      deadline_.Disarm();
      const Route& route = *admission.route;
      co_await RunOnWorker(
          route, request, [&] { return route.handler(request); }, response);
      while (response.later) {
        co_await WaitForTurn(request, response);
        if (response.later) co_await RunOnWorker(route, request, response.later, response);
      }
    }
    body_read = body_read && parser.is_done();
    // After a 400 nobody can be sure where the next request begins.
    const bool keep_alive =
        keep && body_read && response.status != 400 && !draining_ && !context_.stopping;
    const bool http_1_0 = parser.get().version() == 10;
    // Before it is sent: a stream may last for days.
    CountAnswer(context_, admission.route, response.status, context_.clock.Monotonic() - started);
    After after = After::kGone;
    if (response.stream && request.method != "HEAD") {
      co_await ServeStream(*admission.route, response, http_1_0);
    } else {
      after = co_await Answer(response, request.method == "HEAD", keep_alive);
    }
    co_return after;
  }

  asio::awaitable<bool> AwaitFirstByte() {
    if (draining_ || context_.stopping) co_return false;
    Arm(fresh_ ? context_.config.header_timeout : context_.config.idle_timeout);
    buffer_.shrink_to_fit();  // There may be many connections that wait.
    fresh_ = false;
    idle_ = true;
    const auto [ec, bytes] = co_await stream_.async_read_some(buffer_.prepare(4096), kAwait);
    idle_ = false;
    if (ec) co_return false;
    buffer_.commit(bytes);
    co_return true;
  }

  // Of a head that is too long, too slow or no HTTP. Nobody is told who left.
  asio::awaitable<After> RefuseUnreadable(error_code ec, const Request& request) {
    namespace http_error = beast::http;
    Response response;
    if (deadline_.expired()) {
      response = Refuse(context_, request, 408, "slow_header", "the request took too long to come");
    } else if (ec == http_error::error::header_limit || ec == http_error::error::buffer_overflow) {
      response = Refuse(context_, request, 431, "header_too_large",
                        "the request's header is larger than this server takes");
    } else if (ec.category() == make_error_code(http_error::error::bad_method).category() &&
               ec != http_error::error::end_of_stream && ec != http_error::error::partial_message) {
      response = Refuse(context_, request, 400, "bad_request", "this is no HTTP/1.1 request");
    } else {
      co_return After::kGone;
    }
    CountAnswer(context_, nullptr, response.status, Duration());
    co_return co_await Answer(response, false, false);
  }

  // Copies the head. Trailers that a chunked body brings later are not in it.
  bool TakeHead(const Parser& parser, Request& request) {
    const auto& message = parser.get();
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    return message.keep_alive();
  }

  Admission Judge(Parser& parser, Request& request) {
    Admission admission;
    const unsigned version = parser.get().version();
    if (version != 10 && version != 11) {
      admission.refusal =
          Refuse(context_, request, 400, "bad_request", "only HTTP/1.1 and HTTP/1.0 are spoken");
    } else if (request.headers.size() > kHeaderCountLimit) {
      admission.refusal = Refuse(context_, request, 431, "header_too_large",
                                 "more than 100 header fields are not taken");
    } else {
      admission = Admit(context_, static_cast<int>(version % 10), request);
    }
    return admission;
  }

  Response TooLarge(const Route& route, const Request& request) {
    return Refuse(context_, request, 413, "body_too_large",
                  "the body is larger than the " + std::to_string(route.body_limit_bytes) +
                      " bytes that this route takes; send it in smaller parts");
  }

  asio::awaitable<std::optional<Response>> ReadBody(Parser& parser, const Route& route,
                                                    Request& request) {
    const auto length = parser.content_length();
    if (length && *length > route.body_limit_bytes) co_return TooLarge(route, request);
    parser.body_limit(route.body_limit_bytes);
    parser.eager(true);
    // As much as the buffer has room for is read at once.
    if (!parser.is_done())
      buffer_.reserve(
          static_cast<size_t>(std::min<uint64_t>(length.value_or(kReadPiece), kReadPiece)));
    if (!parser.is_done() && request.Header("expect") == "100-continue") {
      const bool told = co_await Write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!told) co_return std::nullopt;
    }
    const Duration started = context_.clock.Monotonic();
    while (!parser.is_done()) {
      const Duration left = context_.config.body_timeout - (context_.clock.Monotonic() - started);
      Arm(std::max(Duration(), std::min(left, context_.config.progress_timeout)));
      const auto [ec, bytes] =
          co_await beast::http::async_read_some(stream_, buffer_, parser, kAwait);
      if (!ec || parser.is_done()) continue;
      if (deadline_.expired()) {
        co_return Refuse(context_, request, 408, "slow_body", "the body took too long to come");
      }
      if (ec == beast::http::error::body_limit) co_return TooLarge(route, request);
      const bool malformed =
          ec.category() == make_error_code(beast::http::error::bad_chunk).category() &&
          ec != beast::http::error::partial_message && ec != beast::http::error::end_of_stream;
      if (malformed) {
        co_return Refuse(context_, request, 400, "bad_request", "the body's chunks are malformed");
      }
      gone_ = true;
      co_return std::nullopt;
    }
    request.body = std::move(parser.get().body());
    co_return std::nullopt;
  }

  // Of an answer that was put off.
  asio::awaitable<void> WaitForTurn(const Request& request, Response& response) {
    news_.expires_after(kPutOff);
    if (!draining_) co_await news_.async_wait(kAwait);
    if (!draining_) co_return;
    response = Refuse(context_, request, 503, "stopping", "the server stops; try again later");
    response.headers.emplace_back("Retry-After", "1");
  }

  // Leaves this thread for a worker's and comes back with the answer of `ask`.
  asio::awaitable<void> RunOnWorker(const Route& route, const Request& request,
                                    std::function<Response()> ask, Response& response) {
    auto initiate = [this, &route, &request, &ask, &response](auto handler) {
      using HandlerType = decltype(handler);
      auto executor = stream_.get_executor();
      auto back = std::make_shared<HandlerType>(std::move(handler));
      auto work = asio::make_work_guard(executor);
      const bool queued = context_.workers->Submit(
          route.lane, [this, &route, &request, &ask, &response, executor, back, work]() mutable {
            response = Invoke(context_, route, request, ask);
            asio::post(executor, [back = std::move(back)] { std::move (*back)(); });
          });
      if (queued) return;
      response = Refuse(context_, request, 503, "busy",
                        "the server is busy with other requests; try again in a moment");
      response.headers.emplace_back("Retry-After", "1");
      asio::post(executor, [back] { std::move (*back)(); });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                         asio::use_awaitable);
  }

  // False once the other side is gone or takes too little; sets `gone_`.
  asio::awaitable<bool> Write(std::string_view bytes) {
    const Duration started = context_.clock.Monotonic();
    const Duration whole = context_.config.body_timeout +
                           Duration::Seconds(static_cast<int64_t>(bytes.size() / kSlowestReader));
    while (!bytes.empty() && !gone_) {
      const Duration left = whole - (context_.clock.Monotonic() - started);
      Arm(std::max(Duration(), std::min(left, context_.config.progress_timeout)));
      const auto [ec, written] =
          co_await stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), kAwait);
      if (ec) gone_ = true;
      bytes.remove_prefix(written);
    }
    co_return !gone_;
  }

  asio::awaitable<After> Answer(const Response& response, bool head_only, bool keep_alive) {
    std::string head = MakeHead(response, Framing::kLength, keep_alive, context_.clock.Now());
    std::string_view body = response.body;
    if (head_only || response.status == 204 || response.status == 304) body = {};
    if (body.size() < kJoinBelow) {
      head.append(body);
      body = {};
    }
    co_await Write(head);
    const bool sent = co_await Write(body);
    if (!sent) co_return After::kGone;
    co_return keep_alive ? After::kNext : After::kClose;
  }

  asio::awaitable<void> ServeStream(const Route& route, const Response& response, bool http_1_0) {
    const Framing framing = http_1_0 ? Framing::kUntilClosed : Framing::kChunked;
    const std::string head = MakeHead(response, framing, false, context_.clock.Now());
    const bool told = co_await Write(head);
    if (!told) co_return;
    deadline_.Disarm();
    const std::weak_ptr<ConnectionOf> weak = this->weak_from_this();
    auto executor = stream_.get_executor();
    queue_ = std::make_shared<StreamQueue>(context_.config.stream_limit_bytes, [weak, executor] {
      asio::post(executor, [weak] {
        if (const auto self = weak.lock()) self->news_.cancel();
      });
    });
    const std::shared_ptr<StreamQueue> queue = queue_;
    WatchForEnd(queue);
    if (draining_) queue->Close();
    const bool queued =
        context_.workers->Submit(route.lane, [start = response.stream, queue] { start(queue); });
    if (!queued) queue->Close();
    for (;;) {
      const StreamQueue::Piece piece = queue->Take();
      const std::string framed = Frame(piece, framing);
      const bool sent = co_await Write(framed);
      if (!sent || piece.ended) break;
      deadline_.Disarm();
      if (!piece.bytes.empty()) continue;
      news_.expires_at(asio::steady_timer::time_point::max());
      co_await news_.async_wait(kAwait);
    }
    queue->Finish();
    queue_ = nullptr;
  }

  // A client says nothing during a stream: what comes is its end.
  void WatchForEnd(const std::shared_ptr<StreamQueue>& queue) {
    stream_.async_read_some(buffer_.prepare(1), [self = this->shared_from_this(), queue](
                                                    error_code, size_t) { queue->Close(); });
  }

  // Lets an answer arrive although we did not read everything: closing at once
  // would reset the connection and take the answer away from the reader.
  asio::awaitable<void> CloseGently() {
    Arm(kLinger);
    error_code ignored;
    if constexpr (kTls) {
      const auto [ec] = co_await stream_.async_shutdown(kAwait);
      if (ec) co_return;
    }
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    for (uint64_t dropped = 0; dropped < kLingerBytes;) {
      const auto [ec, bytes] =
          co_await socket().async_read_some(buffer_.prepare(kReadPiece), kAwait);
      if (ec) co_return;
      dropped += bytes;
    }
  }

  ServerContext& context_;
  ConnectionSet& connections_;
  Stream stream_;
  std::string peer_;
  beast::flat_buffer buffer_;
  Deadline deadline_;
  // Cancelled when the stream's queue has news, or who waits for a turn need not any more.
  asio::steady_timer news_;
  std::shared_ptr<StreamQueue> queue_;
  bool fresh_ = true;
  bool idle_ = false;
  bool draining_ = false;
  bool gone_ = false;
};

}  // namespace

void StartConnection(tcp::socket socket, asio::ssl::context* tls, ServerContext& context,
                     ConnectionSet& connections) {
  if (tls == nullptr) {
    std::make_shared<ConnectionOf<tcp::socket>>(context, connections, std::move(socket))->Start();
  } else {
    std::make_shared<ConnectionOf<TlsStream>>(context, connections, std::move(socket), *tls)
        ->Start();
  }
}

}  // namespace hinomi::http
