#ifndef HINOMI_SIM_IMPL_FORWARDING_STORE_H_
#define HINOMI_SIM_IMPL_FORWARDING_STORE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace hinomi::sim {

/// Hands every call on; mutants override one.
class ForwardingStore : public store::Store {
 public:
  explicit ForwardingStore(std::unique_ptr<store::Store> under) : under_(std::move(under)) {}

  Result<store::Head> Commit(const store::Turn& turn) override { return under_->Commit(turn); }
  Result<store::Head> JournalHead() override { return under_->JournalHead(); }
  Result<std::vector<store::JournalEntry>> ReadJournal(uint64_t after, size_t limit) override {
    return under_->ReadJournal(after, limit);
  }
  Result<std::vector<store::JournalEntry>> ReadSubject(const std::string& subject, uint64_t before,
                                                       size_t limit) override {
    return under_->ReadSubject(subject, before, limit);
  }
  Result<store::JournalFound> SearchJournal(const store::JournalFilter& filter, uint64_t before,
                                            size_t limit) override {
    return under_->SearchJournal(filter, before, limit);
  }
  Result<std::optional<store::Snapshot>> ReadSnapshot(const std::string& machine) override {
    return under_->ReadSnapshot(machine);
  }
  Result<std::optional<std::string>> ReadPersonal(const std::string& commitment) override {
    return under_->ReadPersonal(commitment);
  }
  Status ErasePerson(const std::string& person) override { return under_->ErasePerson(person); }
  Status AddCheckpoint(const store::Checkpoint& checkpoint) override {
    return under_->AddCheckpoint(checkpoint);
  }
  Result<std::vector<store::Checkpoint>> ReadCheckpoints() override {
    return under_->ReadCheckpoints();
  }
  Result<std::vector<store::Job>> ClaimJobs(uint64_t epoch, store::Lane lane, Instant now,
                                            size_t limit) override {
    return under_->ClaimJobs(epoch, lane, now, limit);
  }
  Result<std::vector<store::Job>> OrphanedJobs(uint64_t epoch) override {
    return under_->OrphanedJobs(epoch);
  }
  Result<std::vector<store::Job>> ListJobs(store::JobState state, size_t limit) override {
    return under_->ListJobs(state, limit);
  }
  Result<std::optional<store::Job>> FindJob(const std::string& key) override {
    return under_->FindJob(key);
  }
  Result<std::optional<Instant>> NextJobDue() override { return under_->NextJobDue(); }
  Result<store::Command> PutCommand(const store::NewCommand& command, Instant now) override {
    return under_->PutCommand(command, now);
  }
  Result<std::vector<store::Command>> PendingCommands(size_t limit) override {
    return under_->PendingCommands(limit);
  }
  Result<std::optional<store::Command>> FindCommand(uint64_t id) override {
    return under_->FindCommand(id);
  }
  Result<store::Lease> AcquireLease(const std::string& name, const std::string& holder,
                                    Duration ttl) override {
    return under_->AcquireLease(name, holder, ttl);
  }
  Result<store::Lease> RenewLease(const store::Lease& lease, Duration ttl) override {
    return under_->RenewLease(lease, ttl);
  }
  Status ReleaseLease(const store::Lease& lease) override { return under_->ReleaseLease(lease); }
  Status PutValue(const std::string& table, const store::KeyValue& row) override {
    return under_->PutValue(table, row);
  }
  Status DeleteValue(const std::string& table, const std::string& key) override {
    return under_->DeleteValue(table, key);
  }
  Result<std::optional<std::string>> GetValue(const std::string& table,
                                              const std::string& key) override {
    return under_->GetValue(table, key);
  }
  Result<std::vector<store::KeyValue>> ListValues(const std::string& table) override {
    return under_->ListValues(table);
  }

 protected:
  std::unique_ptr<store::Store> under_;
};

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_FORWARDING_STORE_H_
