// What it costs to look at many metric alarms, each of a series of its own, on the real store,
// where nothing is news. Usage:
//   alarm_round_bench DIRECTORY [ALARMS]    100,000 alarms with periods of 10 s
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "app/alarm_points.h"
#include "app/evaluator.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "metrics/tsdb/tsdb.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "policy/find.h"

namespace {

using namespace hinomi;

constexpr Duration kPeriod = Duration::Seconds(10);

double AlarmsCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

std::shared_ptr<const policy::OpsFolder> FolderWith(int alarms) {
  auto folder = std::make_shared<policy::OpsFolder>();
  for (int i = 0; i < alarms; ++i) {
    policy::AlarmDocument alarm;
    alarm.name = "alarm-" + std::to_string(i);
    alarm.metric = "metric_" + std::to_string(i % 100);
    alarm.statistic = "Average";
    alarm.dimensions = {{"host", "host-" + std::to_string(i / 100)}};
    alarm.period = kPeriod;
    alarm.evaluation_periods = alarm.datapoints_to_alarm = 3;
    alarm.threshold = 80;
    alarm.comparison = policy::Comparison::kGreaterThan;
    folder->alarms.push_back(std::move(alarm));
  }
  policy::IndexAlarms(*folder);
  return folder;
}

std::vector<metrics::WriteSeries> SeriesOf(const policy::OpsFolder& folder) {
  std::vector<metrics::WriteSeries> batch;
  for (const policy::AlarmDocument& alarm : folder.alarms) {
    metrics::WriteSeries& series = batch.emplace_back();
    series.labels = metrics::Labels({{"__name__", alarm.metric},
                                     {"host", alarm.dimensions.at("host")},
                                     {"instance", "10.0.0.1:9100"},
                                     {"job", "node"}});
  }
  return batch;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int count = argc > 2 ? std::atoi(argv[2]) : 100'000;
  PosixFiles files;
  NullLog log;
  Telemetry telemetry;
  const SystemClock machine_clock;
  ManualClock clock(machine_clock.Now());
  metrics::TsdbOptions options;
  options.directory = argv[1];
  const auto store =
      std::move(metrics::Tsdb::Open(files, machine_clock, log, telemetry, options)).value();
  const auto folder = FolderWith(count);
  std::vector<metrics::WriteSeries> batch = SeriesOf(*folder);
  app::BandModels bands(*store, machine_clock);
  size_t delivered = 0;
  app::Evaluator evaluator(
      [&](const policy::AlarmDocument& alarm, Instant at) {
        return app::ReadPoints(
            *store, alarm, alarms::PeriodEdges(alarm, at, alarms::PeriodsLookedAt(alarm)), bands);
      },
      [&](const ops_model::Input&) { ++delivered; }, clock, telemetry, log);
  evaluator.UsePolicy(folder);
  for (int round = 0; round < 15; ++round) {
    for (metrics::WriteSeries& series : batch)
      series.samples = {{clock.Now().millis(), 40.0 + round % 7}};
    if (!store->Append(batch)) return 1;
    double begun = AlarmsCpuSeconds();
    evaluator.Arrived(batch);
    const double arrived = AlarmsCpuSeconds() - begun;
    clock.Advance(Duration::Millis(300));
    begun = AlarmsCpuSeconds();
    size_t looked_at = evaluator.LookAtDue();
    clock.Advance(Duration::Seconds(3));
    looked_at += evaluator.LookAtDue();
    const double spent = AlarmsCpuSeconds() - begun;
    std::printf(
        "round %d: %.2f us an alarm as points arrive, %.2f us each of %zu evaluations, "
        "%zu told\n",
        round, 1e6 * arrived / count, 1e6 * spent / static_cast<double>(looked_at), looked_at,
        std::exchange(delivered, 0));
    clock.Advance(kPeriod - Duration::Millis(3'300));
  }
  return 0;
}
