#include "http/server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "base/check.h"
#include "base/strings.h"
#include "http/impl/connection.h"

namespace hinomi::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kStopPatience = Duration::Seconds(10);

Result<tcp::endpoint> ParseListen(const std::string& text) {
  const auto wrong = [&text] {
    return InvalidArgument("cannot listen on \"" + text +
                           "\": write an address and a port, such as 127.0.0.1:9140 or [::1]:9140");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string host = text.substr(0, colon);
  const auto port = ParseUint(std::string_view(text).substr(colon + 1));
  if (!port.has_value() || *port > 65535) return wrong();
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec) return wrong();
  return tcp::endpoint(address, static_cast<uint16_t>(*port));
}

// One thread with its own loop; connections stay where they were put.
struct IoThread {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  ConnectionSet connections;
  std::thread thread;
};

class AsioServer final : public Server {
 public:
  AsioServer(ServerConfig config, Authorizer authorizer, const Clock& clock, Telemetry& telemetry,
             Log& log)
      : context_(std::move(config), std::move(authorizer), clock, telemetry, log) {}
  ~AsioServer() override { Stop(); }

  void Add(Route route) override {
    HN_CHECK(!started_);
    context_.router.Add(std::move(route));
  }

  Status Start() override {
    HN_CHECK(!started_);
    HN_TRY_VOID(LoadCertificate());
    for (size_t i = 0; i < std::max<size_t>(1, context_.config.io_threads); ++i) {
      threads_.push_back(std::make_unique<IoThread>());
    }
    for (const std::string& address : context_.config.listen) HN_TRY_VOID(Listen(address));
    started_ = true;
    context_.workers = std::make_unique<WorkerPool>(
        WorkerPoolConfig{context_.config.worker_threads, context_.config.worker_queue_limit},
        context_.telemetry);
    for (auto& acceptor : acceptors_) {
      asio::co_spawn(threads_[0]->io, Accept(acceptor), asio::detached);
    }
    for (auto& thread : threads_) {
      thread->thread = std::thread([&io = thread->io] { io.run(); });
    }
    return {};
  }

  void Stop() override {
    if (!started_ || context_.stopping.exchange(true)) return;
    asio::post(threads_[0]->io, [this] {
      error_code ignored;
      for (auto& acceptor : acceptors_) acceptor.close(ignored);
    });
    ForEachConnection([](Connection& connection) { connection.Drain(); });
    if (!context_.AwaitNone(kStopPatience)) {
      context_.log.Warning("requests were cut off: they did not end within 10 s of the stop");
      ForEachConnection([](Connection& connection) { connection.Abort(); });
    }
    context_.workers->Stop();
    context_.AwaitNone(Duration::Seconds(1));
    for (auto& thread : threads_) {
      thread->work.reset();
      thread->io.stop();
      thread->thread.join();
    }
  }

  std::vector<std::string> addresses() const override { return addresses_; }
  const std::vector<Route>& routes() const override { return context_.router.routes(); }
  bool Submit(Lane lane, std::function<void()> task) override {
    return context_.workers && context_.workers->Submit(lane, std::move(task));
  }

 private:
  Status LoadCertificate() {
    const ServerConfig& config = context_.config;
    if (config.tls_certificate.empty() && config.tls_key.empty()) return {};
    tls_.emplace(asio::ssl::context::tls_server);
    error_code ec;
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression,
                      ec);
    tls_->use_certificate_chain_file(config.tls_certificate, ec);
    if (ec) {
      return InvalidArgument("cannot use the TLS certificate " + config.tls_certificate + ": " +
                             ec.message());
    }
    tls_->use_private_key_file(config.tls_key, asio::ssl::context::pem, ec);
    if (ec) {
      return InvalidArgument("cannot use the TLS key " + config.tls_key + ": " + ec.message() +
                             "; it must be PEM and belong to " + config.tls_certificate);
    }
    return {};
  }

  Status Listen(const std::string& address) {
    HN_TRY(const tcp::endpoint endpoint, ParseListen(address));
    tcp::acceptor acceptor(threads_[0]->io);
    error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
      const bool taken = ec == asio::error::address_in_use;
      return Unavailable("cannot listen on " + address + ": " + ec.message() +
                         (taken ? "; another program, perhaps another Hinomi, has the port" : ""));
    }
    const tcp::endpoint bound = acceptor.local_endpoint(ec);
    const std::string host = bound.address().to_string();
    addresses_.push_back((bound.address().is_v6() ? "[" + host + "]" : host) + ":" +
                         std::to_string(bound.port()));
    acceptors_.push_back(std::move(acceptor));
    return {};
  }

  asio::awaitable<void> Accept(tcp::acceptor& acceptor) {
    constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
    for (size_t next = 0; !context_.stopping; ++next) {
      IoThread& target = *threads_[next % threads_.size()];
      const asio::any_io_executor executor = target.io.get_executor();
      auto [ec, socket] = co_await acceptor.async_accept(executor, kAwait);
      if (!acceptor.is_open()) co_return;
      if (ec) {
        // Out of descriptors, most likely: they come back as connections end.
        context_.log.Warning("a connection could not be accepted", {{"error", ec.message()}});
        asio::steady_timer pause(co_await asio::this_coro::executor,
                                 std::chrono::milliseconds(100));
        co_await pause.async_wait(kAwait);
        continue;
      }
      if (context_.Enter()) {
        Hand(std::move(socket), target);
      } else {
        TurnAway(std::move(socket));
      }
    }
  }

  void Hand(tcp::socket socket, IoThread& target) {
    asio::post(target.io, [this, &target, socket = std::move(socket)]() mutable {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      // Finds out about a reader of a stream whose machine is gone.
      socket.set_option(asio::socket_base::keep_alive(true), ignored);
      StartConnection(std::move(socket), tls_.has_value() ? &*tls_ : nullptr, context_,
                      target.connections);
    });
  }

  void TurnAway(tcp::socket socket) {
    context_.telemetry.Counter("hinomi_http_connections_refused_total").Add();
    if (tls_.has_value()) return;
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Retry-After: 1\r\nConnection: close\r\nContent-Length: 21\r\n\r\ntoo many connections\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kFull), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  template <typename Act>
  void ForEachConnection(Act act) {
    for (auto& thread : threads_) {
      asio::post(thread->io, [&connections = thread->connections, act] {
        for (Connection* connection : connections) act(*connection);
      });
    }
  }

  ServerContext context_;
  bool started_ = false;
  std::vector<std::string> addresses_;
  std::optional<asio::ssl::context> tls_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<tcp::acceptor> acceptors_;
};

}  // namespace

std::unique_ptr<Server> MakeServer(ServerConfig config, Authorizer authorizer, const Clock& clock,
                                   Telemetry& telemetry, Log& log) {
  HN_CHECK(authorizer != nullptr);
  return std::make_unique<AsioServer>(std::move(config), std::move(authorizer), clock, telemetry,
                                      log);
}

}  // namespace hinomi::http
