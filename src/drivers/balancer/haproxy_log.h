#ifndef HINOMI_DRIVERS_BALANCER_HAPROXY_LOG_H_
#define HINOMI_DRIVERS_BALANCER_HAPROXY_LOG_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace hinomi::drivers {

/// What a line of HAProxy's HTTP log says of one request. Views into the line.
struct LoggedRequest {
  std::string_view backend;
  std::string_view server;   ///< "<NOSRV>" when none was chosen.
  int64_t response_ms = -1;  ///< %Tr: from the request sent to the answer's head; -1: none came.
  int64_t total_ms = -1;     ///< %Ta
  int64_t status = -1;       ///< -1: nothing was answered.
};

/// Reads a line of `option httplog` (HAProxy configuration manual 8.2.3), with or
/// without a syslog header in front, custom fields behind. Nothing for every
/// other line (TCP, notices, errors). What clients can write into a line stands
/// behind all that is read here.
std::optional<LoggedRequest> ParseHaproxyLogLine(std::string_view line);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_HAPROXY_LOG_H_
