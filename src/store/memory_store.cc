#include "base/mutex.h"
#include "store/impl/schema.h"
#include "store/impl/sql_store.h"
#include "store/impl/sqlite_session.h"
#include "store/open.h"

namespace hinomi::store {

class MemoryDatabase {
 public:
  explicit MemoryDatabase(std::shared_ptr<SqliteSession> session) : session_(std::move(session)) {}
  const std::shared_ptr<SqliteSession>& session() const { return session_; }
  Mutex& mutex() { return mutex_; }

 private:
  Mutex mutex_;
  std::shared_ptr<SqliteSession> session_;
};

std::shared_ptr<MemoryDatabase> MakeMemoryDatabase() {
  auto session = SqliteSession::Open(":memory:", "");
  HN_CHECK(session.has_value());
  HN_CHECK((*session)->RunScript("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"));
  HN_CHECK(PrepareSchema(**session, SqlDialect::kSqlite));
  return std::make_shared<MemoryDatabase>(*std::move(session));
}

namespace {

/// Asks the hook before and after each call.
class HookedStore : public Store {
 public:
  HookedStore(std::shared_ptr<MemoryDatabase> database, const Clock& clock, FaultHook hook)
      : database_(std::move(database)),
        clock_(clock),
        hook_(std::move(hook)),
        store_(database_->session()) {}

  Result<Head> Commit(const Turn& turn) override {
    return Call("Commit", [&] { return store_.Commit(turn); });
  }
  Result<Head> JournalHead() override {
    return Call("JournalHead", [&] { return store_.JournalHead(); });
  }
  Result<std::vector<JournalEntry>> ReadJournal(uint64_t after, size_t limit) override {
    return Call("ReadJournal", [&] { return store_.ReadJournal(after, limit); });
  }
  Result<std::vector<JournalEntry>> ReadSubject(const std::string& subject, uint64_t before,
                                                size_t limit) override {
    return Call("ReadSubject", [&] { return store_.ReadSubject(subject, before, limit); });
  }
  Result<JournalFound> SearchJournal(const JournalFilter& filter, uint64_t before,
                                     size_t limit) override {
    return Call("SearchJournal", [&] { return store_.SearchJournal(filter, before, limit); });
  }
  Result<std::optional<Snapshot>> ReadSnapshot(const std::string& machine) override {
    return Call("ReadSnapshot", [&] { return store_.ReadSnapshot(machine); });
  }
  Result<std::optional<std::string>> ReadPersonal(const std::string& commitment) override {
    return Call("ReadPersonal", [&] { return store_.ReadPersonal(commitment); });
  }
  Status ErasePerson(const std::string& person) override {
    return Call("ErasePerson", [&] { return store_.ErasePerson(person); });
  }
  Status AddCheckpoint(const Checkpoint& checkpoint) override {
    return Call("AddCheckpoint", [&] { return store_.AddCheckpoint(checkpoint); });
  }
  Result<std::vector<Checkpoint>> ReadCheckpoints() override {
    return Call("ReadCheckpoints", [&] { return store_.ReadCheckpoints(); });
  }
  Result<std::vector<Job>> ClaimJobs(uint64_t epoch, Lane lane, Instant now,
                                     size_t limit) override {
    return Call("ClaimJobs", [&] { return store_.ClaimJobs(epoch, lane, now, limit); });
  }
  Result<std::vector<Job>> OrphanedJobs(uint64_t epoch) override {
    return Call("OrphanedJobs", [&] { return store_.OrphanedJobs(epoch); });
  }
  Result<std::vector<Job>> ListJobs(JobState state, size_t limit) override {
    return Call("ListJobs", [&] { return store_.ListJobs(state, limit); });
  }
  Result<std::optional<Job>> FindJob(const std::string& key) override {
    return Call("FindJob", [&] { return store_.FindJob(key); });
  }
  Result<std::optional<Instant>> NextJobDue() override {
    return Call("NextJobDue", [&] { return store_.NextJobDue(); });
  }
  Result<Command> PutCommand(const NewCommand& command, Instant now) override {
    return Call("PutCommand", [&] { return store_.PutCommand(command, now); });
  }
  Result<std::vector<Command>> PendingCommands(size_t limit) override {
    return Call("PendingCommands", [&] { return store_.PendingCommands(limit); });
  }
  Result<std::optional<Command>> FindCommand(uint64_t id) override {
    return Call("FindCommand", [&] { return store_.FindCommand(id); });
  }
  Result<Lease> AcquireLease(const std::string& name, const std::string& holder,
                             Duration ttl) override {
    return Call("AcquireLease", [&] { return store_.AcquireLease(name, holder, ttl); });
  }
  Result<Lease> RenewLease(const Lease& lease, Duration ttl) override {
    return Call("RenewLease", [&] { return store_.RenewLease(lease, ttl); });
  }
  Status ReleaseLease(const Lease& lease) override {
    return Call("ReleaseLease", [&] { return store_.ReleaseLease(lease); });
  }
  Status PutValue(const std::string& table, const KeyValue& row) override {
    return Call("PutValue", [&] { return store_.PutValue(table, row); });
  }
  Status DeleteValue(const std::string& table, const std::string& key) override {
    return Call("DeleteValue", [&] { return store_.DeleteValue(table, key); });
  }
  Result<std::optional<std::string>> GetValue(const std::string& table,
                                              const std::string& key) override {
    return Call("GetValue", [&] { return store_.GetValue(table, key); });
  }
  Result<std::vector<KeyValue>> ListValues(const std::string& table) override {
    return Call("ListValues", [&] { return store_.ListValues(table); });
  }

 private:
  template <typename Body>
  auto Call(const char* name, const Body& body) -> decltype(body()) {
    // The session is shared by all stores on the database, each with its clock.
    MutexLock lock(database_->mutex());
    database_->session()->SetClock(clock_);
    if (hook_) HN_TRY_VOID(hook_(name, FaultPoint::kBefore));
    auto result = body();
    if (hook_ && result) HN_TRY_VOID(hook_(name, FaultPoint::kAfter));
    return result;
  }

  std::shared_ptr<MemoryDatabase> database_;
  const Clock& clock_;
  FaultHook hook_;
  SqlStore store_;
};

}  // namespace

std::unique_ptr<Store> OpenMemoryStore(std::shared_ptr<MemoryDatabase> database, const Clock& clock,
                                       FaultHook hook) {
  return std::make_unique<HookedStore>(std::move(database), clock, std::move(hook));
}

}  // namespace hinomi::store
