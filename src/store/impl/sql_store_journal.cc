#include <algorithm>
#include <cstring>

#include "base/strings.h"
#include "store/chain.h"
#include "store/impl/sql_store.h"
#include "store/personal.h"

namespace hinomi::store {
namespace {

SqlParam HashParam(const Sha256Digest& hash) {
  return SqlParam::Blob({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

// A hash of another length was tampered with; zeros make it not match.
Sha256Digest HashOf(std::string_view bytes) {
  Sha256Digest hash{};
  if (bytes.size() == hash.size()) std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

Status CheckEvent(const NewEvent& event) {
  if (event.type.empty()) return InvalidArgument("an event has no type");
  HN_TRY_VOID(CheckText("an event's type", event.type));
  HN_TRY_VOID(CheckText("an event's subject", event.subject));
  return CheckText("an event's actor", event.actor);
}

}  // namespace

JournalEntry EntryOf(const SqlRow& row) {
  JournalEntry entry;
  entry.sequence = row.Uint(0);
  entry.at = row.Time(1);
  entry.event.type = row.Text(2);
  entry.event.version = static_cast<int>(row.Int(3));
  entry.event.subject = row.Text(4);
  entry.event.actor = row.Text(5);
  entry.event.body = row.Text(6);
  entry.hash = HashOf(row.Bytes(7));
  return entry;
}

Status CheckText(const char* what, const std::string& text) {
  if (text.size() > kMaxTextBytes) {
    return InvalidArgument(std::string(what) + " has " + std::to_string(text.size()) +
                           " bytes; at most " + std::to_string(kMaxTextBytes) + " are allowed");
  }
  if (text.find('\0') == std::string::npos && IsValidUtf8(text)) return {};
  return InvalidArgument(std::string(what) + " is not UTF-8 text without NUL: " +
                         HexEncode({reinterpret_cast<const uint8_t*>(text.data()),
                                    std::min<size_t>(text.size(), 32)}));
}

Result<Head> SqlStore::Commit(const Turn& turn) {
  return InTransaction(turn.events.size(), "committing a turn", [&] { return CommitTurn(turn); });
}

Result<Head> SqlStore::CommitTurn(const Turn& turn) {
  HN_TRY_VOID(CheckEpoch(turn.epoch));
  HN_TRY(const Head before, ReadHead());
  if (before.sequence != turn.expected_head) {
    return Conflict("the turn was decided on event " + std::to_string(turn.expected_head) +
                    " but the journal stands at " + std::to_string(before.sequence) +
                    ": read it anew and decide again");
  }
  HN_TRY(const Head head, AppendEvents(turn, before));
  for (const PersonalDatum& datum : turn.personal) HN_TRY_VOID(AddPersonal(datum));
  HN_TRY_VOID(AddJobs(turn));
  HN_TRY_VOID(UpdateJobs(turn));
  HN_TRY_VOID(AnswerCommands(turn));
  HN_TRY_VOID(PutSnapshots(turn));
  return head;
}

Result<Head> SqlStore::AppendEvents(const Turn& turn, Head head) {
  for (const NewEvent& event : turn.events) {
    HN_TRY_VOID(CheckEvent(event));
    head.hash = ChainHash(head.hash, head.sequence + 1, turn.at, event);
    head.sequence += 1;
    HN_TRY_VOID(session_->Run(
        "INSERT INTO journal (sequence, at, type, version, subject, actor, body, hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {head.sequence, turn.at, event.type, event.version, event.subject, event.actor,
         SqlParam::Blob(event.body), HashParam(head.hash)}));
  }
  return head;
}

Result<Head> SqlStore::ReadHead() {
  Head head;
  HN_TRY_VOID(session_->Run("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1", {},
                            [&](const SqlRow& row) {
                              head.sequence = row.Uint(0);
                              head.hash = HashOf(row.Bytes(1));
                            }));
  return head;
}

Result<Head> SqlStore::JournalHead() {
  return Reading("reading the journal's head", [&] { return ReadHead(); });
}

Result<std::vector<JournalEntry>> SqlStore::ReadJournal(uint64_t after, size_t limit) {
  return Reading("reading the journal", [&]() -> Result<std::vector<JournalEntry>> {
    std::vector<JournalEntry> entries;
    HN_TRY_VOID(session_->Run(
        "SELECT sequence, at, type, version, subject, actor, body, hash FROM journal "
        "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        {after, SqlLimit(limit)}, [&](const SqlRow& row) { entries.push_back(EntryOf(row)); }));
    return entries;
  });
}

Result<std::vector<JournalEntry>> SqlStore::ReadSubject(const std::string& subject, uint64_t before,
                                                        size_t limit) {
  HN_TRY_VOID(CheckText("a subject", subject));
  return Reading("reading a subject's events", [&]() -> Result<std::vector<JournalEntry>> {
    const int64_t bound =
        before == 0 ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(before);
    std::vector<JournalEntry> entries;
    HN_TRY_VOID(session_->Run(
        "SELECT sequence, at, type, version, subject, actor, body, hash FROM journal "
        "WHERE subject = $1 AND subject <> '' AND sequence < $2 ORDER BY sequence DESC LIMIT $3",
        {subject, bound, SqlLimit(limit)},
        [&](const SqlRow& row) { entries.push_back(EntryOf(row)); }));
    return entries;
  });
}

Status SqlStore::PutSnapshots(const Turn& turn) {
  for (const Snapshot& snapshot : turn.snapshots) {
    HN_TRY_VOID(CheckText("a machine's name", snapshot.machine));
    HN_TRY_VOID(session_->Run(
        "INSERT INTO snapshot (machine, version, sequence, body) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (machine) DO UPDATE SET version = excluded.version, "
        "sequence = excluded.sequence, body = excluded.body",
        {snapshot.machine, snapshot.version, snapshot.sequence, SqlParam::Blob(snapshot.body)}));
  }
  return {};
}

Result<std::optional<Snapshot>> SqlStore::ReadSnapshot(const std::string& machine) {
  HN_TRY_VOID(CheckText("a machine's name", machine));
  return Reading("reading a snapshot", [&]() -> Result<std::optional<Snapshot>> {
    std::optional<Snapshot> found;
    HN_TRY_VOID(session_->Run("SELECT version, sequence, body FROM snapshot WHERE machine = $1",
                              {machine}, [&](const SqlRow& row) {
                                found = Snapshot{machine, static_cast<int>(row.Int(0)), row.Uint(1),
                                                 row.Text(2)};
                              }));
    return found;
  });
}

Status SqlStore::AddCheckpoint(const Checkpoint& checkpoint) {
  return InTransaction(0, "storing a checkpoint", [&]() -> Status {
    HN_TRY_VOID(session_->Run(
        "INSERT INTO checkpoint (sequence, hash, at, public_key, signature) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sequence) DO UPDATE SET hash = excluded.hash, "
        "at = excluded.at, public_key = excluded.public_key, signature = excluded.signature",
        {checkpoint.sequence, HashParam(checkpoint.hash), checkpoint.at,
         SqlParam::Blob(checkpoint.public_key), SqlParam::Blob(checkpoint.signature)}));
    return {};
  });
}

Result<std::vector<Checkpoint>> SqlStore::ReadCheckpoints() {
  return Reading("reading the checkpoints", [&]() -> Result<std::vector<Checkpoint>> {
    std::vector<Checkpoint> checkpoints;
    HN_TRY_VOID(session_->Run(
        "SELECT sequence, hash, at, public_key, signature FROM checkpoint ORDER BY sequence", {},
        [&](const SqlRow& row) {
          checkpoints.push_back(
              Checkpoint{row.Uint(0), HashOf(row.Bytes(1)), row.Time(2), row.Text(3), row.Text(4)});
        }));
    return checkpoints;
  });
}

}  // namespace hinomi::store
