#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hinomi::bench {

/// One keep-alive connection to a server on this machine: nothing in it that would take
/// processor time from the server under test. Ends the program when the connection fails.
class HttpClient {
 public:
  /// `address`: "127.0.0.1:9090"; `path`: of every request.
  HttpClient(const std::string& address, const std::string& path);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a remote_write body; the status of the answer. Its text stands in answer().
  int Post(std::string_view body);
  const std::string& answer() const { return answer_; }

 private:
  void Connect();
  void Send(std::string_view bytes) const;
  int ReadAnswer();

  std::string address_;
  std::string head_;
  int fd_ = -1;
  std::string request_;
  std::string received_;
  std::string answer_;
};

}  // namespace hinomi::bench
