// What a round of recording rules costs on the real store, where nothing much changes. Usage:
//   round_bench DIRECTORY [RULES [GROUPS [SERIES]]]    10,000 rules in 100 groups over 10,000
//   series
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/log.h"
#include "base/telemetry.h"
#include "metrics/tsdb/tsdb.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "rules/evaluation.h"

namespace {

using namespace hinomi;

double RoundCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// Rule i reads ten series: their sum, a rate over them, a threshold, or what the rule before
/// it recorded.
policy::RuleDocument RuleOf(int i) {
  const std::string own = "m{rule=\"" + std::to_string(i) + "\"}";
  policy::RuleDocument rule;
  rule.record = "out_" + std::to_string(i);
  switch (i % 4) {
    case 0:
      rule.expr = "sum by (job) (" + own + ")";
      break;
    case 1:
      rule.expr = "sum(rate(" + own + "[5m]))";
      break;
    case 2:
      rule.expr = own + " > 0";
      break;
    default:
      rule.expr = "out_" + std::to_string(i - 1) + " * 2";
  }
  return rule;
}

std::vector<std::unique_ptr<rules::Group>> GroupsOf(int rules, int groups) {
  std::vector<policy::RuleGroupDocument> documents(static_cast<size_t>(groups));
  for (int i = 0; i < rules; ++i)
    documents[static_cast<size_t>(i) * documents.size() / static_cast<size_t>(rules)]
        .rules.push_back(RuleOf(i));
  std::vector<std::unique_ptr<rules::Group>> made;
  for (size_t i = 0; i < documents.size(); ++i) {
    documents[i].file = "bench.yml";
    documents[i].name = std::to_string(i);
    documents[i].interval = Duration::Minutes(1);
    made.push_back(std::make_unique<rules::Group>(std::move(documents[i])));
  }
  return made;
}

/// Ten minutes of samples each 15 s, before `until`.
Status Fill(metrics::Tsdb& store, int rules, int series, Instant until) {
  std::vector<metrics::WriteSeries> batch;
  for (int i = 0; i < series; ++i) {
    metrics::WriteSeries& one = batch.emplace_back();
    one.labels = metrics::Labels({{"__name__", "m"},
                                  {"rule", std::to_string(i % rules)},
                                  {"job", std::to_string(i / rules % 2)},
                                  {"instance", std::to_string(i / rules)}});
    for (int back = 40; back >= 0; --back)
      one.samples.push_back({(until - Duration::Seconds(15 * back)).millis(), 1000.0 - back});
  }
  return store.Append(batch);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int rule_count = argc > 2 ? std::atoi(argv[2]) : 10'000;
  const int group_count = argc > 3 ? std::atoi(argv[3]) : 100;
  const int series_count = argc > 4 ? std::atoi(argv[4]) : 10'000;
  PosixFiles files;
  NullLog log;
  const SystemClock clock;
  Telemetry telemetry;
  metrics::TsdbOptions options;
  options.directory = argv[1];
  const auto store = std::move(metrics::Tsdb::Open(files, clock, log, telemetry, options)).value();
  const Instant start = clock.Now() - Duration::Minutes(10);
  if (!Fill(*store, rule_count, series_count, start + Duration::Minutes(6))) return 1;
  double begun = RoundCpuSeconds();
  const auto groups = GroupsOf(rule_count, group_count);
  std::printf("parsed: %.3f CPU s\n", RoundCpuSeconds() - begun);
  const rules::World world{[&](const promql::Expr& expr, std::string_view text, int64_t at_ms) {
                             promql::QueryLimits limits;
                             limits.memory = &store->query_memory();
                             return promql::EvaluateInstant(*store, expr, text, at_ms, limits);
                           },
                           [&](const metrics::RawBatch& batch) { return store->AppendRaw(batch); },
                           clock, nullptr};
  std::vector<rules::Memory> memory(groups.size());
  for (int round = 0; round < 6; ++round) {
    const Instant at = start + Duration::Minutes(round);
    size_t series = 0, failed = 0;
    begun = RoundCpuSeconds();
    const Duration began = clock.Monotonic();
    for (size_t i = 0; i < groups.size(); ++i) {
      rules::Round done = rules::Evaluate(*groups[i], at, memory[i], world);
      memory[i] = std::move(done.memory);
      for (const rules::Outcome& outcome : done.outcomes) {
        series += outcome.series;
        failed += outcome.status ? 0 : 1;
      }
    }
    std::printf("round %d: %.3f CPU s, %.3f s, %zu series, %zu failed\n", round,
                RoundCpuSeconds() - begun, (clock.Monotonic() - began).ToSeconds(), series, failed);
  }
  return 0;
}
