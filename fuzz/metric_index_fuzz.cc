// modules: hn_metrics
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/digest.h"
#include "base/strings.h"
#include "metrics/tsdb/index.h"
#include "metrics/tsdb/index_tables.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/series_table.h"

namespace {

using namespace hinomi::metrics;

void AskAll(const Index& index) {
  (void)index.Verify();
  std::string label_bytes;
  for (uint32_t id = 0; id < index.series_count() && id < 1000; ++id) {
    index.AppendLabelBytes(id, label_bytes);
    (void)index.LabelsOf(id);
  }
  (void)index.NameCardinalities();
  for (const std::string_view name : index.LabelNames()) {
    (void)index.ValueCardinalities(name);
    for (const MatchType type : {MatchType::kEqual, MatchType::kNotEqual, MatchType::kRegex})
      for (const char* value : {"", "a", "a.*", "a|b"})
        for (const uint32_t id : index.Match(
                 CompileAll({{std::string(name), type, value}, {"b", MatchType::kNotEqual, "a"}})
                     .value()))
          HN_CHECK(id < index.series_count());
  }
}

/// Sections of sizes that fit, since no fuzzer guesses the header's checksum.
void ReadSections(std::string_view input) {
  if (input.size() < 5) return;
  const auto size = [&](size_t at) { return static_cast<uint8_t>(input[at]); };
  IndexHeader header;
  header.series = size(0);
  header.names = size(1) % 8;
  header.terms = size(2) % 16;
  header.sections[0].size = size(3);
  header.sections[1].size = (header.names + 1) * IndexRow::kSize;
  header.sections[2].size = (header.terms + 1) * IndexRow::kSize;
  header.sections[3].size = size(4);
  header.sections[4].size = (header.series + kIndexStride - 1) / kIndexStride * 8;
  std::string_view content = input.substr(5);
  size_t taken = 0;
  for (const IndexHeader::Section& section : header.sections) taken += section.size;
  if (content.size() < taken) return;
  header.sections[5].size = content.size() - taken;
  taken = 0;
  for (IndexHeader::Section& section : header.sections) {
    section.crc = hinomi::Crc32c(content.substr(taken, section.size));
    taken += section.size;
  }
  std::string bytes;
  header.AppendTo(bytes);
  bytes += content;
  if (const auto index = Index::Open(bytes)) AskAll(*index);
}

/// Lines of `name=value,name=value` are series; the first one is a matcher,
/// whose type is its first character. The index must answer as comparing does.
void Compare(std::string_view input) {
  if (!hinomi::IsValidUtf8(input)) return;
  std::vector<Labels> series;
  std::vector<std::string> label_bytes;
  std::string_view first = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(input.size(), first.size() + 1));
  if (first.empty()) return;
  const auto type = static_cast<MatchType>(first[0] & 3);
  first.remove_prefix(1);
  const size_t equals = std::min(first.find('='), first.size());
  const auto matchers =
      CompileAll({{std::string(first.substr(0, equals)), type,
                   std::string(first.substr(std::min(first.size(), equals + 1)))}});
  if (!matchers) return;
  while (!input.empty()) {
    std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    std::vector<Labels::Pair> pairs;
    while (!line.empty()) {
      const std::string_view label = line.substr(0, line.find(','));
      line.remove_prefix(std::min(line.size(), label.size() + 1));
      const size_t sign = label.find('=');
      if (sign != 0 && sign != std::string_view::npos)
        pairs.emplace_back(label.substr(0, sign), label.substr(sign + 1));
    }
    series.emplace_back(std::move(pairs));
    label_bytes.push_back(LabelBytesOf(series.back()));
  }
  IndexBuilder builder;
  SeriesTable table(1);
  Postings expected;
  for (uint32_t id = 0; id < series.size(); ++id) {
    builder.Add(label_bytes[id]);
    if (!label_bytes[id].empty()) table.CreateAs(id, label_bytes[id]);
    if (MatchesAll(*matchers, series[id])) expected.push_back(id);
  }
  const std::string bytes = builder.Finish();
  const Index index = Index::Open(bytes).value();
  HN_CHECK(index.Verify().has_value());
  HN_CHECK(index.Match(*matchers) == expected);
  // The head never has a series without labels.
  std::erase_if(expected, [&](uint32_t id) { return label_bytes[id].empty(); });
  HN_CHECK(table.Matching(*matchers) == expected);
  for (uint32_t id = 0; id < series.size(); ++id) HN_CHECK(index.LabelsOf(id) == series[id]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      if (const auto index = Index::Open(input)) AskAll(*index);
      break;
    case 1:
      ReadSections(input);
      break;
    case 2:
      Compare(input);
      break;
  }
  return 0;
}
