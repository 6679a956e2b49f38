#include "control/control_loop.h"

#include <algorithm>

#include "base/digest.h"
#include "base/strings.h"
#include "control/draft.h"
#include "control/personal.h"

namespace hinomi::control {
namespace {

using ops_model::Decision;
using ops_model::Event;
using ops_model::EventBody;
using ops_model::Input;

// A turn that goes on for ever is a bug of a module, and must not fill a disk.
constexpr size_t kMaxEventsPerTurn = 20'000;
constexpr size_t kCommandsPerTurn = 100;

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

std::string HexText(const std::string& bytes) {
  return HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

// No repetition helps: something in the turn can never be written.
bool IsPoison(const Error& error) {
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kInternal;
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

ControlLoop::Draft ControlLoop::NewDraft() const {
  Draft draft;
  draft.now = clock_.Now();
  draft.sequence = head_.sequence;
  return draft;
}

Status ControlLoop::Turn(std::vector<Input> inputs) {
  if (claim_lost_ && !must_reload_)
    if (const Status settled = SettleOrphans(); !settled) claim_lost_ = true;
  for (const Input& input : inputs)
    if (const auto* result = std::get_if<ops_model::JobResult>(&input)) begun_.erase(result->id);
  unsettled_.insert(unsettled_.end(), std::make_move_iterator(inputs.begin()),
                    std::make_move_iterator(inputs.end()));
  Status status = TurnWhole();
  if (status) {
    unsettled_.clear();
    return status;
  }
  telemetry_.Counter("hinomi_control_turns_failed_total").Add();
  must_reload_ = true;
  // Evaluations are made anew from the data; only what the world told us once
  // has to be kept.
  std::erase_if(unsettled_, [](const Input& input) {
    return !std::holds_alternative<ops_model::JobResult>(input);
  });
  return status;
}

Status ControlLoop::TurnWhole() {
  HN_TRY_VOID(FollowWallClock());
  if (policy_untold_) HN_TRY_VOID(TellPolicy());
  HN_TRY(const auto commands, store_.PendingCommands(kCommandsPerTurn));
  commands_wait_ = commands.size() == kCommandsPerTurn;
  Status status = Attempt(unsettled_, commands, true);
  if (!status && IsPoison(status.error())) status = TurnOneByOne(commands, status.error());
  return status;
}

// Something in the turn can never be written. Each part gets a turn of its own,
// so that only the one at fault is refused.
Status ControlLoop::TurnOneByOne(const std::vector<store::Command>& commands, const Error& why) {
  must_reload_ = true;
  log_.Warning("a turn cannot be written as a whole; its parts are taken one by one",
               {{"error", why.message}});
  while (!unsettled_.empty()) {
    const Status status = AttemptAlone(unsettled_.front());
    if (!status) return status;
    unsettled_.erase(unsettled_.begin());
  }
  for (const store::Command& command : commands) {
    const Status status = Attempt({}, {command}, false);
    if (status) continue;
    must_reload_ = true;
    if (!IsPoison(status.error())) return status;
    CountRefused("command", command.command.who, status.error());
    store::Turn refusal;
    refusal.answers.push_back(
        {command.id,
         Json::MakeObject().Set("ok", false).Set("message", status.error().message).Dump()});
    HN_TRY_VOID(CommitBare(std::move(refusal)));
  }
  return Attempt({}, {}, true);
}

Status ControlLoop::AttemptAlone(const Input& input) {
  Status status = Attempt({input}, {}, false);
  if (status) return status;
  must_reload_ = true;
  if (!IsPoison(status.error())) return status;
  const auto* result = std::get_if<ops_model::JobResult>(&input);
  CountRefused(result != nullptr ? "job result" : "evaluation",
               result != nullptr ? result->key : "", status.error());
  if (result == nullptr) return {};
  // That the job ended must be known, though not in the other side's words.
  ops_model::JobResult plain = *result;
  plain.reason_code = "unrecordable";
  plain.detail.clear();
  status = Attempt({plain}, {}, false);
  if (status || !IsPoison(status.error())) return status;
  must_reload_ = true;
  store::Turn buried;
  buried.job_updates.push_back(
      {result->id, store::JobState::kDead, clock_.Now(), status.error().message});
  status = CommitBare(std::move(buried));
  // Not even that: there is no such job. Then there is nothing to be said of it.
  return !status && IsPoison(status.error()) ? Status() : status;
}

void ControlLoop::CountRefused(std::string_view what, std::string_view whose, const Error& why) {
  telemetry_.Counter("hinomi_control_inputs_refused_total").Add();
  log_.Failed("an input cannot be written and was refused",
              {{"what", what}, {"whose", whose}, {"error", why.message}});
}

Status ControlLoop::Attempt(const std::vector<Input>& inputs,
                            const std::vector<store::Command>& commands, bool timers) {
  if (must_reload_) HN_TRY_VOID(Reload());
  Draft draft = NewDraft();
  for (const Input& input : inputs) Feed(draft, input, std::string(kSelf));
  for (const store::Command& command : commands) HN_TRY_VOID(FeedCommand(draft, command));
  if (const auto wakeup = NextWakeup(); timers && wakeup && *wakeup <= draft.now)
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

Status ControlLoop::FeedCommand(Draft& draft, const store::Command& command) {
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
  if (input.verb == "person.erase") {
    HN_TRY_VOID(ErasePerson(draft, input));
  } else {
    Feed(draft, input, input.who);
  }
  Json answer = Json::MakeObject();
  if (!draft.refusal.empty()) {
    answer.Set("ok", false).Set("message", draft.refusal);
  } else if (draft.answer.is_null()) {
    answer.Set("ok", false).Set("message", "nothing here knows the command '" + input.verb + "'");
  } else {
    answer.Set("ok", true).Set("result", draft.answer);
  }
  draft.turn.answers.push_back({command.id, answer.Dump()});
  return {};
}

// Erased first, recorded then: a server that dies in between does both again.
Status ControlLoop::ErasePerson(Draft& draft, const ops_model::CommandInput& command) {
  const std::string& person = command.arguments["person"].as_string();
  if (person.empty()) {
    draft.refusal = "say whose texts are to be erased: \"person\" is missing";
    return {};
  }
  // What they wrote, and where they were reached.
  for (const std::string& name : {person, ContactPerson(person)}) {
    HN_TRY_VOID(store_.ErasePerson(name));
    std::erase_if(draft.turn.personal, [&](const auto& datum) { return datum.person == name; });
  }
  Decision decision;
  const std::string salt = options_.salt(16);
  decision.events.emplace_back(
      ops_model::PersonErased{HexText(salt), ToHex(Sha256(salt + person))});
  decision.answer = "erased";
  Absorb(draft, std::move(decision), command.who);
  return {};
}

void ControlLoop::Feed(Draft& draft, const Input& input, const std::string& actor) {
  for (const auto& machine : machines_)
    Absorb(draft, machine->Decide(input, draft.now, *policy_, random_), actor);
  TellMachines(draft, actor);
}

void ControlLoop::TellMachines(Draft& draft, const std::string& actor) {
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
  telemetry_.Counter("hinomi_control_turns_total").Add();
  telemetry_.Counter("hinomi_journal_events_total").Add(static_cast<double>(draft.events.size()));
  if (committed_) committed_(draft.events);
  return {};
}

Status ControlLoop::CommitBare(store::Turn turn) {
  if (must_reload_) HN_TRY_VOID(Reload());
  turn.epoch = lease_.epoch;
  turn.at = clock_.Now();
  turn.expected_head = head_.sequence;
  Result<store::Head> head = store_.Commit(turn);
  if (!head) {
    must_reload_ = true;
    return std::move(head).error();
  }
  head_ = *head;
  if (committed_) committed_({});
  return {};
}

void ControlLoop::AddSnapshots(store::Turn& turn, uint64_t sequence) {
  for (const auto& machine : machines_)
    turn.snapshots.push_back({std::string(machine->name()), 1, sequence, machine->Save().Dump()});
}

std::optional<Instant> ControlLoop::NextWakeup() const {
  std::optional<Instant> next;
  for (const auto& machine : machines_) {
    const auto wakeup = machine->NextWakeup();
    if (wakeup && (!next || *wakeup < *next)) next = wakeup;
  }
  return next;
}

}  // namespace hinomi::control
