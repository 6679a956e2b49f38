#ifndef HINOMI_RULES_LIFE_TESTING_H_
#define HINOMI_RULES_LIFE_TESTING_H_

#include <functional>
#include <memory>
#include <string>

#include "rules/manager.h"
#include "rules/testing.h"

namespace hinomi::rules {

/// A server's life with rules: its clock moves, and it may be away for a while.
class Life {
 public:
  explicit Life(RuleStore& store, Instant start = Instant::FromSeconds(1'000'000))
      : store_(store), clock_(start) {}

  void Start(const std::string& yaml, Duration catch_up = Duration::Hours(4)) {
    Manager::Options options;
    options.query = [this](const promql::Expr& expr, std::string_view text, int64_t at_ms,
                           const std::atomic<bool>&) -> Result<promql::QueryResult> {
      if (queries_fail) return Timeout("the query took too long");
      return promql::EvaluateInstant(store_, expr, text, at_ms, {});
    };
    options.settle = Duration::Seconds(15);
    options.on_alerts = [this](const AlertReport& report) {
      if (on_alerts) on_alerts(report);
    };
    manager = std::make_unique<Manager>(options, store_, store_, clock_, telemetry, log_);
    settings.catch_up = catch_up;
    Use(yaml);
  }
  void Use(const std::string& yaml) { manager->Use(GroupsOf(yaml), settings); }
  void Stop() { manager.reset(); }
  /// Seconds go by, and what falls due is run.
  void Pass(int64_t seconds) {
    for (int64_t i = 0; i < seconds; ++i) {
      clock_.Advance(Duration::Seconds(1));
      RunDue();
    }
  }
  void RunDue() {
    while (manager) {
      const Manager::Due due = manager->TakeDue();
      if (due.tasks.empty()) return;
      for (const Manager::Task& task : due.tasks) task();
    }
  }
  double Metric(const std::string& name) const {
    const std::string page = telemetry.Expose();
    const size_t at = page.find("\n" + name);
    return at == std::string::npos ? -1 : std::stod(page.substr(page.find(' ', at + 1)));
  }

  bool queries_fail = false;
  Settings settings;
  std::function<void(const AlertReport&)> on_alerts;
  std::unique_ptr<Manager> manager;
  Telemetry telemetry;
  RuleStore& store_;
  ManualClock clock_;
  NullLog log_;
};

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_LIFE_TESTING_H_
