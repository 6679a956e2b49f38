#include "drivers/balancer/haproxy_log.h"

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

std::string_view TakeWord(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

/// "10/0/30/69/109"; the last one may have a "+" (`option logasap`).
bool ReadTimers(std::string_view word, LoggedRequest& request) {
  if (word.size() > 100) return false;
  const auto timers = Split(word, '/');
  if (timers.size() != 5) return false;
  int64_t values[5];
  for (size_t i = 0; i < 5; ++i) {
    std::string_view timer = timers[i];
    if (i == 4 && timer.starts_with('+')) timer.remove_prefix(1);
    const auto value = ParseInt(timer);
    if (!value || *value < -1) return false;
    values[i] = *value;
  }
  request.response_ms = values[3];
  request.total_ms = values[4];
  return true;
}

}  // namespace

std::optional<LoggedRequest> ParseHaproxyLogLine(std::string_view line) {
  // "… [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 …":
  // backend/server is the word before the first that has the timers' form.
  LoggedRequest request;
  std::string_view target;
  for (std::string_view rest = line; !rest.empty();) {
    const std::string_view word = TakeWord(rest);
    // Quotes begin what a client wrote.
    if (word.starts_with('"') || word.starts_with('{')) return std::nullopt;
    const size_t slash = target.find('/');
    if (slash == 0 || slash == target.npos || slash + 1 == target.size() ||
        !ReadTimers(word, request)) {
      target = word;
      continue;
    }
    request.backend = target.substr(0, slash);
    request.server = target.substr(slash + 1);
    const auto status = ParseInt(TakeWord(rest));
    if (!status || *status < -1 || *status > 999) return std::nullopt;
    request.status = *status;
    return request;
  }
  return std::nullopt;
}

}  // namespace hinomi::drivers
