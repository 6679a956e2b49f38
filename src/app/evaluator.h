#ifndef HINOMI_APP_EVALUATOR_H_
#define HINOMI_APP_EVALUATOR_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "alarms/schedule.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "metrics/storage.h"
#include "ops_model/decision.h"
#include "policy/documents.h"

namespace hinomi::app {

/// Looks at the metric alarms that are due, on a thread of its own: on their grid, and within a
/// second of an arriving point that they read. What it finds goes to the control thread, which
/// decides: each news, and once a minute what is none, as the state may have been changed
/// otherwise. An alarm that has not been watched for its own periods yet (a start, a new alarm) is
/// not judged by silence: that nothing came while we were blind says nothing. Where the present
/// points leave a state as it is (`ignore`), the newest evaluation that was missed and would have
/// said something is made up for. References must outlive it.
class Evaluator {
 public:
  /// The points of an alarm's periods that end at `at`, newest first.
  using Points = std::function<Result<std::vector<ops_model::Datapoint>>(
      const policy::AlarmDocument& alarm, Instant at)>;
  using Deliver = std::function<void(ops_model::Input)>;

  Evaluator(Points points, Deliver deliver, const Clock& clock, Telemetry& telemetry, Log& log);
  ~Evaluator() { Stop(); }

  /// Every alarm is due at once under a new folder. Threads: any.
  void UsePolicy(std::shared_ptr<const policy::OpsFolder> policy);
  /// Points have become readable. Cheap where no alarm reads them. Threads: any.
  void Arrived(const std::vector<metrics::WriteSeries>& batch);
  /// True if an alarm of the folder reads metrics of that name; another
  /// answer comes with another `interest` only. Threads: any.
  bool Reads(std::string_view metric);
  uint64_t interest() const { return interest_; }
  /// Called each time that it has gone round, every few seconds at least. Before Start.
  void OnRound(std::function<void()> round) { on_round_ = std::move(round); }
  struct InForce {
    ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
    Instant since;
  };
  /// The state of an alarm that is in force: what differs from it is told until it is taken, as the
  /// control thread may have been without its database. Before Start.
  using Published = std::function<std::optional<InForce>(const std::string& alarm)>;
  void CompareWith(Published published) { published_ = std::move(published); }

  /// Why points have no band as of an instant, for the reason of an alarm that has one. Before
  /// Start.
  using NoBand = std::function<std::string(const policy::AlarmDocument& alarm, Instant at)>;
  void ExplainBandsBy(NoBand no_band) { no_band_ = std::move(no_band); }

  /// The times of the samples that an alarm reads between, ascending: with them missed evaluations
  /// are made up for. Before Start.
  using SampleTimes = std::function<Result<std::vector<Instant>>(const policy::AlarmDocument& alarm,
                                                                 Instant from, Instant to)>;
  void MakeUpBy(SampleTimes sample_times) { sample_times_ = std::move(sample_times); }

  void Start();
  void Stop();
  /// What its thread does when something is due: looks at those alarms. Returns how many.
  size_t LookAtDue();

 private:
  /// What is known of an alarm from one evaluation to the next.
  struct Watch {
    Duration since;        ///< Watched since then; monotonic.
    bool made_up = false;  ///< What was missed before has been looked at.
    /// Told at each evaluation: a service is scaled as long as it stands, or after its points.
    bool each_time = false;
    std::optional<ops_model::AlarmState> told;
    Duration told_at;  ///< Monotonic.
  };
  using WatchPtr = std::shared_ptr<Watch>;
  /// One folder with what is known of its alarms, by their indices.
  struct Round {
    std::shared_ptr<const policy::OpsFolder> policy;
    std::vector<WatchPtr> watches;
  };

  void Run();
  void Evaluate(const policy::AlarmDocument& alarm, Instant at, Watch& watch);
  /// The points of the newest evaluation before `at` that says something, since the present state
  /// came into force; nothing if there is none.
  std::optional<std::vector<ops_model::Datapoint>> Missed(const policy::AlarmDocument& alarm,
                                                          Instant at, Instant since);
  void MakeUp(const policy::AlarmDocument& alarm, Instant at, Watch& watch,
              std::vector<ops_model::Datapoint>& points);
  bool IsNews(const policy::AlarmDocument& alarm, const Watch& watch,
              std::optional<ops_model::AlarmState> state) const;

  Points points_;
  Deliver deliver_;
  std::function<void()> on_round_ = [] {};
  Published published_;
  NoBand no_band_;
  SampleTimes sample_times_;
  const Clock& clock_;
  Telemetry& telemetry_;
  Log& log_;
  Instrument& evaluations_;
  Instrument& lag_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const Round> round_;
  std::unique_ptr<alarms::Schedule> schedule_;
  std::map<std::string, WatchPtr> watches_;  ///< By alarm.
  std::atomic<uint64_t> interest_{0};        ///< How often the policy was changed.
  bool stopping_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_EVALUATOR_H_
