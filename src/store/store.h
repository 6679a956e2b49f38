#ifndef HINOMI_STORE_STORE_H_
#define HINOMI_STORE_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace hinomi::store {

/// An event to be appended. The store does not look into `body`: it is opaque
/// canonical bytes, hashed as they are. The rest is derived, for searching.
struct NewEvent {
  std::string type;     ///< E.g. "incident.opened".
  int version = 1;      ///< Of the body's form.
  std::string subject;  ///< What it is about, e.g. "incident:INC-7"; "" if nothing.
  std::string actor;    ///< Who asked: a user's name, or "hinomi".
  std::string body;
};

/// An event of the journal. Sequence numbers are dense and begin at 1.
struct JournalEntry {
  uint64_t sequence = 0;
  Instant at;
  NewEvent event;
  Sha256Digest
      hash{};  ///< Over the hash before, sequence, time, type, version, subject, actor, body.
};

enum class Lane { kUrgent, kNormal, kBackground };

/// A side effect that is to happen after the commit, at least once.
struct NewJob {
  std::string kind;  ///< Which runner does it, e.g. "page".
  std::string host;  ///< "" for the server itself.
  Instant due;
  std::string key;      ///< Idempotency key, unique for ever: a second row with it is not made.
  std::string payload;  ///< JSON, for the runner.
  Lane lane = Lane::kNormal;
  /// Must not be repeated: where its end is not known it becomes kUnknown
  /// instead of being run again.
  bool once = false;
};

enum class JobState {
  kPending,  ///< Waits for `due`.
  kRunning,  ///< Claimed under the epoch in the row.
  kDone,
  kDead,     ///< Given up; shown until someone looks.
  kUnknown,  ///< A `once` job whose end nobody recorded: its check or a person decides.
};

struct Job {
  uint64_t id = 0;
  NewJob spec;
  JobState state = JobState::kPending;
  int attempts = 0;    ///< Claims so far.
  uint64_t epoch = 0;  ///< Of the last claim.
  std::string last_error;
};

/// What a turn says about a job that it heard of.
struct JobUpdate {
  uint64_t id = 0;
  JobState state = JobState::kDone;
  Instant due;  ///< For kPending: when to try again.
  std::string last_error;
};

/// A command put down by any replica; only the leader decides it.
struct NewCommand {
  std::string key;   ///< Idempotency key of the caller: the same key is the same command.
  std::string who;   ///< Authenticated name.
  std::string body;  ///< JSON.
};

struct Command {
  uint64_t id = 0;
  NewCommand command;
  Instant at;
  bool answered = false;
  std::string answer;  ///< JSON, once answered; `command.body` is empty from then on: what
                       ///< people wrote stands only where it can be erased.
};

struct CommandAnswer {
  uint64_t id = 0;
  std::string answer;
};

/// Personal data of an event: the event's body carries `commitment`
/// (`PersonalCommitment`), the text stands in a side table under the person's
/// own key. Erasing a person deletes the key; the chain stays whole.
struct PersonalDatum {
  std::string person;
  std::string commitment;  ///< Hex.
  std::string salt;        ///< Raw bytes that went into the commitment.
  std::string text;
};

/// Folded state of a machine after `sequence`: replay may start there.
struct Snapshot {
  std::string machine;
  int version = 1;
  uint64_t sequence = 0;
  std::string body;
};

/// Everything that one turn of the control loop changes, in one transaction.
struct Turn {
  uint64_t epoch = 0;  ///< Of the lease: a stale one is refused with kConflict.
  Instant at;
  std::vector<NewEvent> events;
  std::vector<PersonalDatum> personal;
  std::vector<NewJob> jobs;
  std::vector<JobUpdate> job_updates;
  std::vector<CommandAnswer> answers;
  std::vector<Snapshot> snapshots;
  /// Sequence that the turn was decided on; if the journal has gone on
  /// meanwhile the commit fails with kConflict.
  uint64_t expected_head = 0;
};

struct Head {
  uint64_t sequence = 0;
  Sha256Digest hash{};
};

/// Which events are wanted; what is empty narrows nothing.
struct JournalFilter {
  /// "incident.opened", or with the dot at the end a whole family: "incident.".
  /// Any of them.
  std::vector<std::string> types;
  std::string subject;
  std::string actor;
  Instant from;                 ///< Inclusive.
  Instant to = Instant::Max();  ///< Exclusive.
};

/// What one bounded look found, newest first.
struct JournalFound {
  std::vector<JournalEntry> entries;
  /// All from here on was looked at: the next look begins with `before` = this.
  /// 0: there is nothing before it.
  uint64_t next = 0;
};

struct Lease {
  std::string name;
  std::string holder;
  uint64_t epoch = 0;  ///< Grows with each change of holder, and at each start.
  Instant until;       ///< In the database's time.
};

/// A signed statement that the journal had this head.
struct Checkpoint {
  uint64_t sequence = 0;
  Sha256Digest hash{};
  Instant at;
  std::string public_key;  ///< Raw Ed25519 key, 32 bytes.
  std::string signature;   ///< Raw, 64 bytes, over the canonical text of the above.
};

/// A row of a small table of named values: tokens, users, settings.
struct KeyValue {
  std::string key;
  std::string value;
};

/// The state store: journal, jobs, inbox, lease. Two backends behind one
/// contract (store/contract_test.cc). Calls block for at most one commit.
/// Threads: any; the backend serialises.
///
/// Errors: kUnavailable (database gone, try again), kExhausted (disk full
/// beyond the reserve), kConflict (fenced by a newer epoch), kCorrupt.
class Store {
 public:
  virtual ~Store() = default;

  /// Commits a whole turn durably, or changes nothing. Returns the new head.
  virtual Result<Head> Commit(const Turn& turn) = 0;

  virtual Result<Head> JournalHead() = 0;
  /// Up to `limit` entries with sequence > `after`, in order.
  virtual Result<std::vector<JournalEntry>> ReadJournal(uint64_t after, size_t limit) = 0;
  /// The newest `limit` entries about `subject` with sequence < `before` (0: no bound), newest
  /// first.
  virtual Result<std::vector<JournalEntry>> ReadSubject(const std::string& subject, uint64_t before,
                                                        size_t limit) = 0;
  /// Up to `limit` wanted events with sequence < `before` (0: no bound). Looks
  /// at 5,000 events or so and then answers with what it has, so that a rare
  /// event in a long journal keeps no commit waiting: go on at `next`. A time
  /// that the clock was set back over is found where fewer than 10,000 events
  /// lie between.
  virtual Result<JournalFound> SearchJournal(const JournalFilter& filter, uint64_t before,
                                             size_t limit) = 0;
  virtual Result<std::optional<Snapshot>> ReadSnapshot(const std::string& machine) = 0;

  /// Personal text behind a commitment; nothing if it was erased.
  virtual Result<std::optional<std::string>> ReadPersonal(const std::string& commitment) = 0;
  /// Deletes the person's key, so that none of their texts can be read again.
  virtual Status ErasePerson(const std::string& person) = 0;

  virtual Status AddCheckpoint(const Checkpoint& checkpoint) = 0;
  virtual Result<std::vector<Checkpoint>> ReadCheckpoints() = 0;

  /// Marks up to `limit` due jobs of a lane as running under `epoch`, oldest due first.
  virtual Result<std::vector<Job>> ClaimJobs(uint64_t epoch, Lane lane, Instant now,
                                             size_t limit) = 0;
  /// Jobs that an earlier epoch left running: its process may have died.
  virtual Result<std::vector<Job>> OrphanedJobs(uint64_t epoch) = 0;
  virtual Result<std::vector<Job>> ListJobs(JobState state, size_t limit) = 0;
  virtual Result<std::optional<Job>> FindJob(const std::string& key) = 0;
  virtual Result<std::optional<Instant>> NextJobDue() = 0;

  /// Idempotent by key: returns the command that is there already, if so.
  virtual Result<Command> PutCommand(const NewCommand& command, Instant now) = 0;
  virtual Result<std::vector<Command>> PendingCommands(size_t limit) = 0;
  virtual Result<std::optional<Command>> FindCommand(uint64_t id) = 0;

  /// Takes or takes over a lease that is free or run out, with a new epoch;
  /// kConflict names the holder while it is held.
  virtual Result<Lease> AcquireLease(const std::string& name, const std::string& holder,
                                     Duration ttl) = 0;
  virtual Result<Lease> RenewLease(const Lease& lease, Duration ttl) = 0;
  virtual Status ReleaseLease(const Lease& lease) = 0;

  virtual Status PutValue(const std::string& table, const KeyValue& row) = 0;
  virtual Status DeleteValue(const std::string& table, const std::string& key) = 0;
  virtual Result<std::optional<std::string>> GetValue(const std::string& table,
                                                      const std::string& key) = 0;
  virtual Result<std::vector<KeyValue>> ListValues(const std::string& table) = 0;
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_STORE_H_
