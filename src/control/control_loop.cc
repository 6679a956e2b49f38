#include "control/control_loop.h"

#include <algorithm>
#include <deque>

#include "control/personal.h"

namespace hinomi::control {
namespace {

using ops_model::Decision;
using ops_model::Event;
using ops_model::EventBody;
using ops_model::Input;

// A turn that goes on for ever is a bug of a module, and must not fill a disk.
constexpr size_t kMaxEventsPerTurn = 20'000;
// A job that began just before the lease ended must be over when it does.
constexpr Duration kLongestSend = Duration::Seconds(60);
constexpr uint64_t kCheckpointEvents = 1000;
constexpr Duration kCheckpointAge = Duration::Hours(1);
constexpr size_t kCommandsPerTurn = 100;
constexpr std::string_view kSelf = "hinomi";

store::JobUpdate ToUpdate(const ops_model::JobVerdict& verdict) {
  store::JobUpdate update;
  update.id = verdict.id;
  update.last_error = verdict.error;
  update.due = verdict.due;
  switch (verdict.action) {
    case ops_model::JobVerdict::Action::kDone:
      update.state = store::JobState::kDone;
      break;
    case ops_model::JobVerdict::Action::kRetryAt:
      update.state = store::JobState::kPending;
      break;
    case ops_model::JobVerdict::Action::kDead:
      update.state = store::JobState::kDead;
      break;
  }
  return update;
}

store::NewJob ToJob(ops_model::JobSpec spec) {
  store::NewJob job;
  job.kind = std::move(spec.kind);
  job.due = spec.due;
  job.key = std::move(spec.key);
  job.payload = spec.payload.Dump();
  job.lane = spec.urgent ? store::Lane::kUrgent : store::Lane::kNormal;
  job.once = spec.once;
  return job;
}

}  // namespace

/// What one turn has come to so far.
struct ControlLoop::Draft {
  Instant now;
  uint64_t sequence = 0;  ///< Of the last event.
  store::Turn turn;
  std::vector<Event> events;
  std::vector<ops_model::JobVerdict> verdicts;
  std::deque<Event> unheard;  ///< Events that the machines have not been told of.
  Json answer;
  std::string refusal;
  bool too_long = false;
};

ControlLoop::ControlLoop(ControlOptions options, store::Store& store, const Clock& clock,
                         Random random, std::vector<std::unique_ptr<Machine>> machines,
                         Telemetry& telemetry, Log& log)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      random_(random),
      machines_(std::move(machines)),
      telemetry_(telemetry),
      log_(log) {
  HN_CHECK(options_.salt != nullptr);
}

Machine& ControlLoop::machine(std::string_view name) {
  for (const auto& machine : machines_)
    if (machine->name() == name) return *machine;
  HN_CHECK(false);
}

Status ControlLoop::Start(std::shared_ptr<const policy::OpsFolder> policy) {
  HN_CHECK(policy != nullptr);
  policy_ = std::move(policy);
  HN_TRY(lease_, store_.AcquireLease("leader", options_.holder, options_.lease_ttl));
  lease_renewed_ = clock_.Monotonic();
  begun_.clear();
  HN_TRY_VOID(Reload());

  HN_TRY(const auto last_alive, store_.GetValue("control", "last_alive"));
  ops_model::ServerStarted started;
  started.release = options_.release;
  if (last_alive) {
    if (const Result<Instant> at = ParseRfc3339(*last_alive)) started.last_alive = *at;
  }
  Draft draft;
  draft.now = clock_.Now();
  draft.sequence = head_.sequence;
  Decision opening;
  opening.events.push_back(started);
  Absorb(draft, std::move(opening), std::string(kSelf));
  HN_TRY_VOID(CommitDraft(draft));
  HN_TRY_VOID(UsePolicy(policy_));
  return SettleOrphans();
}

Status ControlLoop::Follow(std::shared_ptr<const policy::OpsFolder> policy) {
  policy_ = std::move(policy);
  HN_TRY(const store::Head head, store_.JournalHead());
  if (head.sequence == head_.sequence && !must_reload_) return {};
  return Reload();
}

Status ControlLoop::Release() {
  return store_.ReleaseLease(lease_);
}

Status ControlLoop::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
  policy_ = std::move(policy);
  ops_model::OpsLoaded loaded;
  loaded.digest = policy_->digest;
  for (const policy::AlarmDocument& alarm : policy_->alarms) loaded.alarms.push_back(alarm.name);
  if (must_reload_) HN_TRY_VOID(Reload());
  Draft draft;
  draft.now = clock_.Now();
  draft.sequence = head_.sequence;
  Decision decision;
  decision.events.push_back(std::move(loaded));
  Absorb(draft, std::move(decision), std::string(kSelf));
  return CommitDraft(draft);
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
  for (uint64_t after = from; after < head.sequence;) {
    HN_TRY(const auto entries, store_.ReadJournal(after, 1000));
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
  HN_TRY(auto orphans, store_.OrphanedJobs(lease_.epoch + 1));
  std::erase_if(orphans, [this](const store::Job& job) { return begun_.contains(job.id); });
  claim_lost_ = false;
  if (orphans.empty()) return {};
  store::Turn requeue;
  std::vector<Input> unknown;
  for (const store::Job& job : orphans) {
    if (!job.spec.once) {
      // At least once: the other side knows the key and drops the second.
      requeue.job_updates.push_back(
          {job.id, store::JobState::kPending, clock_.Now(), "the server stopped while it ran"});
      continue;
    }
    ops_model::JobResult result;
    result.kind = job.spec.kind;
    result.key = job.spec.key;
    result.id = job.id;
    result.attempt = job.attempts;
    result.outcome = ops_model::JobResult::Outcome::kUnknown;
    result.reason_code = "server_stopped";
    if (const Result<Json> payload = Json::Parse(job.spec.payload)) result.payload = *payload;
    unknown.push_back(std::move(result));
    requeue.job_updates.push_back(
        {job.id, store::JobState::kUnknown, clock_.Now(), "the server stopped while it ran"});
  }
  log_.Warning("jobs were left running by an earlier server",
               {{"jobs", std::to_string(orphans.size())}});
  requeue.epoch = lease_.epoch;
  requeue.at = clock_.Now();
  requeue.expected_head = head_.sequence;
  HN_TRY(head_, store_.Commit(requeue));
  return unknown.empty() ? Status() : Turn(std::move(unknown));
}

Status ControlLoop::Turn(std::vector<Input> inputs) {
  if (claim_lost_ && !must_reload_)
    if (const Status settled = SettleOrphans(); !settled) claim_lost_ = true;
  unsettled_.insert(unsettled_.end(), std::make_move_iterator(inputs.begin()),
                    std::make_move_iterator(inputs.end()));
  Status status = Attempt(unsettled_);
  if (status) {
    for (const Input& input : unsettled_)
      if (const auto* result = std::get_if<ops_model::JobResult>(&input)) begun_.erase(result->id);
    unsettled_.clear();
    return status;
  }
  telemetry_.Counter("hinomi_control_turns_failed_total", "Turns that could not be committed.")
      .Add();
  must_reload_ = true;
  // Evaluations are made anew from the data; only what the world told us once
  // has to be kept.
  std::erase_if(unsettled_, [](const Input& input) {
    return !std::holds_alternative<ops_model::JobResult>(input);
  });
  return status;
}

Status ControlLoop::Attempt(const std::vector<Input>& inputs) {
  if (must_reload_) HN_TRY_VOID(Reload());
  HN_TRY(const auto commands, store_.PendingCommands(kCommandsPerTurn));
  Draft draft;
  draft.now = clock_.Now();
  draft.sequence = head_.sequence;

  for (const Input& input : inputs) Feed(draft, input, std::string(kSelf));
  for (const store::Command& command : commands) {
    draft.answer = Json();
    draft.refusal.clear();
    ops_model::CommandInput input;
    input.who = command.command.who;
    input.command_id = command.id;
    if (const Result<Json> body = Json::Parse(command.command.body)) {
      input.verb = (*body)["verb"].as_string();
      input.via = (*body)["via"].as_string();
      input.arguments = (*body)["arguments"];
    }
    Feed(draft, input, input.who);
    Json answer = Json::MakeObject();
    if (!draft.refusal.empty()) {
      answer.Set("ok", false).Set("message", draft.refusal);
    } else if (draft.answer.is_null()) {
      answer.Set("ok", false).Set("message", "nothing here knows the command '" + input.verb + "'");
    } else {
      answer.Set("ok", true).Set("result", draft.answer);
    }
    draft.turn.answers.push_back({command.id, answer.Dump()});
  }
  if (const auto wakeup = NextWakeup(); wakeup && *wakeup <= draft.now)
    Feed(draft, ops_model::TimerInput{}, std::string(kSelf));

  if (draft.too_long)
    return Internal("a turn gave more than " + std::to_string(kMaxEventsPerTurn) +
                    " events; the last was about " +
                    ops_model::EventSubject(draft.events.back().body));
  if (draft.events.empty() && draft.turn.jobs.empty() && draft.verdicts.empty() &&
      draft.turn.answers.empty())
    return {};
  return CommitDraft(draft);
}

void ControlLoop::Feed(Draft& draft, const Input& input, const std::string& actor) {
  for (const auto& machine : machines_)
    Absorb(draft, machine->Decide(input, draft.now, *policy_, random_), actor);
  while (!draft.unheard.empty() && !draft.too_long) {
    const ops_model::EventInput heard{std::move(draft.unheard.front())};
    draft.unheard.pop_front();
    for (const auto& machine : machines_)
      Absorb(draft, machine->Decide(heard, draft.now, *policy_, random_), actor);
  }
}

void ControlLoop::Absorb(Draft& draft, Decision decision, const std::string& actor) {
  for (EventBody& body : decision.events) {
    if (draft.events.size() >= kMaxEventsPerTurn) {
      draft.too_long = true;
      return;
    }
    for (store::PersonalDatum& datum : SealPersonal(body, options_.salt))
      draft.turn.personal.push_back(std::move(datum));
    Event event{++draft.sequence, draft.now, actor, std::move(body)};
    // The next decision sees the fact, as it will after a restart.
    for (const auto& machine : machines_) machine->Apply(event);
    draft.events.push_back(event);
    draft.unheard.push_back(std::move(event));
  }
  for (ops_model::JobSpec& job : decision.jobs) draft.turn.jobs.push_back(ToJob(std::move(job)));
  for (const ops_model::JobVerdict& verdict : decision.verdicts) draft.verdicts.push_back(verdict);
  if (!decision.answer.is_null()) draft.answer = std::move(decision.answer);
  if (!decision.refusal.empty()) draft.refusal = std::move(decision.refusal);
}

Status ControlLoop::AddVerdicts(Draft& draft) {
  store::Turn& turn = draft.turn;
  for (const ops_model::JobVerdict& verdict : draft.verdicts) {
    store::JobUpdate update = ToUpdate(verdict);
    if (update.id == 0) {
      // Named by its key: a page that is called off. One that this very turn
      // asked for never becomes a row; one that ran already has had its end.
      const auto made = std::find_if(turn.jobs.begin(), turn.jobs.end(),
                                     [&](const auto& job) { return job.key == verdict.key; });
      if (made != turn.jobs.end()) {
        turn.jobs.erase(made);
        continue;
      }
      HN_TRY(const auto row, store_.FindJob(verdict.key));
      if (!row || row->state != store::JobState::kPending) continue;
      update.id = row->id;
    }
    turn.job_updates.push_back(std::move(update));
  }
  return {};
}

Status ControlLoop::CommitDraft(Draft& draft) {
  store::Turn& turn = draft.turn;
  if (const Status added = AddVerdicts(draft); !added) {
    must_reload_ = true;
    return added;
  }
  turn.epoch = lease_.epoch;
  turn.at = draft.now;
  turn.expected_head = head_.sequence;
  for (const Event& event : draft.events) {
    turn.events.push_back({std::string(ops_model::EventType(event.body)),
                           ops_model::EventVersion(event.body), ops_model::EventSubject(event.body),
                           event.actor, ops_model::EncodeEvent(event.body)});
  }
  if (draft.sequence - snapshot_at_ >= options_.snapshot_every) AddSnapshots(turn, draft.sequence);
  Result<store::Head> head = store_.Commit(turn);
  if (!head) {
    must_reload_ = true;
    return std::move(head).error().WithContext("a turn could not be committed");
  }
  head_ = *head;
  if (!turn.snapshots.empty()) snapshot_at_ = draft.sequence;
  telemetry_.Counter("hinomi_control_turns_total", "Committed turns of the control loop.").Add();
  telemetry_.Counter("hinomi_journal_events_total", "Events appended to the journal.")
      .Add(static_cast<double>(draft.events.size()));
  if (committed_) committed_(draft.events);
  return {};
}

void ControlLoop::AddSnapshots(store::Turn& turn, uint64_t sequence) {
  for (const auto& machine : machines_)
    turn.snapshots.push_back({std::string(machine->name()), 1, sequence, machine->Save().Dump()});
}

Status ControlLoop::RenewLease() {
  const Duration asked = clock_.Monotonic();
  HN_TRY(lease_, store_.AcquireLease("leader", options_.holder, options_.lease_ttl));
  // Counted from before the question: the answer may have been slow.
  lease_renewed_ = asked;
  return store_.PutValue("control", {"last_alive", FormatRfc3339(clock_.Now())});
}

bool ControlLoop::MayAct() const {
  const Duration to_end = std::min(kLongestSend, options_.lease_ttl * 2 / 3);
  return clock_.Monotonic() - lease_renewed_ < options_.lease_ttl - to_end;
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

std::optional<Instant> ControlLoop::NextWakeup() const {
  std::optional<Instant> next;
  for (const auto& machine : machines_) {
    const auto wakeup = machine->NextWakeup();
    if (wakeup && (!next || *wakeup < *next)) next = wakeup;
  }
  return next;
}

Status ControlLoop::CheckpointIfDue() {
  if (!options_.sign || head_.sequence == checkpoint_at_) return {};
  const Instant now = clock_.Now();
  if (head_.sequence - checkpoint_at_ < kCheckpointEvents &&
      now - checkpoint_time_ < kCheckpointAge)
    return {};
  HN_TRY(const store::Checkpoint checkpoint, options_.sign(head_, now));
  HN_TRY_VOID(store_.AddCheckpoint(checkpoint));
  checkpoint_at_ = head_.sequence;
  checkpoint_time_ = now;
  return {};
}

}  // namespace hinomi::control
