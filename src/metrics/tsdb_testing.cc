#include "metrics/tsdb_testing.h"

#include <bit>
#include <utility>

#include "base/check.h"
#include "metrics/matcher.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

double AnyValue(Random& random) {
  switch (random.Below(6)) {
    case 0:
      return static_cast<double>(random.Below(1000));
    case 1:
      return random.Unit();
    case 2:
      return StaleMarker();
    case 3:
      return std::bit_cast<double>(0x7FF8000000000000u | random.Below(1u << 20));
    case 4:
      return -0.0;
    default:
      return 42;
  }
}

SampleModel AnySamples(Random& random, const TimeWindow& window, size_t series, size_t samples) {
  SampleModel model;
  const uint64_t width =
      static_cast<uint64_t>(window.to_ms) - static_cast<uint64_t>(window.from_ms) + 1;
  for (size_t i = 0; i < series; ++i) {
    std::vector<Labels::Pair> pairs{{"__name__", "m" + std::to_string(random.Below(3))}};
    pairs.emplace_back("i", std::to_string(random.Below(series)));
    if (random.Percent(30)) pairs.emplace_back("zone", random.Percent(50) ? "a" : "b");
    auto& columns = model[Labels(std::move(pairs))];
    for (size_t j = 1 + random.Below(samples); j-- > 0;) {
      const uint64_t past = width == 0 ? random.Next() : random.Below(width);
      const auto at = static_cast<int64_t>(static_cast<uint64_t>(window.from_ms) + past);
      columns[at] = std::bit_cast<uint64_t>(AnyValue(random));
    }
  }
  return model;
}

void Overlay(SampleModel& model, const SampleModel& later) {
  for (const auto& [labels, samples] : later)
    for (const auto& [at, bits] : samples) model[labels][at] = bits;
}

namespace {

bool MatchesLabels(const std::vector<Matcher>& matchers, const Labels& labels) {
  auto compiled = CompileAll(matchers);
  HN_CHECK(compiled.has_value());
  return MatchesAll(*compiled, labels);
}

}  // namespace

void Erase(SampleModel& model, const std::vector<Matcher>& matchers, const TimeWindow& range) {
  for (auto& [labels, samples] : model)
    if (MatchesLabels(matchers, labels))
      std::erase_if(samples, [&](const auto& sample) { return range.Contains(sample.first); });
  std::erase_if(model, [](const auto& entry) { return entry.second.empty(); });
}

SampleModel Part(const SampleModel& model, const std::vector<Matcher>& matchers,
                 const TimeWindow& range) {
  SampleModel part;
  for (const auto& [labels, samples] : model) {
    if (!MatchesLabels(matchers, labels)) continue;
    for (const auto& [at, bits] : samples)
      if (range.Contains(at)) part[labels][at] = bits;
  }
  return part;
}

Status AddModel(BlockWriter& writer, const SampleModel& model) {
  for (const auto& [labels, samples] : model) {
    std::vector<int64_t> at_ms;
    std::vector<double> values;
    for (const auto& [at, bits] : samples) {
      at_ms.push_back(at);
      values.push_back(std::bit_cast<double>(bits));
    }
    HN_TRY_VOID(writer.Add(LabelBytesOf(labels), at_ms, values));
  }
  return {};
}

SampleModel ModelOf(const Block& block) {
  SampleModel model;
  if (!block.Prepare()) return model;
  auto cursor = block.Chunks();
  TimesCache times;
  for (uint32_t id = 0; id < block.info().series; ++id) {
    const auto chunks = cursor.At(id);
    if (!chunks) continue;
    for (const ChunkRef& chunk : *chunks) {
      std::vector<int64_t> at_ms;
      std::vector<double> values;
      if (!block.ReadChunk(chunk, {INT64_MIN, INT64_MAX}, times, at_ms, values)) continue;
      for (size_t i = 0; i < at_ms.size(); ++i)
        model[block.index().LabelsOf(id)][at_ms[i]] = std::bit_cast<uint64_t>(values[i]);
    }
  }
  return model;
}

SampleModel ModelOf(const std::vector<SeriesColumns>& selected) {
  SampleModel model;
  for (const SeriesColumns& series : selected)
    for (size_t i = 0; i < series.at_ms.size(); ++i)
      model[series.labels][series.at_ms[i]] = std::bit_cast<uint64_t>(series.values[i]);
  return model;
}

}  // namespace hinomi::metrics
