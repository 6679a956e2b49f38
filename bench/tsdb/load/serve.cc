// tsdb_load serve --pages=FILE [--targets=100] [--max-pages=60]
// A hundred exporters on one free port of loopback, which is printed first: target N at
// /t/N/metrics answers with one recorded page after the other, from its own first page on.
// /hold: no more pages, so that what was served can be compared; /stats: what was served.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "commands.h"
#include "pages.h"

namespace hinomi::bench {
namespace {

// Each target begins with another page; run.py counts on the same stride.
constexpr uint64_t kPagesApart = 7;

std::string Gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzipHeader = 16;
  if (deflateInit2(&stream, 6, Z_DEFLATED, kGzipHeader + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    Die("zlib does not start");
  }
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class Targets {
 public:
  Targets(std::vector<Page> pages, size_t count) : pages_(std::move(pages)), served_(count) {
    for (const Page& page : pages_) zipped_.push_back(Gzip(page.text));
    samples_ = SampleLines(pages_[0].text).size();
  }

  /// The whole answer to the head of a request, which is in lower case.
  std::string Answer(const std::string& head) {
    if (head.starts_with("get /t/")) return AnswerPage(head);
    if (head.starts_with("get /hold")) held_ = true;
    return Whole("200 OK", "application/json", "", Statistics());
  }

 private:
  static std::string Whole(const std::string& status, const std::string& type,
                           const std::string& fields, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  std::string AnswerPage(const std::string& head) {
    const auto target = static_cast<size_t>(std::atoi(head.c_str() + sizeof "get /t/" - 1));
    if (held_ || target >= served_.size()) return Whole("503 Held", "text/plain", "", "");
    const uint64_t page = (target * kPagesApart + served_[target]++) % pages_.size();
    const bool zip = head.find("gzip") != head.npos;
    const std::string& body = zip ? zipped_[page] : pages_[page].text;
    bytes_ += body.size();
    return Whole("200 OK", "text/plain; version=0.0.4", zip ? "Content-Encoding: gzip\r\n" : "",
                 body);
  }

  std::string Statistics() const {
    std::string counts;
    for (const auto& count : served_) {
      counts += (counts.empty() ? "" : ",") + std::to_string(count.load());
    }
    return "{\"served\":[" + counts + "],\"bytes\":" + std::to_string(bytes_) +
           ",\"samples_a_page\":" + std::to_string(samples_) +
           ",\"pages\":" + std::to_string(pages_.size()) + "}";
  }

  std::vector<Page> pages_;
  std::vector<std::string> zipped_;
  size_t samples_ = 0;
  std::vector<std::atomic<uint64_t>> served_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<bool> held_{false};
};

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // The scraper has gone; its next request is a new connection.
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void AnswerConnection(int fd, Targets& targets) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::string received;
  char buffer[8192];
  for (ssize_t count = 0; (count = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
    received.append(buffer, static_cast<size_t>(count));
    for (size_t end = 0; (end = received.find("\r\n\r\n")) != received.npos;) {
      std::string head = received.substr(0, end);
      received.erase(0, end + 4);
      for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      SendAll(fd, targets.Answer(head));
    }
  }
  close(fd);
}

int ListenOnFreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 512) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Die("cannot listen on loopback");
  }
  std::printf("{\"port\":%d}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

}  // namespace

void ServePages(const Options& options) {
  Targets targets(
      ReadPages(options.Required("pages"), static_cast<size_t>(options.Number("max-pages", 60))),
      static_cast<size_t>(options.Number("targets", 100)));
  const int listening = ListenOnFreePort();
  for (;;) {
    const int fd = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) std::thread(AnswerConnection, fd, std::ref(targets)).detach();
  }
}

}  // namespace hinomi::bench
