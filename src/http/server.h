#ifndef HINOMI_HTTP_SERVER_H_
#define HINOMI_HTTP_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "http/lane.h"

namespace hinomi::http {

/// A whole request, body read and within the limits. Header names compare
/// without case.
struct Request {
  std::string method;                                      ///< "GET"
  std::string target;                                      ///< As sent: path and query.
  std::string path;                                        ///< Percent-decoded, without the query.
  std::vector<std::pair<std::string, std::string>> query;  ///< Decoded, in order.
  std::vector<std::pair<std::string, std::string>> headers;  ///< In order.
  std::string body;
  std::string peer;  ///< Address of the other side.
  bool secure = false;
  /// Parts of the path that the route's `{name}`s matched.
  std::vector<std::pair<std::string, std::string>> path_parameters;
  /// Set by the authenticator: who asks.
  std::string user;

  std::string_view Header(std::string_view name) const;      ///< "" if absent.
  std::string_view QueryValue(std::string_view name) const;  ///< First; "" if absent.
  std::string_view PathValue(std::string_view name) const;
};

/// Sends a stream (SSE) piece by piece. Threads: any.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  /// False once the other side is gone or its queue is full: stop then.
  virtual bool Send(std::string bytes) = 0;
  virtual void Close() = 0;
  virtual bool closed() const = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// When set the answer is a stream: called once after the head was sent.
  std::function<void(std::shared_ptr<StreamSink>)> stream;
  /// When set there is no answer yet, because something else has to end first: called again on a
  /// worker of the route's lane after a moment, and no worker waits meanwhile. It must come to an
  /// end by itself; when the server stops the client is told to try again.
  std::function<Response()> later;
};

/// Runs on a worker thread, may block within the limits of its lane.
using Handler = std::function<Response(const Request&)>;

/// One row of the table route × right. A route without a right does not exist:
/// the router refuses to register it.
struct Route {
  std::string method;
  std::string pattern;  ///< "/api/hinomi/v1/incidents/{id}"; a final "*" matches the rest.
  std::string right;    ///< E.g. "incidents:act"; "public" for those that need no sign-in.
  Lane lane = Lane::kNormal;
  Handler handler;
  uint64_t body_limit_bytes = 1u << 20;
  /// State-changing REST wants application/json; protocol routes say what they
  /// take: several with commas between, "" for anything.
  std::string content_type = "application/json";
  /// A page that people reach by a link in a mail or chat (an acknowledgement):
  /// its GET is answered to visitors from other origins too. Only for "public".
  bool open_page = false;
};

/// Answers who asks and whether they may; filled in by identity. Called before
/// the body is read (it is empty then), on an I/O thread: it must not block.
/// Not asked for "public" routes.
/// Returns the user's name, or an error with a message that says what to do:
/// kInvalidArgument where credentials are missing or wrong (401), kDenied where
/// the user lacks the right (403; 401 if the request had no credentials at all),
/// kExhausted after too many failed attempts (429).
using Authorizer = std::function<Result<std::string>(const Request&, const std::string& right)>;

struct ServerConfig {
  std::vector<std::string> listen;       ///< "127.0.0.1:9140"; port 0 picks a free one.
  std::vector<std::string> host_names;   ///< Accepted in Host besides IP literals and localhost.
  std::string tls_certificate, tls_key;  ///< PEM files; "" for plain HTTP.
  uint64_t header_limit_bytes = 32u << 10;
  Duration header_timeout = Duration::Seconds(10);
  Duration body_timeout = Duration::Seconds(60);
  Duration progress_timeout = Duration::Seconds(10);  ///< For the next piece of a body, both ways.
  Duration idle_timeout = Duration::Seconds(75);
  size_t max_connections = 1000;
  size_t worker_threads = 4;        ///< One slot a lane is reserved; at least 3.
  size_t worker_queue_limit = 256;  ///< Requests that wait, a lane; more are answered 503.
  size_t io_threads = 2;
  uint64_t stream_limit_bytes = 1u << 20;  ///< Unsent bytes of a stream before it is cut.
};

/// The one HTTP server. In every mode: Host is checked (421), requests from
/// other origins are refused (403) except `GET /`, assets and /healthz, bodies
/// and headers are bounded (413, 431), slow senders are cut off (408).
class Server {
 public:
  virtual ~Server() = default;
  /// Before Start only. HN_CHECKs that the route has a right.
  virtual void Add(Route route) = 0;
  virtual Status Start() = 0;
  /// Refuses new work, waits for the rest (at most 10 s).
  virtual void Stop() = 0;
  /// The addresses that are bound, with real ports.
  virtual std::vector<std::string> addresses() const = 0;
  virtual const std::vector<Route>& routes() const = 0;
  /// Runs other work on the workers that run handlers, between Start and Stop. False, and the
  /// task is dropped, where the lane's queue is full: try again later. Threads: any.
  virtual bool Submit(Lane lane, std::function<void()> task) = 0;
};

std::unique_ptr<Server> MakeServer(ServerConfig config, Authorizer authorizer, const Clock& clock,
                                   Telemetry& telemetry, Log& log);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_SERVER_H_
