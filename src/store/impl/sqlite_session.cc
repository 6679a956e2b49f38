#include "store/impl/sqlite_session.h"

#include <sqlite3.h>

#include "base/strings.h"

namespace hinomi::store {
namespace {

class SqliteRow : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view Bytes(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
  }

 private:
  sqlite3_stmt* statement_;
};

int BindOne(sqlite3_stmt* statement, int index, const SqlParam& param) {
  // A null pointer would bind NULL instead of an empty value.
  const char* bytes = param.bytes().empty() ? "" : param.bytes().data();
  const auto size = static_cast<sqlite3_uint64>(param.bytes().size());
  switch (param.kind()) {
    case SqlParam::Kind::kInt:
      return sqlite3_bind_int64(statement, index, param.integer());
    case SqlParam::Kind::kText:
      return sqlite3_bind_text64(statement, index, bytes, size, SQLITE_STATIC, SQLITE_UTF8);
    case SqlParam::Kind::kBlob:
      return sqlite3_bind_blob64(statement, index, bytes, size, SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

// "$3" is a name to SQLite, and its place is where it first stands.
int Bind(sqlite3_stmt* statement, std::initializer_list<SqlParam> params) {
  const int count = sqlite3_bind_parameter_count(statement);
  HN_CHECK(count == static_cast<int>(params.size()));
  for (int index = 1; index <= count; ++index) {
    const auto number = ParseUint(sqlite3_bind_parameter_name(statement, index) + 1);
    HN_CHECK(number && *number >= 1 && *number <= params.size());
    const int code = BindOne(statement, index, params.begin()[*number - 1]);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

ErrorCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::kExhausted;
    case SQLITE_CONSTRAINT:
      return ErrorCode::kConflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kCorrupt;
    case SQLITE_TOOBIG:
      return ErrorCode::kInvalidArgument;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

Result<std::unique_ptr<SqliteSession>> SqliteSession::Open(const std::string& path,
                                                           const std::string& vfs) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                   vfs.empty() ? nullptr : vfs.c_str());
  // A handle comes back even if opening failed, and has to be closed.
  std::unique_ptr<SqliteSession> session(new SqliteSession(database));
  if (code != SQLITE_OK) return session->Failure(code).WithContext("opening " + path);
  sqlite3_extended_result_codes(database, 1);
  return session;
}

SqliteSession::~SqliteSession() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Error SqliteSession::Failure(int code) const {
  const char* message = database_ != nullptr ? sqlite3_errmsg(database_) : sqlite3_errstr(code);
  return Error{CodeOf(code),
               std::string("SQLite: ") + message + " (code " + std::to_string(code) + ")"};
}

Result<sqlite3_stmt*> SqliteSession::Prepare(const char* sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  statements_.emplace(sql, statement);
  return statement;
}

Result<int64_t> SqliteSession::Run(const char* sql, std::initializer_list<SqlParam> params,
                                   const RowFunction& on_row) {
  HN_TRY(sqlite3_stmt* const statement, Prepare(sql));
  int code = Bind(statement, params);
  if (code == SQLITE_OK) {
    const SqliteRow row(statement);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) on_row(row);
  }
  if (code != SQLITE_DONE) {
    Error error = Failure(code);
    sqlite3_reset(statement);
    return error;
  }
  sqlite3_reset(statement);
  return int64_t{sqlite3_changes(database_)};
}

Status SqliteSession::RunScript(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return {};
}

Status SqliteSession::Begin() {
  HN_TRY_VOID(Run("BEGIN IMMEDIATE"));
  return {};
}

Status SqliteSession::Commit() {
  auto committed = Run("COMMIT");
  if (committed) return {};
  // A failed COMMIT may leave the transaction open.
  Rollback();
  return std::move(committed).error();
}

void SqliteSession::Rollback() {
  // SQLite itself may have rolled back already, e.g. when the disk was full.
  if (sqlite3_get_autocommit(database_) != 0) return;
  (void)Run("ROLLBACK").has_value();
}

Result<Instant> SqliteSession::Now() {
  HN_CHECK(clock_ != nullptr);
  return clock_->Now();
}

// `secure_delete` overwrites deleted rows in the database file, but the
// write-ahead log still holds the pages of before.
Status SqliteSession::Scrub() {
  int busy = 0;
  HN_TRY_VOID(Run("PRAGMA wal_checkpoint(TRUNCATE)", {},
                  [&](const SqlRow& row) { busy = static_cast<int>(row.Int(0)); }));
  if (busy != 0) return Unavailable("SQLite could not empty its write-ahead log; erase again");
  return {};
}

}  // namespace hinomi::store
