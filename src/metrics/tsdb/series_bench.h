#ifndef HINOMI_METRICS_TSDB_SERIES_BENCH_H_
#define HINOMI_METRICS_TSDB_SERIES_BENCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hinomi::metrics {

/// One series to measure with; `kind` is what to sum its figures under.
struct BenchSeries {
  std::string kind;
  std::vector<int64_t> at_ms;
  std::vector<double> values;
};

/// A made-up set of 100 series a host, as node_exporter and an instrumented web
/// service would show it, every 15 s; always the same.
std::vector<BenchSeries> MakeHosts(int hosts, size_t steps);

/// The series of recorded pages of one target: lines `#@ MILLISECONDS BYTES`,
/// each before its page. Empty if the file holds none.
std::vector<BenchSeries> ReadPages(const std::string& path);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SERIES_BENCH_H_
