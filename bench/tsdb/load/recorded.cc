// tsdb_load recorded --pages=FILE --out=FILE --end=SECONDS [--hosts=N] [--rounds=N]
// The pages moved so that the last one was at --end. With --hosts, as many exporters as
// that tell the same story, each from another page on.
#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "bodies.h"
#include "commands.h"
#include "pages.h"
#include "wire.h"

namespace hinomi::bench {
namespace {

/// "name{a=\"b\"}" as labels; an empty value is no label, as to every scraper.
Labels ParseSeries(std::string_view series) {
  const size_t brace = series.find('{');
  Labels labels = {{"__name__", std::string(series.substr(0, brace))}, {"job", "node"}};
  if (brace == series.npos) return labels;
  for (size_t at = brace + 1; at < series.size() && series[at] != '}';) {
    if (series[at] == ',') ++at;
    const size_t equals = series.find('=', at);
    if (equals == series.npos) Die("not a series: " + std::string(series));
    std::string value;
    size_t end = equals + 2;
    for (; end < series.size() && series[end] != '"'; ++end) {
      if (series[end] == '\\') ++end;
      value += series[end];
    }
    if (!value.empty()) labels.emplace_back(series.substr(at, equals - at), value);
    at = end + 1;
  }
  return labels;
}

class Exporter {
 public:
  explicit Exporter(int64_t number) : instance_("node-" + std::to_string(number)) {}

  /// Appends what a scraper of this page sends; the number of samples.
  uint32_t AppendPage(const Page& page, int64_t at_ms, std::string& request) {
    uint32_t samples = 0;
    std::vector<Sample> sample(1);
    for (const PageLine& line : SampleLines(page.text)) {
      auto [known, is_new] = labels_.try_emplace(std::string(line.series));
      if (is_new) {
        Labels labels = ParseSeries(line.series);
        labels.emplace_back("instance", instance_);
        known->second = LabelBytes(std::move(labels));
      }
      sample[0] = {at_ms, std::strtod(std::string(line.value).c_str(), nullptr)};
      AppendSeries(known->second, sample, request);
      ++samples;
    }
    return samples;
  }

  size_t series() const { return labels_.size(); }

 private:
  std::string instance_;
  std::unordered_map<std::string, std::string> labels_;
};

}  // namespace

void GenerateRecorded(const Options& options) {
  const auto pages = ReadPages(options.Required("pages"), 0);
  const auto hosts = options.Number("hosts", 1);
  const auto all = static_cast<int64_t>(pages.size());
  const int64_t rounds = std::min(options.Number("rounds", all), all);
  const int64_t end_ms = std::atoll(options.Required("end").c_str()) * 1000;
  const int64_t shift_ms = end_ms - pages[static_cast<size_t>(rounds - 1)].at_ms;

  std::vector<Exporter> exporters;
  for (int64_t number = 0; number < hosts; ++number) exporters.emplace_back(number);
  BodyWriter writer(options.Required("out"));
  std::string request;
  for (int64_t round = 0; round < rounds; ++round) {
    const int64_t at_ms = pages[static_cast<size_t>(round)].at_ms + shift_ms;
    for (int64_t number = 0; number < hosts; ++number) {
      const Page& page = pages[static_cast<size_t>((round + number * all / hosts) % all)];
      request.clear();
      const uint32_t samples =
          exporters[static_cast<size_t>(number)].AppendPage(page, at_ms, request);
      writer.Put(request, samples, static_cast<uint32_t>(number), round == 0 ? 0 : 1);
    }
  }
  uint64_t series = 0;
  for (const Exporter& exporter : exporters) series += exporter.series();
  writer.Report(series, end_ms);
}

}  // namespace hinomi::bench
