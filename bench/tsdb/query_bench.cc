// The queries of bench/tsdb/cases/queries.py without a server: what the engine and the store spend
// on each. Usage:
//   query_bench fill DIRECTORY [HOSTS]      12 h of HOSTS x 100 series at 15 s in blocks of their
//                                           final sizes; 100 hosts
//   query_bench ask DIRECTORY [HOSTS [ONLY [HELPERS]]]
//                                           asks every question, or the one that is named ONLY
//                                           (all: every one), with so many threads that help
// For every question: the least CPU time and the least time, and a digest of the answer, which
// another build must give, too. Instructions are counted by
//   valgrind --tool=callgrind --collect-atstart=no --toggle-collect='Ask(*' query_bench ask …
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "load/devops_set.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/tsdb.h"
#include "os/files.h"
#include "os/helpers.h"
#include "os/system_clock.h"
#include "promql/engine.h"

namespace {

using namespace hinomi;

constexpr int64_t kStepMs = 15'000;
constexpr int64_t kStartMs = int64_t{1'790'000'000'000} / metrics::kDayMs * metrics::kDayMs;
constexpr int64_t kEndMs = kStartMs + 12 * metrics::kHourMs;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "query_bench: %s\n", what.c_str());
  std::exit(1);
}

std::string HostName(int host) {
  char text[32];
  std::snprintf(text, sizeof text, "host_%04d:9100", host);
  return text;
}

// --- fill

/// All of one host's samples by label bytes; a series' next one each kStepMs from kStartMs.
void AddHost(int host, std::map<std::string, std::vector<double>>& all) {
  const auto& definitions = bench::HostDefinitions();
  const auto steps = static_cast<size_t>((kEndMs - kStartMs) / kStepMs);
  std::vector<double> requests;
  bench::Random dice(static_cast<uint64_t>(host) + 1);
  for (size_t i = 0; i < steps; ++i) requests.push_back(bench::HistogramRequests(dice));
  for (size_t s = 0; s < definitions.size(); ++s) {
    std::vector<metrics::Labels::Pair> pairs = {
        {"__name__", definitions[s].name}, {"instance", HostName(host)}, {"job", "node"}};
    for (const auto& [name, value] : definitions[s].labels) pairs.emplace_back(name, value);
    bench::SeriesState state(definitions[s], static_cast<uint64_t>(host) * 1000 + s);
    std::vector<double>& values = all[metrics::LabelBytesOf(metrics::Labels(std::move(pairs)))];
    for (size_t i = 0; i < steps; ++i) values.push_back(state.Next(definitions[s], requests[i]));
  }
}

int Fill(const std::string& directory, int hosts) {
  PosixFiles files;
  NullLog log;
  if (!files.MakeDirectories(directory)) Fail("cannot make " + directory);
  const auto blocks = metrics::BlockSet::Open(files, log, directory + "/blocks");
  if (!blocks) Fail(blocks.error().message);
  std::map<std::string, std::vector<double>> all;
  for (int host = 0; host < hosts; ++host) AddHost(host, all);
  std::vector<const std::string*> names;
  for (const auto& [name, values] : all) names.push_back(&name);
  std::sort(names.begin(), names.end(), [](const std::string* a, const std::string* b) {
    return metrics::CompareLabelBytes(*a, *b) < 0;
  });
  const int hours[] = {0, 6, 8, 10, 12};  // As the store has merged them by then.
  for (size_t w = 0; w + 1 < std::size(hours); ++w) {
    const metrics::TimeWindow window{kStartMs + hours[w] * metrics::kHourMs,
                                     kStartMs + hours[w + 1] * metrics::kHourMs - 1};
    const auto first = static_cast<size_t>(hours[w] * metrics::kHourMs / kStepMs);
    std::vector<int64_t> at_ms;
    for (int64_t at = window.from_ms; at <= window.to_ms; at += kStepMs) at_ms.push_back(at);
    const Status written = (*blocks)->Write(window, [&](metrics::BlockWriter& writer) -> Status {
      for (const std::string* name : names)
        HN_TRY_VOID(writer.Add(*name, at_ms, std::span(all[*name]).subspan(first, at_ms.size())));
      return {};
    });
    if (!written) Fail(written.error().message);
  }
  const metrics::BlockSetStats stats = (*blocks)->stats();
  std::printf("%.4f bytes a sample\n",
              static_cast<double>(stats.bytes) / static_cast<double>(stats.samples));
  return 0;
}

// --- ask

struct Question {
  std::string name;
  std::vector<std::string> expressions;
  int64_t from_ms = 0;
  int64_t step_ms = 0;  ///< 0: instant, at kEndMs.
};

std::string AnyOf(int hosts) {
  std::string any;
  for (int host = 0; host < hosts; ++host) any += (host > 0 ? "|" : "") + HostName(host);
  return any;
}

/// As bench/tsdb/cases/queries.py asks them.
std::vector<Question> Questions(int hosts) {
  const std::string by_mode = "sum by (mode) (rate(node_cpu_seconds_total[5m]))";
  std::vector<std::string> maxima;
  for (const char* mode : {"user", "system", "idle", "nice", "iowait"})
    maxima.push_back("max by (instance) (max_over_time(cpu_usage_" + std::string(mode) +
                     "{instance=~\"" + AnyOf(std::min(hosts, 8)) + "\"}[1m]))");
  const auto since = [](int hours) {
    return std::max(kStartMs + 60'000, kEndMs - hours * metrics::kHourMs);
  };
  return {
      {"sum-by-rate-6h", {by_mode}, since(6), 60'000},
      {"sum-by-rate-instant", {by_mode}},
      {"histogram-quantile-1h",
       {"histogram_quantile(0.95, "
        "sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"},
       since(1),
       60'000},
      {"cpu-max-all-8", maxima, since(8), 60'000},
      {"double-groupby-1",
       {"avg by (instance) (avg_over_time(cpu_usage_user[1h]))"},
       since(12),
       metrics::kHourMs},
      {"regex-rate-1h",
       {"sum by (instance) (rate(node_cpu_seconds_total{instance=~\"host_.*[02468]:9100\","
        "mode!~\"idle|iowait\"}[5m]))"},
       since(1),
       60'000},
      {"single-series-instant", {"node_load1{instance=\"" + HostName(0) + "\"}"}},
      {"one-host-1h",
       {"max_over_time(cpu_usage_user{instance=\"" + HostName(0) + "\"}[1m]) > 90"},
       since(1),
       60'000},
      {"topk-instant",
       {"topk(10, sum by (instance) (rate(node_network_receive_bytes_total[5m])))"}},
  };
}

/// Bit for bit.
void AddToDigest(const promql::QueryResult& result, uint64_t& digest) {
  const auto add = [&](std::string_view bytes) {
    digest = digest * 1'099'511'628'211u ^ Hash64(bytes);
  };
  const auto add_sample = [&](int64_t at_ms, double value) {
    const uint64_t words[] = {static_cast<uint64_t>(at_ms), std::bit_cast<uint64_t>(value)};
    add({reinterpret_cast<const char*>(words), sizeof words});
  };
  if (const auto* matrix = std::get_if<promql::Matrix>(&result.value)) {
    for (const promql::MatrixSeries& series : *matrix) {
      add(metrics::LabelBytesOf(series.labels));
      for (const metrics::Sample& sample : series.samples) add_sample(sample.at_ms, sample.value);
    }
  } else {
    for (const promql::VectorSample& sample : std::get<promql::Vector>(result.value)) {
      add(metrics::LabelBytesOf(sample.labels));
      add_sample(sample.at_ms, sample.value);
    }
  }
}

}  // namespace

/// Has a name for profilers, hence its linkage.
std::vector<promql::QueryResult> Ask(const metrics::Tsdb& store, const Question& question);
__attribute__((noinline)) std::vector<promql::QueryResult> Ask(const metrics::Tsdb& store,
                                                               const Question& question) {
  std::vector<promql::QueryResult> results;
  for (const std::string& text : question.expressions) {
    auto result = question.step_ms == 0 ? promql::InstantQuery(store, text, kEndMs, {})
                                        : promql::RangeQuery(store, text, question.from_ms, kEndMs,
                                                             question.step_ms, {});
    if (!result) Fail(result.error().message);
    results.push_back(std::move(*result));
  }
  return results;
}

namespace {

double CpuMilliseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

int AskAll(const std::string& directory, int hosts, const std::string& only, size_t threads) {
  PosixFiles files;
  NullLog log;
  const SystemClock clock;
  Telemetry telemetry;
  metrics::TsdbOptions options;
  options.directory = directory;
  Helpers helpers(threads);
  if (threads > 0) options.help.helpers = &helpers;
  const auto store = metrics::Tsdb::Open(files, clock, log, telemetry, options);
  if (!store) Fail(store.error().message);
  for (const Question& question : Questions(hosts)) {
    if (!only.empty() && question.name != only) continue;
    constexpr int kTimes = 10;
    double least = 0;
    Duration least_time;
    uint64_t digest = 0;
    for (int i = 0; i < (only.empty() ? kTimes : 1); ++i) {
      const double before = CpuMilliseconds();
      const Duration begun = clock.Monotonic();
      const auto results = Ask(**store, question);
      const Duration took = clock.Monotonic() - begun;
      const double used = CpuMilliseconds() - before;
      if (i == 0 || used < least) least = used;
      if (i == 0 || took < least_time) least_time = took;
      digest = 0;
      for (const promql::QueryResult& result : results) AddToDigest(result, digest);
    }
    std::printf("%-24s %8.2f ms CPU %8.2f ms  %016llx\n", question.name.c_str(), least,
                least_time.ToSeconds() * 1e3, static_cast<unsigned long long>(digest));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 2 ? argv[1] : "";
  const int hosts = argc > 3 ? std::atoi(argv[3]) : 100;
  if (verb == "fill") return Fill(argv[2], hosts);
  const std::string only = argc > 4 ? argv[4] : "all";
  const auto helpers = static_cast<size_t>(argc > 5 ? std::atoi(argv[5]) : 0);
  if (verb == "ask") return AskAll(argv[2], hosts, only == "all" ? "" : only, helpers);
  Fail("query_bench fill|ask DIRECTORY [HOSTS [ONLY [HELPERS]]]");
}
