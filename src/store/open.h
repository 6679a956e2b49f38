#ifndef HINOMI_STORE_OPEN_H_
#define HINOMI_STORE_OPEN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "os/files.h"
#include "store/store.h"

namespace hinomi::store {

/// What a store is given of the world. All of it must outlive the store.
struct StoreContext {
  const Clock& clock;
  Files& files;
  Log& log;
  Telemetry& telemetry;
};

/// The embedded store: one SQLite file.
struct SqliteConfig {
  std::string directory;  ///< Data directory; made (0700) if it is absent.
  /// Disk space held back, in bytes, for the time when the disk is full; 0 for none.
  uint64_t reserve_bytes = uint64_t{64} << 20;
  /// Events that may still be written once the reserve was given up.
  uint64_t reserve_events = 10'000;
  /// Name of a registered sqlite3_vfs, "" for the operating system's (tests).
  std::string vfs;
};

/// Opens or makes `directory`/hinomi.db. Holds `directory`/lock while open:
/// kConflict names the process that has it. Leases that a dead process left
/// are free again at once. Errors: kConflict, kExhausted, kCorrupt, kUnavailable.
Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteConfig& config,
                                               const StoreContext& context);

/// The shared store: a PostgreSQL database (15 or newer) for several servers.
struct PostgresConfig {
  /// libpq's form, "host=… dbname=…" or "postgresql://…"; may hold a password:
  /// it is never logged.
  std::string connection;
  /// Longest wait for one answer of the database; after it the call fails with
  /// kUnavailable and the connection is thrown away.
  Duration call_timeout = Duration::Seconds(10);
};

/// Connects and makes the tables if they are absent. Once open, a store whose
/// database went away answers kUnavailable and connects anew with a later call.
Result<std::unique_ptr<Store>> OpenPostgresStore(const PostgresConfig& config,
                                                 const StoreContext& context);

/// When a fault hook of a memory store is asked.
enum class FaultPoint {
  kBefore,  ///< Nothing has happened yet; an error makes the call fail without effect.
  kAfter,   ///< All is committed; an error makes the call fail though it had its effect.
};
/// Told each call of the store by name ("Commit", "ClaimJobs", …); must not
/// call the store itself.
using FaultHook = std::function<Status(std::string_view call, FaultPoint point)>;

class MemoryDatabase;

/// An empty SQLite database in memory that outlives the stores opened on it,
/// so that the simulator can let a server die and start again.
std::shared_ptr<MemoryDatabase> MakeMemoryDatabase();

/// A store on such a database, under the same contract as the others. Several
/// may be open at once, as several servers would be. `clock` must outlive the
/// store. Threads: any.
std::unique_ptr<Store> OpenMemoryStore(std::shared_ptr<MemoryDatabase> database, const Clock& clock,
                                       FaultHook hook = nullptr);

}  // namespace hinomi::store

#endif  // HINOMI_STORE_OPEN_H_
