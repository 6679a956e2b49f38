#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "metrics/impl/sample_list.h"
#include "metrics/probe.h"
#include "os/errno_error.h"

namespace hinomi::metrics {
namespace {

constexpr uint64_t kProbeBodyBytes = 16u << 20;

std::string_view ReasonOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kUnavailable:
    case ErrorCode::kNotFound:
      return "unreachable";
    case ErrorCode::kExhausted:
      return "too_large";
    default:
      return "fetch";
  }
}

void SetPhases(const http::ClientResponse& response, ProbeResult& result) {
  // The client counts each from the start; people want the length of each.
  const Duration zero;
  const auto step = [&](const char* phase, Duration from, Duration to) {
    result.phases.emplace_back(phase, std::max(zero, to - from));
  };
  const Duration secured = result.tls ? response.tls : response.connect;
  step("resolve", zero, response.resolve);
  step("connect", response.resolve, response.connect);
  step("tls", response.connect, secured);
  step("processing", secured, response.first_byte);
  step("transfer", response.first_byte, response.total);
}

/// Waits for a connect under way.
Status AwaitConnect(int fd, Duration left) {
  if (left <= Duration()) return Timeout("no connection in time");
  pollfd poll_for{fd, POLLOUT, 0};
  const int ready = ::poll(&poll_for, 1, static_cast<int>(left.millis() + 1));
  if (ready == 0) return Timeout("no connection in time");
  if (ready < 0) return ErrnoError("cannot wait for a connection");
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) return {};
  errno = error;
  return ErrnoError("cannot connect");
}

Status ConnectOne(const addrinfo& address, Duration left) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ErrnoError("cannot make a socket");
  Status status;
  if (::connect(fd, address.ai_addr, address.ai_addrlen) != 0)
    status = errno == EINPROGRESS ? AwaitConnect(fd, left) : Status(ErrnoError("cannot connect"));
  ::close(fd);
  return status;
}

Status Connect(const Clock& clock, const std::string& address, Duration timeout) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size())
    return InvalidArgument("\"" + address + "\" is no host:port");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const Duration end = clock.Monotonic() + timeout;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found);
  if (error != 0) return Unavailable("cannot resolve " + host + ": " + ::gai_strerror(error));
  Status status = Unavailable("no address of " + host);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    status = ConnectOne(*one, end - clock.Monotonic());
    if (status) break;
  }
  ::freeaddrinfo(found);
  if (!status) return std::move(status).error().WithContext(address);
  return {};
}

}  // namespace

ConnectFunction TcpConnector(const Clock& clock) {
  return [&clock](const std::string& address, Duration timeout) {
    return Connect(clock, address, timeout);
  };
}

ProbeResult RunHttpProbe(const Probe& probe, const FetchFunction& fetch, const Clock& clock) {
  http::ClientRequest request;
  request.url = probe.target;
  request.timeout = probe.timeout;
  request.body_limit_bytes = kProbeBodyBytes;
  request.ca_file = probe.ca_file;
  request.verify_tls = probe.verify_tls;
  request.headers = {{"User-Agent", "hinomi-probe"}};
  ProbeResult result;
  result.tls = probe.target.starts_with("https:");
  const Duration start = clock.Monotonic();
  const auto response = fetch(request);
  result.duration = clock.Monotonic() - start;
  if (!response) {
    result.reason = ReasonOf(response.error().code);
    result.error = response.error().message;
    return result;
  }
  result.status = response->status;
  result.certificate_expiry_s = response->certificate_expiry_s;
  SetPhases(*response, result);
  const bool right = probe.expected_status == 0 ? result.status >= 200 && result.status < 300
                                                : result.status == probe.expected_status;
  if (!right) {
    result.reason = "status";
    result.error = "answered HTTP " + std::to_string(result.status) + ", expected " +
                   (probe.expected_status == 0 ? "2xx" : std::to_string(probe.expected_status));
  } else if (response->body.find(probe.body_contains) == std::string::npos) {
    result.reason = "body";
    result.error = "the body does not contain \"" + probe.body_contains + "\"";
    result.failed_due_to_body = true;
  }
  result.success = result.reason.empty();
  return result;
}

ProbeResult RunTcpProbe(const Probe& probe, const ConnectFunction& connect, const Clock& clock) {
  ProbeResult result;
  const Duration start = clock.Monotonic();
  const Status status = connect(probe.target, probe.timeout);
  result.duration = clock.Monotonic() - start;
  result.success = status.has_value();
  if (!status) {
    result.reason = ReasonOf(status.error().code);
    result.error = status.error().message;
  }
  return result;
}

std::vector<WriteSeries> SamplesOfProbe(const Probe& probe, const ProbeResult& result, Instant at) {
  SampleList out(at);
  const auto add = [&](std::string_view name, double value, std::vector<Labels::Pair> labels = {}) {
    for (const auto& [label, text] : probe.labels) labels.emplace_back(label, text);
    labels.emplace_back("job", "probe");
    labels.emplace_back("instance", probe.target);
    labels.emplace_back("probe", probe.name);
    out.Add(name, value, std::move(labels));
  };
  add("probe_success", result.success ? 1 : 0);
  add("probe_duration_seconds", result.duration.ToSeconds());
  if (probe.type == ProbeType::kTcp) return out.Take();
  add("probe_http_status_code", result.status);
  add("probe_http_ssl", result.tls && result.status != 0 ? 1 : 0);
  if (!probe.body_contains.empty())
    add("probe_failed_due_to_regex", result.failed_due_to_body ? 1 : 0);
  for (const auto& [phase, duration] : result.phases)
    add("probe_http_duration_seconds", duration.ToSeconds(), {{"phase", phase}});
  if (result.certificate_expiry_s != 0)
    add("probe_ssl_earliest_cert_expiry", static_cast<double>(result.certificate_expiry_s));
  return out.Take();
}

}  // namespace hinomi::metrics
