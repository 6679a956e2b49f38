#ifndef HINOMI_STORE_TESTING_H_
#define HINOMI_STORE_TESTING_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "os/files.h"
#include "store/open.h"

namespace hinomi::store {

/// A directory under the system's temporary one, removed with its content.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The world that a store under test stands in: a clock moved by hand, the
/// machine's files.
struct StoreWorld {
  ManualClock clock;
  PosixFiles files;
  NullLog log;
  Telemetry telemetry;
  StoreContext context{clock, files, log, telemetry};
};

/// A real PostgreSQL server of its own, on a socket in a temporary directory,
/// run as an unprivileged user when we are root. It is stopped by the
/// destructor, and by the kernel if this process dies.
class TestPostgres {
 public:
  /// Makes a cluster and starts it (some seconds). Errors: kNotFound, with the
  /// Debian package to install, if the server's programs are missing.
  static Result<std::unique_ptr<TestPostgres>> Make();
  ~TestPostgres();
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;

  /// Connection string of a new, empty schema.
  Result<std::string> NewSchema();
  /// Runs SQL at `connection`.
  Status Execute(const std::string& connection, const std::string& sql);
  /// The database goes away at once ("immediate"), and comes back.
  Status Stop();
  Status Start();

 private:
  TestPostgres() = default;
  Status InitCluster();
  Status AwaitReady();
  std::string Connection() const;

  TempDirectory directory_;
  std::string programs_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t server_ = -1;
  int schemas_ = 0;
};

/// The one server that all tests of this process share, started at the first
/// call and stopped when the process ends.
Result<TestPostgres*> SharedPostgres();

}  // namespace hinomi::store

#endif  // HINOMI_STORE_TESTING_H_
