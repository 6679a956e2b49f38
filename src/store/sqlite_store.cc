#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/errno_error.h"
#include "store/data_lock.h"
#include "store/impl/schema.h"
#include "store/impl/sql_store.h"
#include "store/impl/sqlite_session.h"
#include "store/open.h"

namespace hinomi::store {
namespace {

// EXCLUSIVE: the directory is ours alone, and so SQLite keeps the index of its
// log in memory instead of in a mapped file, which a full disk could tear away.
// secure_delete: an erased person's key is overwritten, not just unlinked.
constexpr const char* kPragmas =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA wal_autocheckpoint = 1000;";

// A store that holds the lock of its directory as long as it lives.
class SqliteStore : public SqlStore {
 public:
  SqliteStore(std::unique_ptr<DataLock> lock, std::shared_ptr<SqlSession> session)
      : SqlStore(std::move(session)), lock_(std::move(lock)) {}

 private:
  std::unique_ptr<DataLock> lock_;
};

// Tokens and people's keys stand in it: nobody else reads it. SQLite gives its
// log the permissions of the database.
Status MakePrivate(const SqliteConfig& config, const StoreContext& context) {
  const bool fresh = !context.files.Exists(config.directory);
  HN_TRY_VOID(context.files.MakeDirectories(config.directory));
  if (fresh && chmod(config.directory.c_str(), 0700) != 0) {
    return ErrnoError("chmod of " + config.directory);
  }
  const std::string path = config.directory + "/hinomi.db";
  if (!config.vfs.empty()) return {};
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return ErrnoError("opening " + path);
  close(descriptor);
  return context.files.SyncDirectory(config.directory);
}

Result<std::unique_ptr<SqliteSession>> OpenDatabase(const SqliteConfig& config,
                                                    const StoreContext& context) {
  HN_TRY(auto session, SqliteSession::Open(config.directory + "/hinomi.db", config.vfs));
  session->SetClock(context.clock);
  HN_TRY_VOID(session->RunScript(kPragmas));
  HN_TRY_VOID(PrepareSchema(*session, SqlDialect::kSqlite));
  // We hold the directory, so whoever held a lease in it is dead.
  HN_TRY_VOID(session->Run("UPDATE lease SET until = 0 WHERE until <> 0"));
  // A new database is made with a rollback journal; that it is gone again must
  // survive a power cut, or the database would be rolled back to nothing.
  HN_TRY_VOID(context.files.SyncDirectory(config.directory));
  return session;
}

// On a disk without a byte left even opening may fail, and not always by the
// right name.
bool IsFull(const SqliteConfig& config, const StoreContext& context, const Error& error) {
  const auto space = context.files.Space(config.directory);
  return error.code == ErrorCode::kExhausted || (space && space->free_bytes < (1u << 20));
}

}  // namespace

Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteConfig& config,
                                               const StoreContext& context) {
  HN_TRY_VOID(MakePrivate(config, context));
  HN_TRY(auto lock, DataLock::Take(config.directory));
  auto reserve = std::make_unique<DiskReserve>(
      ReserveConfig{config.directory + "/reserve", config.reserve_bytes, config.reserve_events},
      context.files, context.log, context.telemetry);
  reserve->Prepare();
  auto session = OpenDatabase(config, context);
  if (!session && IsFull(config, context, session.error()) && reserve->Release()) {
    session = OpenDatabase(config, context);
  }
  if (!session) {
    return std::move(session).error().WithContext("opening " + config.directory + "/hinomi.db");
  }
  (*session)->SetReserve(std::move(reserve));
  return std::unique_ptr<Store>(new SqliteStore(std::move(lock), *std::move(session)));
}

}  // namespace hinomi::store
