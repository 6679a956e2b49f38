#ifndef HINOMI_STORE_IMPL_SQLITE_SESSION_H_
#define HINOMI_STORE_IMPL_SQLITE_SESSION_H_

#include <memory>
#include <string>
#include <unordered_map>

#include "store/impl/sql.h"
#include "store/reserve.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hinomi::store {

/// A SQLite connection. The clock gives the database's time.
class SqliteSession : public SqlSession {
 public:
  /// `path` ":memory:" for a database in memory; `vfs` "" for the usual one.
  static Result<std::unique_ptr<SqliteSession>> Open(const std::string& path,
                                                     const std::string& vfs);
  ~SqliteSession() override;
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  /// Must be set before anybody asks for the time; must outlive the session.
  void SetClock(const Clock& clock) { clock_ = &clock; }

  /// Disk space to fall back on.
  void SetReserve(std::unique_ptr<DiskReserve> reserve) { reserve_ = std::move(reserve); }

  Status Begin() override;
  Status Commit() override;
  void Rollback() override;
  using SqlSession::Run;
  Result<int64_t> Run(const char* sql, std::initializer_list<SqlParam> params,
                      const RowFunction& on_row) override;
  Status RunScript(const std::string& sql) override;
  Result<Instant> Now() override;
  bool NeedsRowLocks() const override { return false; }
  Status Scrub() override;
  bool FreeReserve() override { return reserve_ != nullptr && reserve_->Release(); }
  Status AdmitWrite(uint64_t events) override {
    return reserve_ != nullptr ? reserve_->Admit(events) : Status();
  }

 private:
  explicit SqliteSession(sqlite3* database) : database_(database) {}
  Result<sqlite3_stmt*> Prepare(const char* sql);
  Error Failure(int code) const;

  sqlite3* database_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  const Clock* clock_ = nullptr;
  std::unique_ptr<DiskReserve> reserve_;
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_IMPL_SQLITE_SESSION_H_
