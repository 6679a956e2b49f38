#ifndef HINOMI_API_CONSOLE_SERVICE_SOURCE_H_
#define HINOMI_API_CONSOLE_SERVICE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "http/server.h"

namespace hinomi::api {

struct ConsoleContext;

/// Which part of a task's output.
struct LogQuery {
  std::string cursor;       ///< Of an earlier answer; "" for none.
  uint64_t tail_lines = 0;  ///< Without a cursor: the last so many; 0: from the oldest.
  uint64_t limit_bytes = uint64_t{64} << 10;
};

/// What runs the services, as the console asks it. Threads: any.
class ServiceSource {
 public:
  virtual ~ServiceSource() = default;
  /// A list of `Service` (openapi.json).
  virtual Json List() const = 0;
  /// A list of `Task`, oldest first. kNotFound.
  virtual Result<Json> Tasks(const std::string& service) const = 0;
  /// A `TaskLog`: on from a cursor of an earlier one, or the last lines, or, with
  /// neither, from the beginning of what is kept.
  virtual Result<Json> ReadLog(const std::string& task, const LogQuery& query) = 0;
};

/// GET services, services/{name}/tasks and tasks/{id}/log below /api/hinomi/v1.
/// `source` must outlive the server; null: a server that runs none.
void AddServiceRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context,
                      ServiceSource* source);

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_SERVICE_SOURCE_H_
