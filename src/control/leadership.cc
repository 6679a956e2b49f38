// How the loop comes to lead, keeps the lease and follows: the part of
// ControlLoop that is not a turn.
#include <algorithm>

#include "base/strings.h"
#include "control/draft.h"
#include "store/checkpoint.h"

namespace hinomi::control {
namespace {

using ops_model::Decision;
using ops_model::Event;
using ops_model::EventBody;
using ops_model::Input;
using ops_model::JobResult;

// A job that began just before the lease ended must be over when it does.
constexpr Duration kLongestSend = Duration::Seconds(60);
// Less is the clock's own steering.
constexpr Duration kClockSlack = Duration::Seconds(1);
constexpr size_t kMostWaiting = 10'000;

constexpr std::string_view kStopped = "the server stopped while it ran";

Input UnknownEnd(const store::Job& job) {
  JobResult result;
  result.kind = job.spec.kind;
  result.key = job.spec.key;
  result.id = job.id;
  result.attempt = job.attempts;
  result.outcome = JobResult::Outcome::kUnknown;
  result.reason_code = "server_stopped";
  if (const Result<Json> payload = Json::Parse(job.spec.payload)) result.payload = *payload;
  return result;
}

/// When a leader was last alive, by the clock that it had then: of the value
/// that leaders renew ("TIME HEAD") and the newest entry the one written later,
/// not the one with the later time. Zero if there was none.
Result<Instant> LastAlive(store::Store& store, uint64_t head) {
  Instant last;
  HN_TRY(const auto value, store.GetValue("control", "last_alive"));
  if (value) {
    const size_t blank = value->find(' ');
    if (const Result<Instant> at = ParseRfc3339(value->substr(0, blank))) last = *at;
    if (blank != std::string::npos && ParseUint(value->substr(blank + 1)) == head) return last;
  }
  if (head == 0) return last;
  HN_TRY(const auto newest, store.ReadJournal(head - 1, 1));
  return newest.empty() ? last : newest.front().at;
}

}  // namespace

Status ControlLoop::Start(std::shared_ptr<const policy::OpsFolder> policy) {
  HN_CHECK(policy != nullptr);
  policy_ = std::move(policy);
  // Counted from before the question: the answer may be slow.
  const Duration asked = clock_.Monotonic();
  HN_TRY(lease_, store_.AcquireLease("leader", options_.holder, options_.lease_ttl));
  lease_renewed_ = asked;
  begun_.clear();
  HN_TRY_VOID(Reload());

  HN_TRY(const Instant last_alive, LastAlive(store_, head_.sequence));
  // What was seen then lies in the past: else the clock was set back since.
  wall_seen_ = last_alive;
  monotonic_seen_ = clock_.Monotonic();
  set_back_tried_.reset();
  Draft draft = NewDraft();
  Decision opening;
  opening.events.emplace_back(ops_model::ServerStarted{options_.release, last_alive});
  Absorb(draft, std::move(opening), std::string(kSelf));
  // One turn with the start: whoever starts after a crash finds both or none.
  HN_TRY_VOID(AbsorbSetBack(draft));
  HN_TRY_VOID(CommitDraft(draft));
  wall_seen_ = draft.now;
  HN_TRY_VOID(UsePolicy(policy_));
  return SettleOrphans();
}

Status ControlLoop::Follow(std::shared_ptr<const policy::OpsFolder> policy) {
  policy_ = std::move(policy);
  if (must_reload_) return Reload();
  HN_TRY(const store::Head head, store_.JournalHead());
  if (head.sequence == head_.sequence) return {};
  return Fold(std::vector<uint64_t>(machines_.size(), head_.sequence), head_.sequence, head);
}

Status ControlLoop::Release() {
  return store_.ReleaseLease(std::exchange(lease_, {}));
}

Status ControlLoop::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
  policy_ = std::move(policy);
  policy_untold_ = true;
  return TellPolicy();
}

Status ControlLoop::TellPolicy() {
  ops_model::OpsLoaded loaded;
  loaded.digest = policy_->digest;
  for (const policy::AlarmDocument& alarm : policy_->alarms) {
    loaded.alarms.push_back(alarm.name);
    if (alarm.is_promql()) loaded.promql_alarms.push_back(alarm.name);
  }
  if (must_reload_) HN_TRY_VOID(Reload());
  Draft draft = NewDraft();
  Decision decision;
  decision.events.emplace_back(std::move(loaded));
  Absorb(draft, std::move(decision), std::string(kSelf));
  TellMachines(draft, std::string(kSelf));
  HN_TRY_VOID(CommitDraft(draft));
  policy_untold_ = false;
  return {};
}

Status ControlLoop::Reload() {
  must_reload_ = true;
  uint64_t from = UINT64_MAX;
  std::vector<uint64_t> folded(machines_.size(), 0);
  for (size_t i = 0; i < machines_.size(); ++i) {
    machines_[i]->Reset();
    HN_TRY(const auto snapshot, store_.ReadSnapshot(std::string(machines_[i]->name())));
    if (snapshot) {
      HN_TRY(const Json saved, Json::Parse(snapshot->body));
      machines_[i]->Load(saved);
      folded[i] = snapshot->sequence;
    }
    from = std::min(from, folded[i]);
  }
  if (machines_.empty()) from = 0;
  HN_TRY(const store::Head head, store_.JournalHead());
  snapshot_at_ = from;
  return Fold(folded, from, head);
}

Status ControlLoop::Fold(const std::vector<uint64_t>& folded, uint64_t from,
                         const store::Head& head) {
  must_reload_ = true;
  for (uint64_t after = from; after < head.sequence;) {
    // Not beyond the head: what a leader appends meanwhile is for the next time.
    const auto limit = static_cast<size_t>(std::min<uint64_t>(1000, head.sequence - after));
    HN_TRY(const auto entries, store_.ReadJournal(after, limit));
    if (entries.empty())
      return Corrupt("the journal ends at " + std::to_string(after) + " but its head is " +
                     std::to_string(head.sequence));
    for (const store::JournalEntry& entry : entries) {
      HN_TRY(EventBody body,
             ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body));
      const Event event{entry.sequence, entry.at, entry.event.actor, std::move(body)};
      for (size_t i = 0; i < machines_.size(); ++i)
        if (entry.sequence > folded[i]) machines_[i]->Apply(event);
      after = entry.sequence;
    }
  }
  head_ = head;
  must_reload_ = false;
  return {};
}

Status ControlLoop::SettleOrphans() {
  // Rows of our own epoch count as well: a claim whose answer was lost has
  // marked jobs that nobody runs.
  HN_TRY(const auto orphans, store_.OrphanedJobs(lease_.epoch + 1));
  claim_lost_ = false;
  // Results that this very process still holds, from an earlier time as
  // leader: they count if nobody has taken the job up since.
  std::erase_if(unsettled_, [&](const Input& input) {
    const auto* result = std::get_if<JobResult>(&input);
    return result == nullptr || std::none_of(orphans.begin(), orphans.end(), [&](const auto& job) {
             return job.id == result->id && job.attempts == result->attempt;
           });
  });
  const auto known = [&](const store::Job& job) {
    return std::any_of(unsettled_.begin(), unsettled_.end(),
                       [&](const Input& input) { return std::get<JobResult>(input).id == job.id; });
  };
  store::Turn requeue;
  std::vector<Input> unknown;
  for (const store::Job& job : orphans) {
    if (known(job) || begun_.contains(job.id)) continue;
    // At least once: the other side knows the key and drops the second. A
    // `once` job is never run again by itself.
    if (job.spec.once) unknown.push_back(UnknownEnd(job));
    const auto state = job.spec.once ? store::JobState::kUnknown : store::JobState::kPending;
    requeue.job_updates.push_back({job.id, state, clock_.Now(), std::string(kStopped)});
  }
  if (!requeue.job_updates.empty()) {
    log_.Warning("jobs were left running by an earlier server",
                 {{"jobs", std::to_string(requeue.job_updates.size())}});
    HN_TRY_VOID(CommitBare(std::move(requeue)));
  }
  return unknown.empty() && unsettled_.empty() ? Status() : Turn(std::move(unknown));
}

Duration ControlLoop::SetBackBy() const {
  const Duration back = wall_seen_ + (clock_.Monotonic() - monotonic_seen_) - clock_.Now();
  return back > kClockSlack ? back : Duration();
}

// Pauses are lengths of time, but a row can only hold a time of the wall. The
// machines move what they wait for by the event, here the rows of jobs do.
Status ControlLoop::AbsorbSetBack(Draft& draft) {
  const ops_model::ClockSetBack clock{SetBackBy()};
  if (clock.by == Duration()) return {};
  telemetry_.Counter("hinomi_clock_set_back_total").Add();
  log_.Warning("the wall clock was set back", {{"by", FormatDuration(clock.by)}});
  HN_TRY(const auto waiting, store_.ListJobs(store::JobState::kPending, kMostWaiting));
  for (const store::Job& job : waiting) {
    if (job.spec.due <= draft.now) continue;
    const Instant due =
        job.attempts > 0 ? job.spec.due - clock.by : clock.MovedUntried(job.spec.due, draft.now);
    draft.turn.job_updates.push_back({job.id, store::JobState::kPending, due, job.last_error});
  }
  Decision found;
  found.events.emplace_back(clock);
  Absorb(draft, std::move(found), std::string(kSelf));
  return {};
}

Status ControlLoop::FollowWallClock() {
  if (set_back_tried_) {
    // A commit that failed may have been done all the same.
    HN_TRY(const store::Head head, store_.JournalHead());
    const bool done = head.sequence > *set_back_tried_;
    set_back_tried_.reset();
    if (done) {
      wall_seen_ = clock_.Now();
      monotonic_seen_ = clock_.Monotonic();
    }
  }
  const Instant now = clock_.Now();
  const Duration monotonic = clock_.Monotonic();
  if (SetBackBy() > Duration()) {
    if (must_reload_) HN_TRY_VOID(Reload());
    Draft draft = NewDraft();
    HN_TRY_VOID(AbsorbSetBack(draft));
    set_back_tried_ = head_.sequence;
    HN_TRY_VOID(CommitDraft(draft));
    set_back_tried_.reset();
  }
  wall_seen_ = now;
  monotonic_seen_ = monotonic;
  return {};
}

void ControlLoop::Keep(std::vector<Input> inputs) {
  for (Input& input : inputs)
    if (std::holds_alternative<JobResult>(input)) unsettled_.push_back(std::move(input));
}

Status ControlLoop::RenewLease() {
  const Duration asked = clock_.Monotonic();
  // Never acquired anew: who was replaced must fold what the other one wrote.
  HN_TRY(lease_, store_.RenewLease(lease_, options_.lease_ttl));
  lease_renewed_ = asked;
  return NoteAlive();
}

Status ControlLoop::NoteAlive() {
  // Not before a jump stands in the journal, or a crash would hide it.
  if (SetBackBy() > Duration()) return {};
  return store_.PutValue("control", {"last_alive", FormatRfc3339(clock_.Now()) + " " +
                                                       std::to_string(head_.sequence)});
}

bool ControlLoop::MayAct() const {
  const Duration to_end = std::min(kLongestSend, options_.lease_ttl * 2 / 3);
  return lease_.epoch != 0 && clock_.Monotonic() - lease_renewed_ < options_.lease_ttl - to_end;
}

Result<std::vector<store::Job>> ControlLoop::ClaimJobs(store::Lane lane, size_t limit) {
  if (!MayAct() || must_reload_) return std::vector<store::Job>{};
  Result<std::vector<store::Job>> jobs = store_.ClaimJobs(lease_.epoch, lane, clock_.Now(), limit);
  if (!jobs) {
    claim_lost_ = true;
    return jobs;
  }
  for (const store::Job& job : *jobs) begun_.insert(job.id);
  return jobs;
}

Status ControlLoop::CheckpointIfDue() {
  const Instant now = clock_.Now();
  if (!options_.sign || !store::CheckpointDue(head_, checkpoint_, now)) return {};
  HN_TRY(store::Checkpoint checkpoint, options_.sign(head_, now));
  HN_TRY_VOID(store_.AddCheckpoint(checkpoint));
  checkpoint_ = std::move(checkpoint);
  return {};
}

}  // namespace hinomi::control
