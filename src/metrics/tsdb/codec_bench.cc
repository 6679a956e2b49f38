// Bytes and nanoseconds a sample of the chunk codecs, by kind of series.
//
//   codec_bench                 a made-up set of 100 series a host, 12 h at 15 s
//   codec_bench --pages FILE    recorded pages of one target: lines
//                               `#@ MILLISECONDS BYTES`, each before its page
//   codec_bench … --chunk N     samples a chunk (default 4096), --fast: Effort::kFast,
//                               --apart: without the times, --hosts N, --runs N
//
// Nanoseconds are of the process' CPU time. Every chunk is decoded and compared.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/series_bench.h"

namespace hinomi::metrics {
namespace {

struct Figures {
  size_t series = 0;
  size_t samples = 0;
  size_t bytes = 0;
  double encode_ns = 0;
  double decode_ns = 0;

  void Add(const Figures& other) {
    series += other.series;
    samples += other.samples;
    bytes += other.bytes;
    encode_ns += other.encode_ns;
    decode_ns += other.decode_ns;
  }
};

double CpuNs() {
  return static_cast<double>(std::clock()) * (1e9 / CLOCKS_PER_SEC);
}

struct Options {
  std::string pages;
  size_t chunk = kMaxChunkSamples;
  Effort effort = Effort::kFull;
  bool apart = false;
  int hosts = 10;
  int runs = 3;
};

// The least of several runs: neighbours on the machine only ever add.
template <typename Function>
double BestNs(int runs, Function function) {
  double best = 1e300;
  for (int run = 0; run < runs; ++run) {
    const double begin = CpuNs();
    function();
    best = std::min(best, CpuNs() - begin);
  }
  return best;
}

std::vector<std::string> EncodeAll(const std::vector<const BenchSeries*>& all,
                                   const Options& options) {
  std::vector<std::string> chunks;
  for (const BenchSeries* series : all) {
    for (size_t i = 0; i < series->values.size(); i += options.chunk) {
      const size_t count = std::min(options.chunk, series->values.size() - i);
      const std::span<const int64_t> at_ms(series->at_ms.data() + i, count);
      const std::span<const double> values(series->values.data() + i, count);
      if (options.apart) {
        EncodeChunkApart(at_ms, values, chunks.emplace_back(), options.effort);
      } else {
        EncodeChunk(at_ms, values, chunks.emplace_back(), options.effort);
      }
    }
  }
  return chunks;
}

bool DecodeOne(std::string_view chunk, const Options& options, int64_t* at_ms, double* values) {
  const auto shape = ReadChunkShape(chunk);
  if (!shape) return false;
  return options.apart ? DecodeChunkValues(chunk, {values, shape->samples}).has_value()
                       : DecodeChunk(chunk, at_ms, values).has_value();
}

Figures MeasureSeries(const std::vector<const BenchSeries*>& all, const Options& options) {
  Figures figures;
  figures.series = all.size();
  for (const BenchSeries* series : all) figures.samples += series->values.size();
  std::vector<std::string> chunks;
  figures.encode_ns = BestNs(options.runs, [&] { chunks = EncodeAll(all, options); });
  for (const std::string& chunk : chunks) figures.bytes += chunk.size();

  std::vector<int64_t> at_ms(kMaxChunkSamples);
  std::vector<double> values(kMaxChunkSamples);
  figures.decode_ns = BestNs(3 * options.runs, [&] {
    for (const std::string& chunk : chunks)
      if (!DecodeOne(chunk, options, at_ms.data(), values.data())) std::abort();
  });

  size_t next = 0;
  for (const BenchSeries* series : all) {
    for (size_t i = 0; i < series->values.size(); i += options.chunk) {
      const size_t count = std::min(options.chunk, series->values.size() - i);
      const std::string& chunk = chunks[next++];
      if (!DecodeOne(chunk, options, at_ms.data(), values.data()) ||
          !(options.apart ||
            std::equal(at_ms.data(), at_ms.data() + count, series->at_ms.data() + i)) ||
          std::memcmp(values.data(), series->values.data() + i, count * sizeof(double)) != 0) {
        std::fprintf(stderr, "codec_bench: a chunk of kind %s does not come back\n",
                     series->kind.c_str());
        std::exit(1);
      }
    }
  }
  return figures;
}

void Print(const std::string& kind, const Figures& figures) {
  const auto samples = static_cast<double>(figures.samples);
  std::printf("%-20s %7zu %10zu %8.4f %8.1f %8.2f\n", kind.c_str(), figures.series, figures.samples,
              static_cast<double>(figures.bytes) / samples, figures.encode_ns / samples,
              figures.decode_ns / samples);
}

void Run(const std::vector<BenchSeries>& series, const Options& options) {
  std::map<std::string, std::vector<const BenchSeries*>> by_kind;
  for (const BenchSeries& one : series) by_kind[one.kind].push_back(&one);
  std::printf("%-20s %7s %10s %8s %8s %8s\n", "kind", "series", "samples", "B/sample", "enc ns",
              "dec ns");
  Figures all;
  for (const auto& [kind, members] : by_kind) {
    const Figures figures = MeasureSeries(members, options);
    Print(kind, figures);
    all.Add(figures);
  }
  Print("all", all);
}

Options ReadOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--fast") {
      options.effort = Effort::kFast;
      continue;
    }
    if (name == "--apart") {
      options.apart = true;
      continue;
    }
    if (name == "--pages") options.pages = value;
    if (name == "--chunk") options.chunk = std::strtoul(value, nullptr, 10);
    if (name == "--hosts") options.hosts = std::atoi(value);
    if (name == "--runs") options.runs = std::atoi(value);
    ++i;
  }
  options.chunk = std::clamp<size_t>(options.chunk, 1, kMaxChunkSamples);
  return options;
}

}  // namespace
}  // namespace hinomi::metrics

int main(int argc, char** argv) {
  using namespace hinomi::metrics;
  const Options options = ReadOptions(argc, argv);
  const auto series =
      options.pages.empty() ? MakeHosts(options.hosts, 2880) : ReadPages(options.pages);
  if (series.empty()) {
    std::fprintf(stderr, "codec_bench: no series in %s\n", options.pages.c_str());
    return 1;
  }
  Run(series, options);
}
