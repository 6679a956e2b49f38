#include "metrics/tsdb/series_bench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string_view>

#include "base/random.h"

namespace hinomi::metrics {
namespace {

// --- the made-up set ---------------------------------------------------------

double Bell(Random& random) {  // Deviation 0.577.
  return random.Unit() + random.Unit() + random.Unit() + random.Unit() - 2;
}

enum class Shape { kConstant, kWhole, kFraction, kWalk, kDouble, kBucket };

struct Model {
  Shape shape;
  double rate;   // Or what one step is like; the bound of a bucket.
  double limit;  // Of a walk; the middle of a double; requests a step.
  double unit;   // What values are multiples of; 0: nothing.
};

// As node_exporter and an instrumented web service would show one host.
std::vector<Model> HostModels() {
  std::vector<Model> models;
  const auto add = [&](int times, Shape shape, double rate, double limit, double unit) {
    for (int i = 0; i < times; ++i) models.push_back({shape, rate, limit, unit});
  };
  for (int cpu = 0; cpu < 4; ++cpu) {
    for (const double share : {11.2, .08, .01, .12, .03, 1.1, 2.4})
      add(1, Shape::kFraction, share, 0, .01);
    add(1, Shape::kConstant, 0, 0, .01);
  }
  add(7, Shape::kWalk, 4e6, 1.6e10, 4096);
  add(1, Shape::kConstant, 16777216000., 0, 1);
  add(2, Shape::kConstant, 1.05e11, 0, 1);
  add(2, Shape::kWalk, 3e5, 1e11, 4096);
  add(2, Shape::kWalk, 6, 6.5e6, 1);
  add(2, Shape::kWhole, 30, 0, 1);
  add(2, Shape::kWhole, 9e5, 0, 512);
  add(2, Shape::kFraction, .4, 0, .004);
  add(4, Shape::kWhole, 2.5e6, 0, 1);
  add(4, Shape::kWhole, 2100, 0, 1);
  add(2, Shape::kConstant, 2100, 0, 1);
  add(3, Shape::kWalk, .12, 8, .01);
  add(2, Shape::kWalk, .4, 80, .125);
  add(1, Shape::kConstant, 1.79e9, 0, 1);
  add(2, Shape::kConstant, 1, 0, 1);
  add(1, Shape::kDouble, 1e-5, 0, 0);
  add(1, Shape::kDouble, 1e-6, 1, 0);
  add(1, Shape::kDouble, .02, .1, 0);
  add(1, Shape::kDouble, 1, 0, 0);
  for (const double bound : {1e9, .005, .01, .025, .05, .1, .25, .5, 1., 2.5, 5., 10., 1e9})
    add(1, Shape::kBucket, bound, 45, 1);
  add(1, Shape::kFraction, 4.7, 0, 0);
  add(1, Shape::kWhole, 52000, 0, 1);
  add(1, Shape::kWhole, 31000, 0, 1);
  add(10, Shape::kWalk, 1.7, 100, .01);
  return models;
}

const char* NameOf(Shape shape) {
  switch (shape) {
    case Shape::kConstant:
      return "constant";
    case Shape::kWhole:
      return "counter, integer";
    case Shape::kFraction:
      return "counter, fraction";
    case Shape::kWalk:
      return "walk";
    case Shape::kDouble:
      return "true double";
    case Shape::kBucket:
      return "histogram bucket";
  }
  return "";
}

double InUnits(double value, double unit) {
  if (unit == 0) return value;
  return unit < 1 ? std::nearbyint(value / unit) / std::nearbyint(1 / unit)
                  : std::nearbyint(value / unit) * unit;
}

double StartOfModel(const Model& model, double rate, Random& random) {
  switch (model.shape) {
    case Shape::kWalk:
      return model.limit * random.Unit();
    case Shape::kWhole:
      return InUnits(rate * 2e5 * random.Unit(), model.unit);
    case Shape::kFraction:
      return rate * 2e5 * random.Unit();
    default:
      return 0;
  }
}

double NextOfModel(const Model& model, double rate, double requests, double& state,
                   Random& random) {
  switch (model.shape) {
    case Shape::kConstant:
      return model.rate;
    case Shape::kWhole:
      state += InUnits(std::max(0., rate * (1 + .35 * Bell(random))), model.unit);
      return state;
    case Shape::kFraction:
      state += std::max(0., rate * (1 + .25 * Bell(random)));
      return InUnits(state, model.unit);
    case Shape::kWalk:
      state = std::fabs(state + model.rate * Bell(random));
      if (state > model.limit) state = 2 * model.limit - state;
      return InUnits(state, model.unit);
    case Shape::kDouble:
      return model.limit + model.rate * Bell(random);
    case Shape::kBucket:
      state += std::nearbyint(requests * (model.rate >= 1e9 ? 1 : 1 - std::exp(-model.rate / .08)));
      return state;
  }
  return 0;
}

// --- recorded pages ----------------------------------------------------------

const char* KindOfValues(const std::vector<double>& values) {
  if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; }))
    return "constant";
  const bool rising = std::is_sorted(values.begin(), values.end());
  const bool whole =
      std::all_of(values.begin(), values.end(), [](double v) { return v == std::trunc(v); });
  if (rising) return whole ? "rising, integer" : "rising, fraction";
  return whole ? "gauge, integer" : "gauge, fraction";
}

void TakePage(std::string_view page, int64_t at_ms, std::map<std::string, BenchSeries>& series) {
  while (!page.empty()) {
    const size_t end = std::min(page.find('\n'), page.size());
    const std::string_view line = page.substr(0, end);
    page.remove_prefix(std::min(end + 1, page.size()));
    const size_t space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == line.npos) continue;
    BenchSeries& one = series[std::string(line.substr(0, space))];
    one.at_ms.push_back(at_ms);
    one.values.push_back(std::strtod(std::string(line.substr(space + 1)).c_str(), nullptr));
  }
}

}  // namespace

std::vector<BenchSeries> MakeHosts(int hosts, size_t steps) {
  std::vector<BenchSeries> made;
  const std::vector<Model> models = HostModels();
  for (int host = 0; host < hosts; ++host) {
    Random host_random(7919 + static_cast<uint64_t>(host));
    const int64_t begin = 1'700'000'000'000 + static_cast<int64_t>(host_random.Next() % 15'000);
    std::vector<double> requests(steps);
    for (double& count : requests) count = 45 * (1 + .3 * Bell(host_random));
    for (size_t m = 0; m < models.size(); ++m) {
      Random random((uint64_t{1} << 40) + static_cast<uint64_t>(host) * 100 + m);
      random.Next();
      const double rate = models[m].rate * (.3 + 1.4 * random.Unit());
      double state = StartOfModel(models[m], rate, random);
      BenchSeries& series = made.emplace_back();
      series.kind = NameOf(models[m].shape);
      for (size_t i = 0; i < steps; ++i) {
        series.at_ms.push_back(begin + static_cast<int64_t>(i) * 15'000);
        series.values.push_back(NextOfModel(models[m], rate, requests[i], state, random));
      }
    }
  }
  return made;
}

std::vector<BenchSeries> ReadPages(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::map<std::string, BenchSeries> by_name;
  std::string line;
  std::string page;
  while (std::getline(in, line)) {
    long long at_ms;
    size_t bytes;
    if (std::sscanf(line.c_str(), "#@ %lld %zu", &at_ms, &bytes) != 2) break;
    page.resize(bytes);
    in.read(page.data(), static_cast<std::streamsize>(bytes));
    TakePage(page, at_ms, by_name);
  }
  std::vector<BenchSeries> read;
  for (auto& [name, series] : by_name) {
    series.kind = KindOfValues(series.values);
    read.push_back(std::move(series));
  }
  return read;
}

}  // namespace hinomi::metrics
