#include "store/contract_testing.h"

#include <sqlite3.h>

#include <mutex>
#include <thread>

namespace hinomi::store {

namespace {

class SqliteBackend : public Backend {
 public:
  explicit SqliteBackend(StoreWorld& world) : world_(world) {}
  Result<std::unique_ptr<Store>> Open() override {
    return OpenSqliteStore({.directory = directory_.path(), .reserve_bytes = 0}, world_.context);
  }
  bool Shared() const override { return false; }
  void LetPass(Duration ttl) override { world_.clock.Advance(ttl); }
  void Tamper(const std::string& sql) override {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory_.path() + "/hinomi.db").c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << message;
    sqlite3_close(database);
  }

 private:
  StoreWorld& world_;
  TempDirectory directory_;
};

class MemoryBackend : public Backend {
 public:
  explicit MemoryBackend(StoreWorld& world) : world_(world), database_(MakeMemoryDatabase()) {}
  Result<std::unique_ptr<Store>> Open() override {
    return OpenMemoryStore(database_, world_.clock);
  }
  bool Shared() const override { return true; }
  void LetPass(Duration ttl) override { world_.clock.Advance(ttl); }
  void Tamper(const std::string&) override { FAIL() << "nobody tampers with memory"; }

 private:
  StoreWorld& world_;
  std::shared_ptr<MemoryDatabase> database_;
};

class PostgresBackend : public Backend {
 public:
  explicit PostgresBackend(StoreWorld& world) : world_(world) {}
  Result<std::unique_ptr<Store>> Open() override {
    // Servers of a test may open at the same time, each on its thread.
    std::string connection;
    {
      const std::lock_guard lock(mutex_);
      HN_TRY(server_, SharedPostgres());
      if (connection_.empty()) {
        HN_TRY(connection_, server_->NewSchema());
      }
      connection = connection_;
    }
    return OpenPostgresStore({.connection = connection}, world_.context);
  }
  bool Shared() const override { return true; }
  // The database has a clock of its own.
  void LetPass(Duration ttl) override {
    std::this_thread::sleep_for(std::chrono::nanoseconds(ttl.nanos()));
  }
  void Tamper(const std::string& sql) override {
    const Status done = server_->Execute(connection_, sql);
    EXPECT_TRUE(done.has_value()) << done.error().message;
  }

 private:
  StoreWorld& world_;
  std::mutex mutex_;
  TestPostgres* server_ = nullptr;
  std::string connection_;
};

}  // namespace

std::string BackendName(BackendKind kind) {
  switch (kind) {
    case BackendKind::kSqlite:
      return "Sqlite";
    case BackendKind::kMemory:
      return "Memory";
    case BackendKind::kPostgres:
      return "Postgres";
  }
  return "";
}

std::unique_ptr<Backend> MakeBackend(BackendKind kind, StoreWorld& world) {
  if (kind == BackendKind::kSqlite) return std::make_unique<SqliteBackend>(world);
  if (kind == BackendKind::kMemory) return std::make_unique<MemoryBackend>(world);
  return std::make_unique<PostgresBackend>(world);
}

void ContractTest::SetUp() {
  backend_ = MakeBackend(GetParam(), world_);
  Reopen();
}

void ContractTest::Reopen() {
  store_.reset();
  auto store = backend_->Open();
  ASSERT_TRUE(store.has_value()) << store.error().message;
  store_ = *std::move(store);
  auto lease = store_->AcquireLease("leader", "one", Duration::Seconds(10));
  ASSERT_TRUE(lease.has_value()) << lease.error().message;
  lease_ = *lease;
}

Turn ContractTest::NextTurn() {
  Turn turn;
  turn.epoch = lease_.epoch;
  turn.at = world_.clock.Now();
  turn.expected_head = store_->JournalHead().value().sequence;
  return turn;
}

Head ContractTest::Commit(const Turn& turn) {
  auto head = store_->Commit(turn);
  EXPECT_TRUE(head.has_value()) << head.error().message;
  return head.has_value() ? *head : Head{};
}

Head ContractTest::Append(const std::string& type, const std::string& subject,
                          const std::string& body) {
  Turn turn = NextTurn();
  turn.events.push_back(MakeEvent(type, subject, body));
  return Commit(turn);
}

NewEvent MakeEvent(const std::string& type, const std::string& subject, const std::string& body) {
  return NewEvent{.type = type, .version = 1, .subject = subject, .actor = "hinomi", .body = body};
}

NewJob MakeJob(const std::string& key, Instant due, Lane lane) {
  return NewJob{.kind = "page", .host = "", .due = due, .key = key, .payload = "{}", .lane = lane};
}

}  // namespace hinomi::store
