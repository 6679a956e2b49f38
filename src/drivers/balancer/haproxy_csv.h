#ifndef HINOMI_DRIVERS_BALANCER_HAPROXY_CSV_H_
#define HINOMI_DRIVERS_BALANCER_HAPROXY_CSV_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hinomi::drivers {

/// A table that HAProxy prints, its columns found by their header's name: they
/// move between versions, and new ones come.
class HaproxyTable {
 public:
  /// The answer to `show stat`: "# pxname,svname,…", then CSV with quoted
  /// fields (HAProxy management guide 9.1), ended by an empty line. kCorrupt
  /// for what has another form or was cut off.
  static Result<HaproxyTable> ParseCsv(std::string_view answer);
  /// The answer to `show servers state`: a line with the version of the form,
  /// "# be_id be_name …", then words between blanks, ended by an empty line.
  static Result<HaproxyTable> ParseWords(std::string_view answer);

  size_t size() const { return rows_.size(); }
  bool HasColumn(std::string_view column) const;
  /// "" where the row says nothing or the column is unknown.
  std::string_view Get(size_t row, std::string_view column) const;

 private:
  Status SetHeader(std::vector<std::string> names);
  Status AddRow(std::vector<std::string> fields);

  std::map<std::string, size_t, std::less<>> columns_;
  size_t width_ = 0;
  std::vector<std::vector<std::string>> rows_;
};

/// HTTP answers by class: 1xx 2xx 3xx 4xx 5xx, and what is none of them.
struct HttpAnswers {
  uint64_t by_class[6] = {};

  uint64_t server_errors() const { return by_class[4]; }
};

/// A server's row of `show stat`. Counters count from the process' start.
struct ServerStat {
  std::string name;
  std::string id;       ///< `sid`: with the name, which server of that name.
  std::string address;  ///< "127.0.0.1:9001"; "" in old versions.
  std::string status;   ///< As printed: "UP", "UP 1/2", "DOWN", "MAINT", "DRAIN", "no check" …
  int64_t weight = 0;   ///< Set by the user, 0 to 256.
  int64_t effective_weight = 0;  ///< Lower while a server starts slowly.
  int64_t sessions = 0;
  int64_t queued = 0;
  bool active = false;
  std::string check_status;  ///< "L7OK", "L7STS"; "" without checks.
  std::string check_code;    ///< "500"; "" if it has none, or while a check runs.
  /// 0 to rise + fall - 1: at least rise is up; the most only after a check
  /// that passed, as HAProxy starts with rise.
  int64_t check_health = 0, check_rise = 0, check_fall = 0;
  uint64_t sessions_total = 0;
  HttpAnswers answers;
};

/// A backend's row and those of its servers.
struct BackendStat {
  std::string name;
  std::string status;
  int64_t active_servers = 0;
  int64_t backup_servers = 0;
  int64_t sessions = 0;
  int64_t queued = 0;
  uint64_t sessions_total = 0;
  uint64_t requests_total = 0;   ///< HTTP requests; in TCP mode sessions.
  HttpAnswers answers;           ///< With those that HAProxy gave itself.
  int64_t response_time_ms = 0;  ///< `rtime`: the average of the last 1,024 requests.
  std::vector<ServerStat> servers;
};

/// Picks one backend out of a parsed `show stat`. kNotFound when it is not
/// there, kCorrupt when a column that is needed is missing or holds no number.
Result<BackendStat> ReadBackendStat(const HaproxyTable& table, std::string_view backend);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_HAPROXY_CSV_H_
