#include <algorithm>
#include <mutex>
#include <set>

#include "metrics/periodic.h"
#include "metrics/probe.h"
#include "metrics/scrape_page.h"

namespace hinomi::metrics {

class Prober::Core {
 public:
  Core(Appender& appender, const Clock& clock, Telemetry& telemetry, ProbeFunction ask)
      : appender_(appender),
        clock_(clock),
        telemetry_(telemetry),
        ask_(std::move(ask)),
        periodic_(clock) {}

  void SetProbes(std::vector<Probe> probes, std::vector<ServiceProbes> services) {
    std::vector<WriteSeries> markers;
    std::vector<PeriodicTask> tasks;
    {
      const std::lock_guard lock(mutex_);
      std::vector<std::shared_ptr<Item>> items;
      for (Probe& probe : probes) {
        const auto same = std::find_if(items_.begin(), items_.end(), [&](const auto& item) {
          return item != nullptr && item->status.probe == probe;
        });
        auto item = same != items_.end() ? std::exchange(*same, nullptr) : std::make_shared<Item>();
        item->status.probe = std::move(probe);
        tasks.push_back(
            {item->status.probe.name, item->status.probe.interval, [this, item] { Run(item); }});
        items.push_back(std::move(item));
      }
      for (const auto& gone : items_) {
        if (gone == nullptr) continue;
        gone->removed = true;
        for (WriteSeries& marker : StaleMarkers(gone->live, clock_.Now()))
          markers.push_back(std::move(marker));
      }
      items_ = std::move(items);
      ServiceView view(std::move(services));
      view.KeepResultsOf(view_);
      view_ = std::move(view);
    }
    if (!markers.empty()) Store(markers);
    periodic_.SetTasks(std::move(tasks));
  }

  void Start() { periodic_.Start(); }
  void Stop() { periodic_.Stop(); }
  void RunDue() { periodic_.RunDue(); }

  std::vector<ProbeStatus> Statuses() const {
    const Instant now = clock_.Now();
    const Duration monotonic = clock_.Monotonic();
    const std::map<std::string, Duration> schedule = periodic_.Schedule();
    const std::lock_guard lock(mutex_);
    std::vector<ProbeStatus> all;
    for (const auto& item : items_) {
      all.push_back(item->status);
      if (const auto due = schedule.find(item->status.probe.name); due != schedule.end())
        all.back().next_run = now + (due->second - monotonic);
    }
    return all;
  }

  std::vector<ServiceHealth> Services() const {
    const std::lock_guard lock(mutex_);
    return view_.Health();
  }

 private:
  struct Item {
    ProbeStatus status;
    std::set<Labels> live;
    bool removed = false;
  };

  void Run(const std::shared_ptr<Item>& item) {
    Probe probe;
    {
      const std::lock_guard lock(mutex_);
      probe = item->status.probe;
    }
    const Instant at = clock_.Now();
    const ProbeResult result = ask_(probe);
    if (!result.success)
      telemetry_
          .Counter(
              "hinomi_probe_failures_total",
              {{"probe", probe.name}, {"layer", result.failed_layer}, {"reason", result.reason}})
          .Add();
    std::vector<WriteSeries> samples = SamplesOfProbe(probe, result, at);
    {
      const std::lock_guard lock(mutex_);
      // Removed while it ran: its series have ended already.
      if (item->removed) return;
      if (!item->status.ran || item->status.last.success != result.success) item->status.since = at;
      item->status.ran = true;
      item->status.last_run = at;
      item->status.last = result;
      std::set<Labels> live;
      for (const WriteSeries& series : samples) live.insert(series.labels);
      for (const Labels& labels : item->live)
        if (!live.contains(labels)) samples.push_back({labels, {{at.millis(), StaleMarker()}}});
      item->live = std::move(live);
      for (WriteSeries& series : view_.Update(probe, result, at))
        samples.push_back(std::move(series));
    }
    Store(samples);
  }

  void Store(const std::vector<WriteSeries>& samples) {
    if (appender_.Append(samples)) return;
    telemetry_.Counter("hinomi_probe_store_failures_total").Add();
  }

  Appender& appender_;
  const Clock& clock_;
  Telemetry& telemetry_;
  ProbeFunction ask_;

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Item>> items_;
  ServiceView view_;
  Periodic periodic_;  // Last: its threads use all of the above.
};

Prober::Prober(Appender& appender, const Clock& clock, Telemetry& telemetry, ProbeFunction ask)
    : core_(std::make_unique<Core>(appender, clock, telemetry, std::move(ask))) {}
Prober::~Prober() {
  Stop();
}
void Prober::SetProbes(std::vector<Probe> probes, std::vector<ServiceProbes> services) {
  core_->SetProbes(std::move(probes), std::move(services));
}
void Prober::Start() {
  core_->Start();
}
void Prober::Stop() {
  core_->Stop();
}
void Prober::RunDue() {
  core_->RunDue();
}
std::vector<ProbeStatus> Prober::Statuses() const {
  return core_->Statuses();
}
std::vector<ServiceHealth> Prober::Services() const {
  return core_->Services();
}

}  // namespace hinomi::metrics
