// Compares our host collector with a real node_exporter on this machine.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "base/strings.h"
#include "metrics/exposition.h"
#include "metrics/host_collector.h"
#include "os/files.h"
#include "os/system_clock.h"

namespace hinomi::metrics {
namespace {

constexpr const char* kProgram = "/usr/bin/prometheus-node-exporter";

/// The program on a free loopback port; ended by the destructor.
class NodeExporter {
 public:
  NodeExporter() {
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::execl(kProgram, kProgram, "--web.listen-address=127.0.0.1:0", nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    // It logs "… Listening on" address=127.0.0.1:PORT.
    std::string log;
    char piece[4096];
    for (ssize_t n; port_ == 0 && (n = ::read(ends[0], piece, sizeof piece)) > 0;) {
      log.append(piece, static_cast<size_t>(n));
      const size_t at = log.find("address=127.0.0.1:");
      const size_t end = log.find_first_of(" \"\n", at + 18);
      if (at == std::string::npos || end == std::string::npos) continue;
      port_ = static_cast<uint16_t>(ParseUint(log.substr(at + 18, end - at - 18)).value_or(0));
    }
    log_ = ends[0];
  }
  ~NodeExporter() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
    }
    if (log_ >= 0) ::close(log_);
  }

  std::string Get() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string response;
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      const std::string request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
      EXPECT_EQ(::write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
      char piece[65536];
      for (ssize_t n; (n = ::read(fd, piece, sizeof piece)) > 0;)
        response.append(piece, static_cast<size_t>(n));
    }
    ::close(fd);
    const size_t body = response.find("\r\n\r\n");
    return body == std::string::npos ? "" : response.substr(body + 4);
  }

 private:
  pid_t pid_ = -1;
  int log_ = -1;
  uint16_t port_ = 0;
};

TEST(HostCollectorAgainstNodeExporterTest, EverySeriesThatWeGiveExistsThere) {
  if (::access(kProgram, X_OK) != 0) GTEST_SKIP() << "prometheus-node-exporter is not installed";
  const NodeExporter exporter;
  const auto page =
      ParseExposition(exporter.Get(), ExpositionFormat::kText, ExpositionRules::kLenient);
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_GT(page->samples.size(), 100u);
  std::set<std::string> theirs;
  for (const ExposedSample& sample : page->samples) theirs.insert(sample.labels.ToString());

  PosixFiles files;
  Telemetry telemetry;
  HostCollector collector(files, telemetry, {});
  const auto ours = collector.Collect(SystemClock().Now());
  EXPECT_GT(ours.size(), 60u);
  for (const WriteSeries& series : ours)
    EXPECT_TRUE(theirs.contains(series.labels.ToString())) << series.labels.ToString();
}

}  // namespace
}  // namespace hinomi::metrics
