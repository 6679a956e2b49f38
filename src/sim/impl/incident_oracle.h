#ifndef HINOMI_SIM_IMPL_INCIDENT_ORACLE_H_
#define HINOMI_SIM_IMPL_INCIDENT_ORACLE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ops_model/event.h"
#include "store/store.h"

namespace hinomi::sim {

/// What must hold of incidents and of who is called for them: each step in its time, neither before
/// nor after nor twice, again where it repeats, not while somebody has it in hand or has put it
/// off, and nobody's once that is over. Judged from the journal and by rules of its own.
class IncidentOracle {
 public:
  using Fail = std::function<void(std::string)>;

  explicit IncidentOracle(Fail fail) : fail_(std::move(fail)) {}

  void Hear(const store::JournalEntry& entry, const ops_model::EventBody& body);
  /// Time goes on by `step` during which nothing else happens and a server leads.
  void Pass(Duration step, Instant now);
  /// A turn was committed: what has to follow from a fact stands beside it.
  void CheckCommit();
  /// All must have come to rest.
  void CheckEnd() const;

  bool IsResolved(const std::string& incident) const;
  /// True of a level that nobody is called for once somebody has the incident in hand.
  bool EndsAtAcknowledgement(const std::string& incident, const std::string& level) const;
  /// Open incidents, oldest first.
  std::vector<std::string> Open() const;
  uint64_t opened_by_hand() const { return opened_by_hand_; }

 private:
  struct Step {
    ops_model::EscalationStep step;
    int fired = 0;  ///< In this pass.
    Instant last;
    Duration late;
  };
  struct View {
    ops_model::IncidentOpened opened;
    ops_model::EscalationStarted plan;
    std::vector<Step> steps;
    Instant at;  ///< From which the steps of the pass count.
    int pass = 1;
    Instant pass_over;  ///< When the last step of the pass fired.
    bool started = false, acknowledged = false, resolved = false, ended = false;
    Instant acknowledged_at;
    std::optional<Instant> snoozed_until;
    Instant rest_over;  ///< When an acknowledgement or a snooze last ended.
    Duration pass_late, rest_late;
    bool ladder_wanted = false;  ///< Its severity has changed, and its ladder not yet.
  };

  void HearOpened(const store::JournalEntry& entry, const ops_model::IncidentOpened& opened);
  void HearFact(const store::JournalEntry& entry, const ops_model::EventBody& body, View& view);
  void HearFired(Instant at, const ops_model::EscalationStepFired& fired, View& view);
  void HearGivenUp(Instant at, const ops_model::IncidentUnacknowledged& fact, View& view);
  void HearLadder(Instant at, const ops_model::EscalationLadderChanged& changed, View& view);
  void NotePass(Instant at, View& view);
  void SetBack(Duration by);
  void CheckLate(const std::string& what, const std::optional<Instant>& due, Duration step,
                 Instant now, Duration& late);

  const Fail fail_;
  std::map<std::string, View> incidents_;
  uint64_t opened_by_hand_ = 0;
};

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_INCIDENT_ORACLE_H_
