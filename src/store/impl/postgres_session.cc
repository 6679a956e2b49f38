#include "store/impl/postgres_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/strings.h"

namespace hinomi::store {
namespace {

// Type numbers of pg_type.dat; they never change.
constexpr Oid kInt8 = 20;
constexpr Oid kText = 25;
constexpr Oid kBytea = 17;
constexpr int kBinary = 1;
// A database that is down is not tried more often than this: each try may
// block the caller.
constexpr Duration kReconnectPause = Duration::Seconds(1);

std::string BigEndian(int64_t value) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(static_cast<uint64_t>(value) >> (56 - 8 * i) & 0xff);
  }
  return bytes;
}

class PgRow : public SqlRow {
 public:
  PgRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  int64_t Int(int column) const override {
    uint64_t value = 0;
    for (const char byte : Bytes(column)) value = value << 8 | static_cast<uint8_t>(byte);
    return static_cast<int64_t>(value);
  }
  std::string_view Bytes(int column) const override {
    return {PQgetvalue(result_, row_, column),
            static_cast<size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  const PGresult* result_;
  int row_;
};

Oid TypeOf(const SqlParam& param) {
  switch (param.kind()) {
    case SqlParam::Kind::kInt:
      return kInt8;
    case SqlParam::Kind::kText:
      return kText;
    case SqlParam::Kind::kBlob:
      return kBytea;
  }
  return kText;
}

// SQLSTATE, appendix A of PostgreSQL's manual.
ErrorCode CodeOf(std::string_view state) {
  if (state == "53100") return ErrorCode::kExhausted;  // disk_full
  if (state == "22021") return ErrorCode::kInvalidArgument;
  const std::string_view family = state.substr(0, 2);
  if (family == "23") return ErrorCode::kConflict;  // integrity constraint
  if (state == "XX001" || state == "XX002") return ErrorCode::kCorrupt;
  // Connection, read-only standby, rolled back, resources, operator's hand.
  for (const char* passing : {"08", "25", "40", "53", "55", "57", "58"}) {
    if (family == passing) return ErrorCode::kUnavailable;
  }
  return ErrorCode::kInternal;
}

}  // namespace

void PgResultDeleter::operator()(pg_result* result) const {
  PQclear(result);
}

PostgresSession::~PostgresSession() {
  Disconnect();
}

void PostgresSession::Disconnect() {
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  statements_.clear();
}

Error PostgresSession::Lost(std::string why) {
  if (connection_ != nullptr) why += ": " + std::string(Trim(PQerrorMessage(connection_)));
  Disconnect();
  return Unavailable("PostgreSQL: " + why);
}

Error PostgresSession::Failure(const pg_result* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string code = state != nullptr ? state : "";
  const std::string message(Trim(PQresultErrorMessage(result)));
  // 57P01…: the server is going down and closes the connection behind this.
  const bool lost = code.empty() || code.starts_with("57P") || code.starts_with("08") ||
                    PQstatus(connection_) != CONNECTION_OK;
  if (lost) {
    Disconnect();
    return Unavailable("PostgreSQL: " + message);
  }
  return Error{CodeOf(code), "PostgreSQL: " + message + " (SQLSTATE " + code + ")"};
}

Status PostgresSession::EnsureConnected() {
  if (connection_ != nullptr && PQstatus(connection_) == CONNECTION_OK) return {};
  Disconnect();
  const Duration now = clock_.Monotonic();
  if (tried_ && now - last_try_ < kReconnectPause) {
    return Unavailable("PostgreSQL: not connected; the last try was less than 1 s ago");
  }
  tried_ = true;
  last_try_ = now;
  HN_TRY_VOID(Connect());
  tried_ = false;
  return {};
}

Status PostgresSession::Connect() {
  const std::string timeout = std::to_string(std::max<int64_t>(2, config_.call_timeout.seconds()));
  const char* names[] = {"dbname", "client_encoding", "fallback_application_name",
                         "connect_timeout", nullptr};
  const char* values[] = {config_.connection.c_str(), "UTF8", "hinomi", timeout.c_str(), nullptr};
  connection_ = PQconnectdbParams(names, values, /*expand_dbname=*/1);
  if (connection_ == nullptr || PQstatus(connection_) != CONNECTION_OK) {
    return Lost("cannot connect");
  }
  PQsetnonblocking(connection_, 1);
  return Configure();
}

// The settings that the contract rests on, whatever the server's or the
// role's defaults are.
Status PostgresSession::Configure() {
  const std::string ms = std::to_string(config_.call_timeout.millis());
  return RunScript(
      "SET default_transaction_isolation = 'read committed';"
      "SET client_min_messages = warning;"
      // A commit that is answered is on disk; a stronger setting is kept.
      "SELECT set_config('synchronous_commit', 'on', false) WHERE "
      "current_setting('synchronous_commit') IN ('off', 'local');"
      "SET statement_timeout = " +
      ms +
      ";"
      // A leader that was stopped in the middle must not hold its locks for ever.
      "SET idle_in_transaction_session_timeout = " +
      ms);
}

Status PostgresSession::AwaitSocket(short events) {
  pollfd socket{PQsocket(connection_), events, 0};
  int ready = 0;
  do {
    ready = poll(&socket, 1, static_cast<int>(config_.call_timeout.millis()) + 1000);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return {};
  return Lost("no answer in time");
}

Result<PgResult> PostgresSession::Await(bool sent) {
  if (!sent) return Lost("cannot send");
  for (int rest = 1; (rest = PQflush(connection_)) != 0;) {
    if (rest < 0) return Lost("cannot send");
    HN_TRY_VOID(AwaitSocket(POLLIN | POLLOUT));
    if (PQconsumeInput(connection_) == 0) return Lost("cannot read the answer");
  }
  PgResult last;
  PgResult failed;
  while (true) {
    while (PQisBusy(connection_) != 0) {
      HN_TRY_VOID(AwaitSocket(POLLIN));
      if (PQconsumeInput(connection_) == 0) return Lost("cannot read the answer");
    }
    PgResult result(PQgetResult(connection_));
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    (good ? last : failed) = std::move(result);
  }
  if (failed != nullptr) return Failure(failed.get());
  if (last == nullptr) return Lost("an empty answer");
  return last;
}

Result<std::string> PostgresSession::Prepare(const char* sql,
                                             std::initializer_list<SqlParam> params) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
  std::vector<Oid> types;
  for (const SqlParam& param : params) types.push_back(TypeOf(param));
  const std::string name = "s" + std::to_string(statements_.size());
  HN_TRY([[maybe_unused]] const PgResult prepared,
         Await(PQsendPrepare(connection_, name.c_str(), sql, static_cast<int>(types.size()),
                             types.data()) == 1));
  statements_.emplace(sql, name);
  return name;
}

Result<int64_t> PostgresSession::Run(const char* sql, std::initializer_list<SqlParam> params,
                                     const RowFunction& on_row) {
  if (!in_transaction_) HN_TRY_VOID(EnsureConnected());
  if (connection_ == nullptr) return Unavailable("PostgreSQL: the connection was lost");
  HN_TRY(const std::string name, Prepare(sql, params));
  std::vector<std::string> integers;
  integers.reserve(params.size());  // The pointers below must stay.
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(params.size(), kBinary);
  for (const SqlParam& param : params) {
    std::string_view bytes = param.bytes();
    if (param.kind() == SqlParam::Kind::kInt) {
      bytes = integers.emplace_back(BigEndian(param.integer()));
    }
    values.push_back(bytes.empty() ? "" : bytes.data());
    lengths.push_back(static_cast<int>(bytes.size()));
  }
  HN_TRY(const PgResult result,
         Await(PQsendQueryPrepared(connection_, name.c_str(), static_cast<int>(values.size()),
                                   values.data(), lengths.data(), formats.data(), kBinary) == 1));
  const int rows = PQntuples(result.get());
  for (int row = 0; row < rows; ++row) on_row(PgRow(result.get(), row));
  return ParseInt(PQcmdTuples(result.get())).value_or(0);
}

Status PostgresSession::RunScript(const std::string& sql) {
  if (connection_ == nullptr) HN_TRY_VOID(EnsureConnected());
  HN_TRY([[maybe_unused]] const PgResult result, Await(PQsendQuery(connection_, sql.c_str()) == 1));
  return {};
}

Status PostgresSession::Begin() {
  HN_TRY_VOID(EnsureConnected());
  Status begun = RunScript("BEGIN");
  if (!begun) {
    // A server that restarted since the last call is noticed only here; that
    // costs one try, nothing was done yet.
    if (connection_ != nullptr) return begun;
    HN_TRY_VOID(EnsureConnected());
    HN_TRY_VOID(RunScript("BEGIN"));
  }
  in_transaction_ = true;
  return {};
}

Status PostgresSession::Commit() {
  in_transaction_ = false;
  if (connection_ == nullptr) return Unavailable("PostgreSQL: the connection was lost");
  HN_TRY(const PgResult result, Await(PQsendQuery(connection_, "COMMIT") == 1));
  // A transaction that had failed is rolled back by COMMIT, without an error.
  if (std::string_view(PQcmdStatus(result.get())) == "COMMIT") return {};
  return Internal("PostgreSQL rolled back instead of committing");
}

void PostgresSession::Rollback() {
  in_transaction_ = false;
  if (connection_ == nullptr) return;
  if (!RunScript("ROLLBACK")) Disconnect();
}

Result<Instant> PostgresSession::Now() {
  Instant now;
  HN_TRY_VOID(Run("SELECT (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint", {},
                  [&](const SqlRow& row) { now = row.Time(0); }));
  return now;
}

// A deleted row's bytes stay in the table's file until it is written anew. The
// server's own write-ahead log and its archives are the operator's matter.
Status PostgresSession::Scrub() {
  HN_TRY_VOID(RunScript("VACUUM FULL personal_key"));
  return RunScript("VACUUM personal");
}

}  // namespace hinomi::store
