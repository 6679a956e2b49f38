// What native histograms cost in the store: columns, bytes and time of latencies of many
// instances over some hours. Usage:
//   histogram_bench DIRECTORY [SERIES [HOURS]]    DIRECTORY: empty or absent
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/log.h"
#include "base/random.h"
#include "metrics/tsdb/tsdb.h"
#include "os/files.h"
#include "os/system_clock.h"

namespace {

using namespace hinomi;
using namespace hinomi::metrics;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// Latencies of one instance since its start: log-normal, around 20 ms, schema 3.
class Latencies {
 public:
  explicit Latencies(uint64_t seed) : random_(seed) {}

  void Observe(uint64_t requests) {
    constexpr double kBucketsADoubling = 8;
    for (; requests > 0; --requests) {
      double normal = -6;  // Of twelve uniform ones: near enough.
      for (int i = 0; i < 12; ++i) normal += random_.Unit();
      const double seconds = 0.02 * std::exp(0.8 * normal);
      counts_[static_cast<int32_t>(std::ceil(std::log2(seconds) * kBucketsADoubling))] += 1;
      sum_ += seconds;
      count_ += 1;
    }
  }
  NativeHistogramPtr Now() const {
    auto histogram = std::make_shared<NativeHistogram>();
    histogram->schema = 3;
    histogram->zero_threshold = 0x1p-128;
    histogram->count = count_;
    histogram->sum = sum_;
    for (const auto& [index, count] : counts_) histogram->positive.push_back({index, count});
    return histogram;
  }
  uint64_t Requests() { return 50 + random_.Below(100); }

 private:
  Random random_;
  std::map<int32_t, double> counts_;
  double count_ = 0;
  double sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int series = argc > 2 ? std::atoi(argv[2]) : 100;
  const int scrapes = (argc > 3 ? std::atoi(argv[3]) : 6) * 240;
  PosixFiles files;
  SystemClock clock;
  NullLog log;
  Telemetry telemetry;
  TsdbOptions options;
  options.directory = argv[1];
  options.settings.durability = Durability::kInterval;
  auto store = Tsdb::Open(files, clock, log, telemetry, options).value();
  std::vector<Latencies> instances;
  for (int i = 0; i < series; ++i) instances.emplace_back(static_cast<uint64_t>(i));
  double writing = 0;
  for (int scrape = 0; scrape < scrapes; ++scrape) {
    std::vector<WriteSeries> batch;
    for (int i = 0; i < series; ++i) {
      Latencies& of = instances[static_cast<size_t>(i)];
      of.Observe(of.Requests());
      batch.push_back({Labels({{"__name__", "http_request_duration_seconds"},
                               {"instance", "10.0.0." + std::to_string(i) + ":8080"},
                               {"job", "app"}}),
                       {},
                       {{int64_t{scrape} * 15'000, of.Now()}}});
    }
    const double begun = CpuSeconds();
    if (const Status done = store->Append(batch); !done) {
      std::printf("%s\n", done.error().message.c_str());
      return 1;
    }
    writing += CpuSeconds() - begun;
  }
  const double histograms = double{1} * series * scrapes;
  const size_t columns = store->head()->series_count();
  if (!store->CutAll() || !store->Maintain()) return 1;
  const BlockSetStats stats = store->blocks().stats();
  const double begun = CpuSeconds();
  const auto selected = store->Select({}, 0, INT64_MAX, {}).value();
  const double reading = CpuSeconds() - begun;
  std::printf("%.0f histograms; %.1f columns a series, %.1f samples and %.1f bytes a histogram\n",
              histograms, static_cast<double>(columns) / series,
              static_cast<double>(stats.samples) / histograms,
              static_cast<double>(stats.bytes) / histograms);
  std::printf("written in %.1f us, read in %.1f us each; %zu series came back\n",
              1e6 * writing / histograms, 1e6 * reading / histograms, selected.size());
  return 0;
}
