#ifndef HINOMI_STORE_IMPL_POSTGRES_SESSION_H_
#define HINOMI_STORE_IMPL_POSTGRES_SESSION_H_

#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "store/impl/sql.h"
#include "store/open.h"

struct pg_conn;
struct pg_result;

namespace hinomi::store {

struct PgResultDeleter {
  void operator()(pg_result* result) const;
};
using PgResult = std::unique_ptr<pg_result, PgResultDeleter>;

/// A PostgreSQL connection that is made anew when it was lost. What was lost
/// in the middle of a transaction fails with kUnavailable; the next
/// transaction tries to connect.
class PostgresSession : public SqlSession {
 public:
  /// Does not connect yet. `clock` must outlive the session.
  PostgresSession(PostgresConfig config, const Clock& clock)
      : config_(std::move(config)), clock_(clock) {}
  ~PostgresSession() override;
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  Status Begin() override;
  Status Commit() override;
  void Rollback() override;
  using SqlSession::Run;
  Result<int64_t> Run(const char* sql, std::initializer_list<SqlParam> params,
                      const RowFunction& on_row) override;
  Status RunScript(const std::string& sql) override;
  Result<Instant> Now() override;
  bool NeedsRowLocks() const override { return true; }
  Status Scrub() override;

 private:
  Status EnsureConnected();
  Status Connect();
  Status Configure();
  void Disconnect();
  Result<std::string> Prepare(const char* sql, std::initializer_list<SqlParam> params);
  /// Waits for the answer to what was sent; the last result.
  Result<PgResult> Await(bool sent);
  Status AwaitSocket(short events);
  /// The connection is of no use any more.
  Error Lost(std::string why);
  Error Failure(const pg_result* result);

  PostgresConfig config_;
  const Clock& clock_;
  pg_conn* connection_ = nullptr;
  bool in_transaction_ = false;
  bool tried_ = false;
  Duration last_try_;  ///< Monotonic.
  std::unordered_map<const char*, std::string> statements_;
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_IMPL_POSTGRES_SESSION_H_
