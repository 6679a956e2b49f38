#ifndef HINOMI_HTTP_TESTING_H_
#define HINOMI_HTTP_TESTING_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "http/server.h"

namespace hinomi::http {

/// A blocking TCP connection for tests that speak raw bytes. Threads: one.
class RawConnection {
 public:
  /// To 127.0.0.1. Reads give up after `patience`.
  explicit RawConnection(uint16_t port, Duration patience = Duration::Seconds(10));
  /// Takes over a connected socket.
  static std::unique_ptr<RawConnection> Adopt(int fd);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// False once the other side does not take any more.
  bool Send(std::string_view bytes) const;
  /// Ends our direction only.
  void ShutdownSend() const;
  /// What is there next, at least one byte; "" at the end, on error or when
  /// patience ran out (`timed_out`).
  std::string ReadSome();
  /// All bytes up to the end of the connection.
  std::string ReadToEnd();
  /// Bytes up to and including `mark`; what follows stays for the next read.
  std::string ReadUntil(std::string_view mark);
  /// One HTTP answer with a Content-Length (or none), head and body. Of HEAD
  /// requests only the head.
  std::string ReadAnswer(bool head_only = false);
  bool timed_out() const { return timed_out_; }
  int fd() const { return fd_; }

 private:
  RawConnection() = default;
  int fd_ = -1;
  bool timed_out_ = false;
  std::string buffer_;
};

/// A server on a free port of 127.0.0.1 that treats every connection as the
/// test says: one thread a connection. Ends with the object; the script must
/// end when the other side is gone.
class ScriptedServer {
 public:
  using Script = std::function<void(RawConnection&)>;
  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  /// Reads one request's head (and a body with Content-Length), answers these
  /// bytes and closes.
  static Script Answering(std::string bytes);

  uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_.load(); }

 private:
  void Accept();

  Script script_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  mutable Mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// A server on a free port of 127.0.0.1 with short timers; takes any route.
/// "Authorization: Bearer good" is the user "ann" with every right, "Bearer
/// poor" is a user with none, anything else nobody.
class ServerUnderTest {
 public:
  /// `change` may alter the configuration before the server is made.
  explicit ServerUnderTest(std::vector<Route> routes,
                           const std::function<void(ServerConfig&)>& change = {});
  ~ServerUnderTest();

  uint16_t port() const;
  /// Sends raw bytes on a new connection, ends our direction, returns all that comes.
  std::string Talk(std::string_view bytes) const;
  /// A request with Host and `headers` ("Name: value\r\n…"); the whole answer.
  std::string Ask(std::string_view method, std::string_view target, std::string_view headers = "",
                  std::string_view body = "") const;
  /// Value of one of Hinomi's own metrics, e.g. `hinomi_http_refused_total{reason="busy"}`.
  double Metric(std::string_view series) const;
  Server& server() { return *server_; }
  Telemetry& telemetry() { return telemetry_; }

 private:
  std::unique_ptr<Clock> clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<Server> server_;
};

/// Calls every route of a running server as a page of another origin would
/// (other site, neighbour site, foreign and "null" Origin; also with
/// `credentials`, a header line) and names those that answered with anything
/// but 403. Left out is what is open to all: `GET /`, assets, /healthz and
/// routes with `open_page`.
std::vector<std::string> RoutesOpenToForeignPages(uint16_t port, const std::vector<Route>& routes,
                                                  std::string_view credentials);

/// A route that answers `body` to those who have `right`.
Route Fixed(std::string method, std::string pattern, std::string right, std::string body = "{}");

/// The status of an answer's first line; 0 if it is none.
int StatusOf(std::string_view answer);
/// Value of a header in an answer's head, "" if absent.
std::string HeaderOf(std::string_view answer, std::string_view name);
std::string BodyOf(std::string_view answer);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_TESTING_H_
