#include "drivers/balancer/haproxy_socket.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

std::string FirstLine(std::string_view text) {
  text = Trim(text);
  text = Trim(text.substr(0, text.find('\n')));
  std::string line;
  for (const char c : text.substr(0, 160)) line += c < ' ' || c > '~' ? '?' : c;
  return line;
}

/// What HAProxy (2.4 to 3.0) says when it does not do what it was told.
/// `otherwise`: what an unknown text is.
Error Meaning(std::string_view text, ErrorCode otherwise) {
  const struct {
    std::string_view begins;
    ErrorCode code;
    std::string_view advice;
  } kKnown[] = {
      {"No such server", ErrorCode::kNotFound, ""},
      {"No such backend", ErrorCode::kNotFound, "compare the name with haproxy.cfg"},
      {"No such proxy", ErrorCode::kNotFound, "compare the name with haproxy.cfg"},
      {"Can't find backend", ErrorCode::kNotFound, "compare the name with haproxy.cfg"},
      {"Already exists a server", ErrorCode::kConflict, ""},
      {"Permission denied", ErrorCode::kDenied,
       "give the line `stats socket` in haproxy.cfg `level admin`"},
      {"Server still has connections", ErrorCode::kUnavailable, ""},
      {"Only servers in maintenance mode", ErrorCode::kConflict, ""},
      {"This server cannot be removed", ErrorCode::kConflict,
       "another part of haproxy.cfg refers to it"},
      {"Backend must use a dynamic load balancing", ErrorCode::kInvalidArgument,
       "use `balance roundrobin`, `leastconn` or another dynamic one in haproxy.cfg"},
      {"Unknown command", ErrorCode::kInvalidArgument,
       "HAProxy 2.6 or newer is needed for servers at run time"},
  };
  const std::string line = FirstLine(text);
  for (const auto& known : kKnown) {
    if (!line.starts_with(known.begins)) continue;
    return {known.code, "HAProxy says \"" + line + "\"" +
                            (known.advice.empty() ? "" : "; " + std::string(known.advice))};
  }
  if (otherwise == ErrorCode::kCorrupt)
    return Corrupt("the answer is none of HAProxy's: it begins \"" + line +
                   "\"; is this HAProxy's runtime socket?");
  return {otherwise, "HAProxy says \"" + line + "\""};
}

}  // namespace

bool IsHaproxyName(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
  });
}

Result<HaproxyProcess> ParseHaproxyInfo(std::string_view answer) {
  HaproxyProcess process;
  bool pid = false, uptime = false;
  for (const std::string_view line : Split(answer, '\n')) {
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(colon + 1));
    const auto number = [&](int64_t& into) {
      const auto read = ParseInt(value);
      if (read && *read >= 0) into = *read;
      return read && *read >= 0;
    };
    if (name == "Version") process.version = value;
    if (name == "Pid") pid = number(process.pid);
    if (name == "Uptime_sec") uptime = number(process.uptime_s);
    if (name == "Start_time_sec") number(process.start_time_s);
  }
  if (pid && uptime) return process;
  return Corrupt("show info says no Pid or Uptime_sec; it begins \"" + FirstLine(answer) + "\"");
}

Error HaproxySocket::InContext(Error error, std::string_view command) const {
  if (error.code == ErrorCode::kUnavailable && !error.message.starts_with("HAProxy says"))
    error.message += "; is HAProxy running, and does its haproxy.cfg say `stats socket " + path_ +
                     " level admin`?";
  if (error.code == ErrorCode::kDenied && !error.message.starts_with("HAProxy says"))
    error.message +=
        "; let Hinomi's user into it with `user`, `group` and `mode` of `stats socket`";
  return std::move(error).WithContext("HAProxy at " + path_ + ", `" + std::string(command) + "`");
}

Result<std::string> HaproxySocket::Ask(std::string_view command) const {
  Result<std::string> answer = exchange_(path_, std::string(command) + "\n", limits_);
  if (!answer) return InContext(std::move(answer).error(), command);
  return answer;
}

Status HaproxySocket::Change(std::string_view command, std::string_view done) const {
  HN_TRY(const std::string answer, Ask(command));
  const std::string_view said = Trim(answer);
  if (said.empty() || (!done.empty() && said.starts_with(done))) return {};
  return InContext(Meaning(said, ErrorCode::kInvalidArgument), command);
}

Result<HaproxySnapshot> HaproxySocket::Snapshot(std::string_view backend) const {
  // 6: backends and servers, -1: all of them.
  const std::string command = "show info;show stat " + std::string(backend) + " 6 -1";
  if (!IsHaproxyName(backend))
    return InvalidArgument("\"" + std::string(backend.substr(0, 40)) +
                           "\" is no name of a backend: letters, digits and _-.: are");
  HN_TRY(const std::string answer, Ask(command));
  const std::string_view text = answer;
  // Each answer ends with an empty line, and none has one inside.
  const size_t gap = text.find("\n\n");
  const std::string_view info = text.substr(0, gap);
  auto process = ParseHaproxyInfo(info);
  if (!process) return InContext(Meaning(answer, ErrorCode::kCorrupt), command);
  const std::string_view stat = gap == text.npos ? "" : text.substr(gap + 2);
  if (!stat.empty() && !stat.starts_with('#'))
    return InContext(Meaning(stat, ErrorCode::kCorrupt), command);
  const auto table = HaproxyTable::ParseCsv(stat);
  if (!table) return InContext(table.error(), command);
  auto read = ReadBackendStat(*table, backend);
  if (!read) return InContext(std::move(read).error(), command);
  return HaproxySnapshot{*std::move(process), *std::move(read)};
}

Result<HaproxyTable> HaproxySocket::ServersState(std::string_view backend) const {
  const std::string command = "show servers state " + std::string(backend);
  HN_TRY(const std::string answer, Ask(command));
  if (!answer.starts_with("1\n")) return InContext(Meaning(answer, ErrorCode::kCorrupt), command);
  auto table = HaproxyTable::ParseWords(answer);
  if (!table) return InContext(std::move(table).error(), command);
  return table;
}

}  // namespace hinomi::drivers
