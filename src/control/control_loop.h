#ifndef HINOMI_CONTROL_CONTROL_LOOP_H_
#define HINOMI_CONTROL_CONTROL_LOOP_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "control/machine.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"
#include "store/store.h"

namespace hinomi::control {

struct ControlOptions {
  std::string holder;   ///< Names this process in the lease, e.g. "host:pid".
  std::string release;  ///< For server.started.
  /// Begun jobs are given two thirds of it to end, at most a minute.
  Duration lease_ttl = Duration::Seconds(90);
  /// Folded states are kept every so many events, so that a start folds few.
  uint64_t snapshot_every = 1000;
  /// Salt for commitments to personal data; unpredictable in a server.
  std::function<std::string(size_t)> salt;
  /// Makes the signed checkpoint of a head; none are kept without it.
  std::function<Result<store::Checkpoint>(const store::Head&, Instant)> sign;
};

/// The single writer. It folds inputs through the machines until nothing more
/// follows, commits all of it in one transaction, and only then lets jobs go.
/// A turn that cannot be committed has not happened: the state in memory is
/// thrown away and read again from the store.
///
/// Threads: the control thread only. Nothing here blocks longer than one
/// commit. References must outlive the loop.
class ControlLoop {
 public:
  using Committed = std::function<void(const std::vector<ops_model::Event>&)>;

  ControlLoop(ControlOptions options, store::Store& store, const Clock& clock, Random random,
              std::vector<std::unique_ptr<Machine>> machines, Telemetry& telemetry, Log& log);

  /// Takes the lease, folds snapshot and tail, writes server.started, and
  /// settles the jobs that an earlier leader left running. Errors: kConflict
  /// while somebody else leads.
  Status Start(std::shared_ptr<const policy::OpsFolder> policy);

  /// Without the lease: folds what the leader has written, for readers. Call
  /// it again from time to time.
  Status Follow(std::shared_ptr<const policy::OpsFolder> policy);

  /// Gives the lease back, so that another server can lead at once.
  Status Release();

  /// Takes a checked ops folder into use: from the next decision on. If that
  /// cannot be written now, the next turn does so before all else.
  Status UsePolicy(std::shared_ptr<const policy::OpsFolder> policy);

  /// One turn over `inputs`, the commands of the inbox and due timers. On
  /// failure nothing happened; job results are kept for the next turn and
  /// commands stay in the inbox, so that nothing is lost. What the store could
  /// never take (kInvalidArgument) is refused by itself and holds up nothing
  /// else: a command gets the reason as its answer.
  Status Turn(std::vector<ops_model::Input> inputs);
  /// More commands wait in the inbox than one turn takes.
  bool commands_wait() const { return commands_wait_; }

  /// Keeps the job results among `inputs` until this server leads (again).
  void Keep(std::vector<ops_model::Input> inputs);

  /// Keeps the lease; call it at least every third of its time to live.
  /// Errors: kConflict once another server leads.
  Status RenewLease();
  /// False once the lease may have run out soon: then no job may be begun.
  bool MayAct() const;

  /// Due jobs of a lane, marked as running. Empty where `MayAct` is false.
  Result<std::vector<store::Job>> ClaimJobs(store::Lane lane, size_t limit);

  /// When the next timer of a machine is due, if any.
  std::optional<Instant> NextWakeup() const;

  /// Keeps a signed checkpoint when 1,000 events or an hour have passed.
  Status CheckpointIfDue();

  /// Called after each commit with its events, on the control thread.
  void OnCommitted(Committed observer) { committed_ = std::move(observer); }

  const store::Head& head() const { return head_; }
  uint64_t epoch() const { return lease_.epoch; }
  const policy::OpsFolder& policy() const { return *policy_; }
  std::shared_ptr<const policy::OpsFolder> shared_policy() const { return policy_; }
  Machine& machine(std::string_view name);

 private:
  struct Draft;

  Draft NewDraft() const;
  Status TellPolicy();
  Status Reload();
  Status Fold(const std::vector<uint64_t>& folded, uint64_t from, const store::Head& head);
  Status SettleOrphans();
  /// How far the wall clock was set back since it was last looked at; zero if
  /// it was not.
  Duration SetBackBy() const;
  Status AbsorbSetBack(Draft& draft);
  Status FollowWallClock();
  Status NoteAlive();
  Status TurnWhole();
  Status TurnOneByOne(const std::vector<store::Command>& commands, const Error& why);
  Status AttemptAlone(const ops_model::Input& input);
  Status Attempt(const std::vector<ops_model::Input>& inputs,
                 const std::vector<store::Command>& commands, bool timers);
  void CountRefused(std::string_view what, std::string_view whose, const Error& why);
  Status FeedCommand(Draft& draft, const store::Command& command);
  Status ErasePerson(Draft& draft, const ops_model::CommandInput& command);
  void Feed(Draft& draft, const ops_model::Input& input, const std::string& actor);
  /// Lets the machines hear of the draft's events until nothing more follows.
  void TellMachines(Draft& draft, const std::string& actor);
  void Absorb(Draft& draft, ops_model::Decision decision, const std::string& actor);
  Status AddVerdicts(Draft& draft);
  Status CommitDraft(Draft& draft);
  /// A turn without events.
  Status CommitBare(store::Turn turn);
  void AddSnapshots(store::Turn& turn, uint64_t sequence);

  ControlOptions options_;
  store::Store& store_;
  const Clock& clock_;
  Random random_;
  std::vector<std::unique_ptr<Machine>> machines_;
  Telemetry& telemetry_;
  Log& log_;
  Committed committed_;

  std::shared_ptr<const policy::OpsFolder> policy_;
  store::Lease lease_;
  Duration lease_renewed_;  ///< Monotonic.
  store::Head head_;
  uint64_t snapshot_at_ = 0;
  store::Checkpoint checkpoint_;  ///< The last one that this server made.
  bool must_reload_ = false;
  /// Both clocks when the wall clock was last looked at; jumps show between them.
  Instant wall_seen_;
  Duration monotonic_seen_;
  /// The head when it was last tried to write down that the clock was set back.
  std::optional<uint64_t> set_back_tried_;
  bool policy_untold_ = false;  ///< `policy_` has no event in the journal yet.
  bool commands_wait_ = false;
  /// Jobs that were handed out and whose results are still to come.
  std::set<uint64_t> begun_;
  /// A claim failed: it may have marked jobs all the same.
  bool claim_lost_ = false;
  /// Results of jobs whose turn could not be committed yet.
  std::vector<ops_model::Input> unsettled_;
};

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_CONTROL_LOOP_H_
