#include "store/impl/sql_store.h"

namespace hinomi::store {

Error NoLease(uint64_t epoch) {
  return Conflict("epoch " + std::to_string(epoch) +
                  " holds no lease (any more): another server leads; stop and acquire it again");
}

// Epochs of all leases come from one counter, so that an epoch names one
// holding of one lease for ever. A writer is fenced off as soon as its epoch
// stands in no lease: somebody took it over, or it was given back. That its
// time ran out alone does not matter: then nobody else has begun.
Status SqlStore::CheckEpoch(uint64_t epoch) {
  bool held = false;
  const auto found = [&](const SqlRow&) { held = true; };
  // The lock makes a takeover wait for our commit, or us for the takeover.
  if (session_->NeedsRowLocks()) {
    HN_TRY_VOID(
        session_->Run("SELECT name FROM lease WHERE epoch = $1 FOR UPDATE", {epoch}, found));
  } else {
    HN_TRY_VOID(session_->Run("SELECT name FROM lease WHERE epoch = $1", {epoch}, found));
  }
  if (held) return {};
  return NoLease(epoch);
}

Result<uint64_t> SqlStore::NextEpoch() {
  uint64_t epoch = 0;
  HN_TRY_VOID(
      session_->Run("UPDATE store_meta SET value = value + 1 WHERE name = 'epoch' RETURNING value",
                    {}, [&](const SqlRow& row) { epoch = row.Uint(0); }));
  if (epoch == 0) return Corrupt("the store has lost its count of epochs");
  return epoch;
}

Result<Lease> SqlStore::TakeLease(const std::string& name, const std::string& holder,
                                  Duration ttl) {
  // First of all: the counter's row is locked by it, so that two servers that
  // take a lease nobody has had before come one after the other.
  HN_TRY(const uint64_t epoch, NextEpoch());
  HN_TRY(const Instant now, session_->Now());
  Lease old;
  const auto read = [&](const SqlRow& row) {
    old.holder = row.Text(0);
    old.until = row.Time(1);
  };
  if (session_->NeedsRowLocks()) {
    HN_TRY_VOID(
        session_->Run("SELECT holder, until FROM lease WHERE name = $1 FOR UPDATE", {name}, read));
  } else {
    HN_TRY_VOID(session_->Run("SELECT holder, until FROM lease WHERE name = $1", {name}, read));
  }
  if (!old.holder.empty() && old.holder != holder && old.until > now) {
    return Conflict("lease " + name + " is held by " + old.holder + " until " +
                    FormatRfc3339(old.until));
  }
  const Lease lease{name, holder, epoch, now + ttl};
  HN_TRY_VOID(session_->Run(
      "INSERT INTO lease (name, holder, epoch, until) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, "
      "until = excluded.until",
      {lease.name, lease.holder, lease.epoch, lease.until}));
  return lease;
}

Result<Lease> SqlStore::AcquireLease(const std::string& name, const std::string& holder,
                                     Duration ttl) {
  HN_TRY_VOID(CheckText("a lease's name", name));
  HN_TRY_VOID(CheckText("a lease's holder", holder));
  if (name.empty() || holder.empty()) return InvalidArgument("a lease needs a name and a holder");
  return InTransaction(kAlways, "acquiring a lease", [&] { return TakeLease(name, holder, ttl); });
}

Result<Lease> SqlStore::RenewLease(const Lease& lease, Duration ttl) {
  return InTransaction(kAlways, "renewing a lease", [&]() -> Result<Lease> {
    HN_TRY(const Instant now, session_->Now());
    Lease renewed = lease;
    renewed.until = now + ttl;
    HN_TRY(const int64_t changed,
           session_->Run("UPDATE lease SET until = $1 WHERE name = $2 AND epoch = $3",
                         {renewed.until, lease.name, lease.epoch}));
    if (changed == 1) return renewed;
    return Conflict("lease " + lease.name + " of epoch " + std::to_string(lease.epoch) +
                    " was taken over or given back");
  });
}

Status SqlStore::ReleaseLease(const Lease& lease) {
  return InTransaction(kAlways, "giving back a lease", [&]() -> Status {
    // No error if it is gone: then somebody else has it, and that is no harm.
    HN_TRY_VOID(session_->Run("DELETE FROM lease WHERE name = $1 AND epoch = $2",
                              {lease.name, lease.epoch}));
    return {};
  });
}

}  // namespace hinomi::store
