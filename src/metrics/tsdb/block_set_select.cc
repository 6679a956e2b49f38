#include <algorithm>

#include "metrics/tsdb/block_estimate.h"
#include "metrics/tsdb/block_set.h"

namespace hinomi::metrics {

std::vector<VisibleBlock> BlockSet::Readable(const TimeWindow& range) const {
  std::vector<VisibleBlock> readable;
  if (empty()) return readable;
  const auto members = Snapshot();
  for (const Member& member : *members) {
    if (!range.Overlaps(member.info().samples_window())) continue;
    if (auto prepared = member.block().Prepare(); !prepared) {
      Report(member.block().path(), prepared.error().message);
      continue;
    }
    readable.push_back(member.visible);
  }
  return readable;
}

ReportUnread BlockSet::Unread() const {
  return [this](const Block& block, const Error& error) { Report(block.path(), error.message); };
}

Result<std::vector<SeriesColumns>> BlockSet::Select(const std::vector<Matcher>& matchers,
                                                    int64_t from_ms, int64_t to_ms,
                                                    const SelectLimits& limits) const {
  HN_TRY(const auto compiled, CompileAll(matchers));
  return Gather(limits, [&](const SeriesVisitor& visit) {
    return Visit(compiled, from_ms, to_ms, limits, visit);
  });
}

SelectEstimate BlockSet::Estimate(const std::vector<CompiledMatcher>& matchers, int64_t from_ms,
                                  int64_t to_ms) const {
  const TimeWindow range{from_ms, to_ms};
  return EstimateBlocks(Readable(range), matchers, range, Unread());
}

size_t BlockSet::GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                              int64_t to_ms) const {
  const TimeWindow range{from_ms, to_ms};
  double samples = 0;
  for (const VisibleBlock& visible : Readable(range))
    samples += GuessSamplesOf(*visible.block, matchers, range);
  return static_cast<size_t>(samples);
}

bool BlockSet::HasLabel(std::string_view label, int64_t from_ms, int64_t to_ms) const {
  const std::vector<VisibleBlock> blocks = Readable({from_ms, to_ms});
  return std::any_of(blocks.begin(), blocks.end(), [&](const VisibleBlock& visible) {
    return !visible.block->index().LabelValues(label).empty();
  });
}

Status BlockSet::Visit(const std::vector<CompiledMatcher>& matchers, int64_t from_ms, int64_t to_ms,
                       const SelectLimits& limits, const SeriesVisitor& visit,
                       const SeriesStepMaker& prepare, HeadSelection* fresh,
                       const ReadingHelp& help) const {
  const TimeWindow range{from_ms, to_ms};
  const std::vector<VisibleBlock> blocks = Readable(range);
  return VisitSeries({blocks, fresh, help}, matchers, range, limits, Unread(), visit, prepare);
}

Result<std::vector<Labels>> BlockSet::SelectLabels(const std::vector<Matcher>& matchers,
                                                   int64_t from_ms, int64_t to_ms) const {
  HN_TRY(const auto compiled, CompileAll(matchers));
  const TimeWindow range{from_ms, to_ms};
  return SelectLabelsFromBlocks(Readable(range), compiled, range, Unread());
}

std::vector<std::string> BlockSet::LabelNames(int64_t from_ms, int64_t to_ms) const {
  std::set<std::string, std::less<>> names;
  const TimeWindow range{from_ms, to_ms};
  for (const VisibleBlock& block : Readable(range)) AddLabelNames(block, range, Unread(), names);
  return {names.begin(), names.end()};
}

std::vector<std::string> BlockSet::LabelValues(const std::string& label, int64_t from_ms,
                                               int64_t to_ms) const {
  std::set<std::string, std::less<>> values;
  const TimeWindow range{from_ms, to_ms};
  for (const VisibleBlock& block : Readable(range))
    AddLabelValues(block, label, range, Unread(), values);
  return {values.begin(), values.end()};
}

}  // namespace hinomi::metrics
