#include "http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>

#include "options.h"

namespace hinomi::bench {
namespace {

/// The value of a header field, or nothing. `head` is in lower case.
std::string_view HeaderField(std::string_view head, std::string_view name) {
  const size_t at = head.find("\r\n" + std::string(name) + ":");
  if (at == head.npos) return {};
  std::string_view value = head.substr(at + name.size() + 3);
  value = value.substr(0, value.find("\r\n"));
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return value;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

HttpClient::HttpClient(const std::string& address, const std::string& path) : address_(address) {
  head_ = "POST " + path + " HTTP/1.1\r\nHost: " + address +
          "\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n"
          "X-Prometheus-Remote-Write-Version: 0.1.0\r\nContent-Length: ";
  Connect();
}

HttpClient::~HttpClient() {
  close(fd_);
}

void HttpClient::Connect() {
  if (fd_ >= 0) close(fd_);
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const size_t colon = address_.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(address_.c_str() + colon + 1)));
  inet_pton(AF_INET, address_.substr(0, colon).c_str(), &address.sin_addr);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    Die("cannot connect to " + address_);
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  received_.clear();
}

void HttpClient::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) Die("the server closed the connection while a request was sent");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

int HttpClient::Post(std::string_view body) {
  request_.assign(head_).append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  Send(request_);
  return ReadAnswer();
}

int HttpClient::ReadAnswer() {
  char buffer[16384];
  size_t head_end = std::string::npos;
  size_t body_bytes = 0;
  std::string head;
  received_.clear();
  for (;;) {
    if (head_end == std::string::npos) {
      head_end = received_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        head = Lower(std::string_view(received_).substr(0, head_end + 2));
        if (!HeaderField(head, "transfer-encoding").empty()) Die("an answer in chunks");
        body_bytes = static_cast<size_t>(
            std::atoll(std::string(HeaderField(head, "content-length")).c_str()));
      }
    }
    if (head_end != std::string::npos && received_.size() >= head_end + 4 + body_bytes) break;
    const ssize_t count = recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) Die("the server closed the connection instead of answering");
    received_.append(buffer, static_cast<size_t>(count));
  }
  const int status = std::atoi(received_.c_str() + sizeof "HTTP/1.1");
  answer_ = received_.substr(head_end + 4);
  if (HeaderField(head, "connection") == "close") Connect();
  return status;
}

}  // namespace hinomi::bench
