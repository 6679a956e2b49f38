#ifndef HINOMI_STORE_IMPL_SQL_STORE_H_
#define HINOMI_STORE_IMPL_SQL_STORE_H_

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "store/impl/sql.h"
#include "store/store.h"

namespace hinomi::store {

/// The contract, told once in SQL for both databases. Threads: any; one call
/// at a time has the session.
class SqlStore : public Store {
 public:
  explicit SqlStore(std::shared_ptr<SqlSession> session) : session_(std::move(session)) {}

  Result<Head> Commit(const Turn& turn) override;

  Result<Head> JournalHead() override;
  Result<std::vector<JournalEntry>> ReadJournal(uint64_t after, size_t limit) override;
  Result<std::vector<JournalEntry>> ReadSubject(const std::string& subject, uint64_t before,
                                                size_t limit) override;
  Result<JournalFound> SearchJournal(const JournalFilter& filter, uint64_t before,
                                     size_t limit) override;
  Result<std::optional<Snapshot>> ReadSnapshot(const std::string& machine) override;

  Result<std::optional<std::string>> ReadPersonal(const std::string& commitment) override;
  Status ErasePerson(const std::string& person) override;

  Status AddCheckpoint(const Checkpoint& checkpoint) override;
  Result<std::vector<Checkpoint>> ReadCheckpoints() override;

  Result<std::vector<Job>> ClaimJobs(uint64_t epoch, Lane lane, Instant now, size_t limit) override;
  Result<std::vector<Job>> OrphanedJobs(uint64_t epoch) override;
  Result<std::vector<Job>> ListJobs(JobState state, size_t limit) override;
  Result<std::optional<Job>> FindJob(const std::string& key) override;
  Result<std::optional<Instant>> NextJobDue() override;

  Result<Command> PutCommand(const NewCommand& command, Instant now) override;
  Result<std::vector<Command>> PendingCommands(size_t limit) override;
  Result<std::optional<Command>> FindCommand(uint64_t id) override;

  Result<Lease> AcquireLease(const std::string& name, const std::string& holder,
                             Duration ttl) override;
  Result<Lease> RenewLease(const Lease& lease, Duration ttl) override;
  Status ReleaseLease(const Lease& lease) override;

  Status PutValue(const std::string& table, const KeyValue& row) override;
  Status DeleteValue(const std::string& table, const std::string& key) override;
  Result<std::optional<std::string>> GetValue(const std::string& table,
                                              const std::string& key) override;
  Result<std::vector<KeyValue>> ListValues(const std::string& table) override;

 private:
  /// In place of a number of events: what needs no more space, and so goes on
  /// on a full disk.
  static constexpr uint64_t kAlways = std::numeric_limits<uint64_t>::max();

  /// Runs `body` in a transaction that adds `events` events: commits if it
  /// succeeds, else nothing of it stays. Where the disk is full the reserve is given up and it runs
  /// again.
  template <typename Body>
  auto InTransaction(uint64_t events, const char* what, const Body& body) -> decltype(body());
  template <typename Body>
  auto TransactOnce(const Body& body) -> decltype(body());
  /// Runs `body`, which only reads.
  template <typename Body>
  auto Reading(const char* what, const Body& body) -> decltype(body());

  // Each of these is a part of a transaction and needs mutex_ (not annotated: the
  // analysis does not look through lambdas).
  Status CheckEpoch(uint64_t epoch);
  Result<Head> ReadHead();
  Result<uint64_t> FirstFrom(Instant at, uint64_t end);
  Result<Head> CommitTurn(const Turn& turn);
  Result<Head> AppendEvents(const Turn& turn, Head head);
  Status AddPersonal(const PersonalDatum& datum);
  Result<std::string> PersonKey(const std::string& person);
  Status AddJobs(const Turn& turn);
  Result<bool> AnyJobDue(uint64_t epoch, Lane lane, Instant now);
  Status UpdateJobs(const Turn& turn);
  Status AnswerCommands(const Turn& turn);
  Status PutSnapshots(const Turn& turn);
  Result<uint64_t> NextEpoch();
  Result<Lease> TakeLease(const std::string& name, const std::string& holder, Duration ttl);

  Mutex mutex_;
  std::shared_ptr<SqlSession> session_;
};

/// kConflict: the writer is fenced off.
Error NoLease(uint64_t epoch);

/// Of the columns sequence, at, type, version, subject, actor, body, hash.
JournalEntry EntryOf(const SqlRow& row);

/// Longest name, key or subject: PostgreSQL's indexes hold some 2,700 bytes a row.
inline constexpr size_t kMaxTextBytes = 1024;

/// kInvalidArgument unless both databases can hold the text in an index: UTF-8
/// without NUL, of at most kMaxTextBytes.
Status CheckText(const char* what, const std::string& text);

template <typename Body>
auto SqlStore::TransactOnce(const Body& body) -> decltype(body()) {
  HN_TRY_VOID(session_->Begin());
  auto result = body();
  if (!result) {
    session_->Rollback();
    return result;
  }
  Status committed = session_->Commit();
  if (!committed) return std::move(committed).error();
  return result;
}

template <typename Body>
auto SqlStore::InTransaction(uint64_t events, const char* what, const Body& body)
    -> decltype(body()) {
  MutexLock lock(mutex_);
  if (events != kAlways) HN_TRY_VOID(session_->AdmitWrite(events));
  auto result = TransactOnce(body);
  if (!result && result.error().code == ErrorCode::kExhausted && session_->FreeReserve()) {
    result = TransactOnce(body);
  }
  if (!result) return std::move(result).error().WithContext(what);
  return result;
}

template <typename Body>
auto SqlStore::Reading(const char* what, const Body& body) -> decltype(body()) {
  MutexLock lock(mutex_);
  auto result = body();
  if (!result) return std::move(result).error().WithContext(what);
  return result;
}

}  // namespace hinomi::store

#endif  // HINOMI_STORE_IMPL_SQL_STORE_H_
