// tsdb_load devops --out=FILE --series=N --rounds=N --step=SECONDS --start=SECONDS
//   [--lifetime=ROUNDS] [--batch=SERIES] [--seed=N]
// One sample a series a round, as a sender makes them that scrapes and passes on.
#include <algorithm>
#include <cstdio>

#include "bodies.h"
#include "commands.h"
#include "devops_set.h"

namespace hinomi::bench {
namespace {

struct Host {
  Random histogram;
  int64_t phase_ms;  // Each host is scraped at its own moment of the step.
  std::vector<SeriesState> states;
  std::vector<std::string> labels;
};

std::vector<std::string> HostLabels(uint64_t number, int64_t generation) {
  constexpr const char* kRegions[] = {"ap-northeast-1", "eu-central-1", "us-east-1", "us-west-2"};
  const std::string region = kRegions[number % 4];
  char instance[48];
  std::snprintf(instance, sizeof instance, "host_%04u:9100", static_cast<unsigned>(number));
  Labels shared = {{"datacenter", region + static_cast<char>('a' + number / 4 % 3)},
                   {"env", number % 5 == 0 ? "staging" : "production"},
                   {"instance", instance},
                   {"job", "node"},
                   {"region", region}};
  // What a new container has of its own, after a deployment.
  if (generation >= 0) shared.emplace_back("pod", "web-" + std::to_string(generation));
  std::vector<std::string> out;
  for (const SeriesDefinition& definition : HostDefinitions()) {
    Labels labels = shared;
    labels.emplace_back("__name__", definition.name);
    labels.insert(labels.end(), definition.labels.begin(), definition.labels.end());
    out.push_back(LabelBytes(std::move(labels)));
  }
  return out;
}

std::vector<Host> MakeHosts(uint64_t count, uint64_t seed, int64_t step_ms) {
  const auto& definitions = HostDefinitions();
  std::vector<Host> hosts;
  hosts.reserve(count);
  for (uint64_t number = 0; number < count; ++number) {
    Host host{Random(seed * 7919 + number), 0, {}, {}};
    host.phase_ms = static_cast<int64_t>(host.histogram.Bits() % static_cast<uint64_t>(step_ms));
    for (size_t i = 0; i < definitions.size(); ++i) {
      host.states.emplace_back(definitions[i], (seed << 40) + number * definitions.size() + i);
    }
    hosts.push_back(std::move(host));
  }
  return hosts;
}

void AppendHost(Host& host, int64_t at_ms, std::string& request) {
  const auto& definitions = HostDefinitions();
  const double requests = HistogramRequests(host.histogram);
  std::vector<Sample> sample(1);
  for (size_t i = 0; i < definitions.size(); ++i) {
    sample[0] = {at_ms, host.states[i].Next(definitions[i], requests)};
    AppendSeries(host.labels[i], sample, request);
  }
}

/// The hosts are replaced one after the other, so that each round has as many new ones. The
/// generation of a host in a round; -1 where hosts live for ever.
int64_t Generation(uint64_t number, uint64_t count, int64_t round, int64_t lifetime) {
  if (lifetime == 0) return -1;
  const auto stagger = static_cast<int64_t>(number) * lifetime / static_cast<int64_t>(count);
  return (round + stagger) / lifetime;
}

}  // namespace

void GenerateDevops(const Options& options) {
  const auto per_host = static_cast<int64_t>(HostDefinitions().size());
  const auto count = static_cast<uint64_t>(options.Number("series", 10000) / per_host);
  const auto batch = static_cast<uint64_t>(options.Number("batch", 2000) / per_host);
  const int64_t rounds = options.Number("rounds", 40);
  const int64_t step_ms = options.Number("step", 15) * 1000;
  const int64_t start_ms = options.Number("start", 1700000000) * 1000;
  const int64_t lifetime = options.Number("lifetime", 0);
  if (count == 0 || batch == 0) Die("--series and --batch go by hundreds");

  auto hosts = MakeHosts(count, static_cast<uint64_t>(options.Number("seed", 1)), step_ms);
  BodyWriter writer(options.Required("out"));
  std::vector<int64_t> generations(count, -2);
  std::string request;
  uint64_t series = 0;
  for (int64_t round = 0; round < rounds; ++round) {
    for (uint64_t first = 0; first < count; first += batch) {
      const uint64_t end = std::min(first + batch, count);
      request.clear();
      for (uint64_t number = first; number < end; ++number) {
        Host& host = hosts[number];
        const int64_t generation = Generation(number, count, round, lifetime);
        if (generations[number] != generation) {
          generations[number] = generation;
          host.labels = HostLabels(number, generation);
          series += host.labels.size();
        }
        AppendHost(host, start_ms + round * step_ms + host.phase_ms, request);
      }
      writer.Put(request, static_cast<uint32_t>((end - first) * per_host),
                 static_cast<uint32_t>(first / batch), round == 0 ? 0 : 1);
    }
  }
  writer.Report(series, start_ms + rounds * step_ms);
}

}  // namespace hinomi::bench
