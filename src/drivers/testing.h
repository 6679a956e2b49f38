#ifndef HINOMI_DRIVERS_TESTING_H_
#define HINOMI_DRIVERS_TESTING_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "http/testing.h"

namespace hinomi::drivers {

/// A request as it arrived at a receiver.
struct ArrivedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
  int answered = 0;  ///< The status that went back; 0 for none.
};

/// How a receiver treats its next request.
struct HttpAnswer {
  int status = 204;
  std::string headers;  ///< "Retry-After: 7\r\n"
  std::string body;
  enum class Way {
    kAnswer,
    kHang,       ///< Reads all, answers nothing, keeps the connection.
    kClose,      ///< Closes without reading.
    kTakeClose,  ///< Reads all, then closes: it has arrived, and nobody says so.
    kGarbage,    ///< Answers bytes that are no HTTP.
  } way = Way::kAnswer;
};

/// A web server on loopback that keeps its own log: here "once" is counted.
/// Threads: any.
class HttpReceiver {
 public:
  HttpReceiver();
  std::string url() const { return server_.url(); }
  /// For the next requests, in order; after them 204.
  void AnswerNext(std::vector<HttpAnswer> answers);
  std::vector<ArrivedRequest> arrived() const;
  /// How often each `webhook-id` was answered 2xx.
  std::map<std::string, int> TakenById() const;

 private:
  void Serve(http::RawConnection& connection);

  mutable Mutex mutex_;
  std::deque<HttpAnswer> answers_ HN_GUARDED_BY(mutex_);
  std::vector<ArrivedRequest> arrived_ HN_GUARDED_BY(mutex_);
  http::ScriptedServer server_;  // Last: its threads use the others.
};

struct ArrivedMail {
  std::string hello;  ///< The name given with EHLO or HELO.
  std::string from;   ///< Of the envelope, without <>.
  std::vector<std::string> to;
  std::map<std::string, std::string> headers;  ///< Names in lower case, unfolded.
  std::string body;                            ///< As sent, dots unstuffed, CRLF.
  bool taken = false;                          ///< Answered 250 after its end.
};

/// How a mail server treats the next mail: the reply at each step, "" for the
/// usual one; "close" ends the connection there and "hang" waits.
struct SmtpAnswer {
  std::string greeting;
  std::string mail;
  std::string recipient;
  std::string data;
  std::string end;  ///< After the final dot: the mail has arrived.
};

/// A mail server on loopback that keeps its own log. No TLS. Threads: any.
class SmtpReceiver {
 public:
  SmtpReceiver();
  /// "127.0.0.1:PORT"
  std::string server() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  /// For the next connections, in order.
  void AnswerNext(std::vector<SmtpAnswer> answers);
  /// Mails that arrived whole, taken or not.
  std::vector<ArrivedMail> arrived() const;
  /// How often each Message-ID was taken.
  std::map<std::string, int> TakenById() const;
  /// All commands, without mails.
  std::vector<std::string> commands() const;

 private:
  void Serve(http::RawConnection& connection);
  /// False when the connection is to end.
  bool ReadMail(http::RawConnection& connection, const SmtpAnswer& answer, ArrivedMail mail);

  mutable Mutex mutex_;
  std::deque<SmtpAnswer> answers_ HN_GUARDED_BY(mutex_);
  std::vector<ArrivedMail> arrived_ HN_GUARDED_BY(mutex_);
  std::vector<std::string> commands_ HN_GUARDED_BY(mutex_);
  http::ScriptedServer server_;  // Last: its threads use the others.
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_TESTING_H_
