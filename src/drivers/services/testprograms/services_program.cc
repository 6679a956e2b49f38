// What the tests of hosts and services run:
//   shim …                    the shim as in hinomi itself
//   listen PORT [STATUS]      a service: answers every HTTP request with a status
//   hold ROOT LOW HIGH COUNT  a hinomi that keeps COUNT tasks of it, till killed
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "drivers/host.h"
#include "drivers/services/process_runtime.h"
#include "os/shim.h"
#include "os/system_clock.h"

namespace {

int Listen(const char* port, const std::string& status) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 16) != 0) {
    std::perror("cannot listen");
    return 1;
  }
  std::printf("listening on %s\n", port);
  std::fflush(stdout);
  const std::string answer =
      "HTTP/1.1 " + status + " Told\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  for (;;) {
    const int connection = ::accept(listener, nullptr, nullptr);
    char request[4096];
    if (::read(connection, request, sizeof request) > 0)
      (void)!::write(connection, answer.data(), answer.size());
    ::close(connection);
  }
}

int Hold(char** argv) {
  using namespace hinomi;
  const SystemClock clock;
  NullLog log;
  char self[4096];
  const ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
  const std::string program(self, static_cast<size_t>(size));
  drivers::LocalHost host("local", argv[0], {program, "shim"});
  drivers::ServiceSpec spec;
  spec.name = "app";
  spec.argv = {program, "listen", "${PORT}"};
  spec.port_low = static_cast<uint16_t>(std::atoi(argv[1]));
  spec.port_high = static_cast<uint16_t>(std::atoi(argv[2]));
  spec.desired_count = spec.max_count = std::atoi(argv[3]);
  drivers::ProcessRuntime runtime(
      {.hosts = {&host}, .clock = &clock, .log = &log, .seed = static_cast<uint64_t>(::getpid())});
  if (!runtime.Declare({spec})) return 2;
  runtime.Start();
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "shim") return hinomi::ShimMain(argc - 2, argv + 2);
  if (mode == "listen" && argc > 2) return Listen(argv[2], argc > 3 ? argv[3] : "200");
  if (mode == "hold" && argc > 5) return Hold(argv + 2);
  return 2;
}
