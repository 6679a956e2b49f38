#ifndef HINOMI_APP_WATCHERS_H_
#define HINOMI_APP_WATCHERS_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/console/picture.h"
#include "app/band_models.h"
#include "app/collectors.h"
#include "app/evaluator.h"
#include "app/health_watch.h"
#include "app/housekeeping.h"
#include "app/prometheus_source.h"
#include "app/rule_runner.h"
#include "app/services.h"
#include "metrics/tsdb/tsdb.h"

namespace hinomi::app {

/// All that brings the control thread its inputs, and what acts on services: the evaluation of
/// alarms and rules, collectors of signals, the health of services and those that run here.
class Watchers {
 public:
  /// What it is given must outlive it.
  struct World {
    metrics::Tsdb& metrics;
    BandModels& bands;
    Files& files;
    const Clock& clock;
    Telemetry& telemetry;
    Log& log;
    std::string host_name;
    bool strict_openmetrics = false;
    /// Below it services that run here keep what they need; "": none run here.
    std::string data_directory;
    std::function<void(ops_model::Input)> post;  ///< To the control thread.
    std::function<std::shared_ptr<const api::Picture>()> picture;
    std::function<void()> evaluated;  ///< Called when alarms have been gone round.
  };

  explicit Watchers(World world);

  /// Before Start, or while it runs: from now on these count. `external_url` is how people reach
  /// the server.
  void UsePolicy(const std::shared_ptr<const policy::OpsFolder>& folder,
                 const std::string& external_url);
  /// Its jobs and external labels; its rules are among the folder's (policy::WithRuleGroups).
  void UsePrometheus(PrometheusSource::Config config) {
    collectors_.UsePrometheus(std::move(config));
  }
  /// What has to be done now and then.
  void AddChores(Housekeeping& housekeeping);
  /// Rules are run as tasks that `submit` takes.
  void Start(RuleRunner::Submit submit);
  void Stop();

  // What arrives in the metrics store; see Arrivals.
  uint64_t Interest() const { return 1 + evaluator_.interest(); }
  bool Wants(std::string_view metric);
  void Arrived(const std::vector<metrics::WriteSeries>& series);

  const Collectors& collectors() const { return collectors_; }
  const RuleRunner& rules() const { return rules_; }
  /// Null where none run here.
  Services* services() { return services_.get(); }

 private:
  void ConnectEvaluator();
  void UseRules(const policy::OpsFolder& folder, const std::string& external_url);
  Status LookAtHealth();

  World world_;
  Evaluator evaluator_;
  HealthWatch health_;
  Collectors collectors_;
  RuleRunner rules_;
  std::unique_ptr<Services> services_;
};

/// What the metrics store tells of samples that come: it is open before there are watchers.
class Arrivals : public metrics::ArrivalListener {
 public:
  /// Before samples come; null: nobody listens.
  void TellTo(Watchers* watchers) { watchers_ = watchers; }

  uint64_t Interest() const override;
  bool Wants(std::string_view metric) const override;
  void Arrived(const std::vector<metrics::WriteSeries>& series) override;

 private:
  std::atomic<Watchers*> watchers_{nullptr};
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_WATCHERS_H_
