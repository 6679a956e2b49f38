#ifndef HINOMI_SIM_IMPL_ORACLE_H_
#define HINOMI_SIM_IMPL_ORACLE_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/control_loop.h"
#include "control/machines.h"
#include "ops_model/event.h"
#include "sim/impl/folder.h"
#include "sim/impl/incident_oracle.h"
#include "sim/impl/service_oracle.h"
#include "store/store.h"

namespace hinomi::sim {

/// What must hold, judged from the journal, the rows and the receivers alone,
/// by rules of its own: it shares no code with the machines that it judges.
class Oracle {
 public:
  /// `reader` sees the database without faults and without mutants.
  Oracle(store::Store& reader, const ManualClock& clock) : reader_(reader), clock_(clock) {}

  /// What did not hold first; "" so far.
  const std::string& violation() const { return violation_; }
  void Fail(std::string what);

  /// Reads what was committed since the last time.
  void Absorb();
  /// Time goes on by `step` during which nothing else happens. `up`: a server
  /// leads and its store answers. `accepts`: channels that take messages.
  /// `full`: no further job can be begun before one of those `in_flight` ends.
  void Pass(Duration step, bool up, const std::function<bool(const std::string&)>& accepts,
            const std::set<std::string>& in_flight, bool full);

  // What happens outside of the journal.
  void OnClaimed(const store::Job& job, bool by_leader);
  void OnAttempt(const std::string& name, bool by_leader);
  void OnRetryAfter(const std::string& name, Duration wait);
  void OnArrived(const std::string& name);
  void OnOnceDone(const std::string& key);
  /// A server has a service scaled.
  void OnScaleRun(const store::Job& job, bool by_leader);
  /// `seen`: by a server that leads and is alive; it has to notice.
  void OnWallJump(Duration by, bool seen);
  /// The leader died or was replaced: what it has not noticed by now it cannot.
  void OnLeaderGone() { unnoticed_ = {}; }

  /// A server has begun to lead: its folded state is that of the journal.
  void CheckFold(control::ControlLoop& loop);
  void CheckChain();
  /// All must have come to rest.
  void CheckEnd(const std::map<std::string, uint64_t>& put_commands,
                const std::map<std::string, std::string>& verbs);

  uint64_t events() const { return seen_; }
  uint64_t arrivals() const { return arrivals_; }
  /// Open incidents, oldest first.
  std::vector<std::string> OpenIncidents() const { return incidents_.Open(); }

 private:
  struct PageView {
    ops_model::PageQueued queued;
    bool ended = false;         ///< Delivered, dead or cancelled, as the journal has it.
    Instant asked, not_before;  ///< As the receiver said; once it is written down.
    Duration ready;             ///< For so long it could have gone out.
    std::string next_way;       ///< Channel of the contact's next usable method; "" if none.
    Duration next_ready;        ///< For so long that one has been open without being taken.
  };

  void Hear(const store::JournalEntry& entry, const ops_model::EventBody& body);
  void HearSetBack(const store::JournalEntry& entry, const ops_model::ClockSetBack& clock);
  void HearQueued(const ops_model::PageQueued& queued);
  void PassPage(const std::string& name, PageView& page, Duration step,
                const std::function<bool(const std::string&)>& accepts, bool in_flight);
  std::string NextWay(const ops_model::PageQueued& queued) const;
  void CheckCommit(const std::vector<ops_model::EventBody>& bodies);
  void CheckTakenBack(const std::string& incident, const std::set<std::string>& after);
  void HearErased(const ops_model::PersonErased& erased);
  void CheckNotes();
  void CheckCommands(const std::map<std::string, uint64_t>& put_commands,
                     const std::map<std::string, std::string>& verbs);

  const std::shared_ptr<const policy::OpsFolder> folder_ = SimulatedFolder();
  store::Store& reader_;
  const ManualClock& clock_;
  std::string violation_;
  control::Machines from_zero_ = control::MakeMachines();  ///< Never restarted.
  uint64_t seen_ = 0;
  IncidentOracle incidents_{[this](std::string what) { Fail(std::move(what)); }};
  ServiceOracle services_{reader_, [this](std::string what) { Fail(std::move(what)); }};
  std::map<std::string, PageView> pages_;
  std::map<std::string, int> fired_;      ///< By incident, level, contact.
  std::map<std::string, int> roots_;      ///< Pages that replace no other, by the same.
  std::map<std::string, int> queued_of_;  ///< Pages and notices, by incident.
  struct Note {
    std::string by, commitment;
    bool erased = false;
  };
  std::vector<Note> written_;
  std::map<std::string, int> once_;
  uint64_t notes_ = 0;
  uint64_t arrivals_ = 0;
  /// Wall time of the monotonic zero: the furthest ahead since the journal
  /// last said that the clock was set back.
  Instant furthest_ = clock_.Now() - clock_.Monotonic();
  Duration unnoticed_;  ///< Net jump under the eyes of the present leader.
  Duration blind_;      ///< For so long the leader could have noticed it.
};

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_ORACLE_H_
