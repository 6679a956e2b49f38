#include "app/watchers.h"

#include <utility>

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "app/alarm_points.h"
#include "policy/alert_rules.h"

namespace hinomi::app {

Watchers::Watchers(World world)
    : world_(std::move(world)),
      evaluator_(
          [this](const policy::AlarmDocument& alarm, Instant end) {
            const auto edges = alarms::PeriodEdges(alarm, end, alarms::PeriodsLookedAt(alarm));
            return ReadPoints(world_.metrics, alarm, edges, world_.bands);
          },
          world_.post, world_.clock, world_.telemetry, world_.log),
      health_(world_.post, world_.clock),
      collectors_({world_.metrics, world_.files, world_.clock, world_.telemetry, world_.log,
                   world_.host_name, world_.strict_openmetrics}),
      rules_({world_.metrics, world_.metrics, &world_.metrics.query_memory(), world_.clock,
              world_.telemetry, world_.log, world_.post}) {
  ConnectEvaluator();
  if (!world_.data_directory.empty())
    services_ = std::make_unique<Services>(world_.metrics, world_.files, world_.clock, world_.log,
                                           world_.data_directory,
                                           std::vector<std::string>{"/proc/self/exe", "shim"});
}

void Watchers::ConnectEvaluator() {
  evaluator_.ExplainBandsBy([this](const policy::AlarmDocument& alarm, Instant at) {
    return WhyNoBand(alarm, at, world_.bands);
  });
  evaluator_.OnRound(world_.evaluated);
  evaluator_.CompareWith([this](const std::string& alarm) -> std::optional<Evaluator::InForce> {
    const auto shown = world_.picture();
    if (shown == nullptr) return std::nullopt;
    const auto& states = shown->world.alarms.alarms;
    const auto found = states.find(alarm);
    if (found == states.end()) return std::nullopt;
    return Evaluator::InForce{found->second.state, found->second.since};
  });
  evaluator_.MakeUpBy([this](const policy::AlarmDocument& alarm, Instant from, Instant to) {
    return ReadSampleTimesOf(world_.metrics, alarm, from, to);
  });
}

void Watchers::UsePolicy(const std::shared_ptr<const policy::OpsFolder>& folder,
                         const std::string& external_url) {
  evaluator_.UsePolicy(folder);
  collectors_.UsePolicy(folder);
  if (services_) services_->UsePolicy(*folder);
  UseRules(*folder, external_url);
}

void Watchers::UseRules(const policy::OpsFolder& folder, const std::string& external_url) {
  std::vector<policy::RuleGroupDocument> groups = policy::AlarmRuleGroups(folder);
  groups.insert(groups.end(), folder.rule_groups.begin(), folder.rule_groups.end());
  rules::Settings settings;
  settings.catch_up = folder.server.rule_catch_up;
  settings.restore = {folder.server.rules.for_outage_tolerance,
                      folder.server.rules.for_grace_period};
  settings.surroundings.external_url = external_url;
  settings.surroundings.external_labels = collectors_.ExternalLabels();
  rules_.Use(groups, settings);
}

Status Watchers::LookAtHealth() {
  if (services_ && services_->runtime().KnowsAll())
    for (const drivers::ServiceStatus& service : services_->runtime().Services())
      if (service.declared) health_.Counted(service.name, service.healthy_count);
  health_.Look();
  return {};
}

void Watchers::AddChores(Housekeeping& housekeeping) {
  housekeeping.Every(Duration::Seconds(1), "health of services", [this] { return LookAtHealth(); });
  housekeeping.Every(Duration::Minutes(1), "rules in force", [this]() -> Status {
    rules_.TellRulesInForce();
    return {};
  });
  if (services_)
    housekeeping.Every(Duration::Seconds(5), "services' metrics",
                       [this] { return services_->Publish(); });
}

void Watchers::Start(RuleRunner::Submit submit) {
  evaluator_.Start();
  collectors_.Start();
  rules_.Start(std::move(submit));
  if (services_) services_->Start();
}

void Watchers::Stop() {
  collectors_.Stop();
  rules_.Stop();
  if (services_) services_->Stop();
  evaluator_.Stop();
}

bool Watchers::Wants(std::string_view metric) {
  return HealthWatch::Reads(metric) || evaluator_.Reads(metric);
}

void Watchers::Arrived(const std::vector<metrics::WriteSeries>& series) {
  evaluator_.Arrived(series);
  health_.Arrived(series);
}

uint64_t Arrivals::Interest() const {
  const Watchers* watchers = watchers_;
  return watchers == nullptr ? 0 : watchers->Interest();
}

bool Arrivals::Wants(std::string_view metric) const {
  Watchers* watchers = watchers_;
  return watchers != nullptr && watchers->Wants(metric);
}

void Arrivals::Arrived(const std::vector<metrics::WriteSeries>& series) {
  if (Watchers* watchers = watchers_) watchers->Arrived(series);
}

}  // namespace hinomi::app
