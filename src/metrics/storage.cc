#include "metrics/storage.h"

#include <algorithm>

#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

Status CheckLimits(const SelectLimits& limits, size_t series, size_t samples) {
  if (series > limits.max_series)
    return Exhausted("the query selects more than " + std::to_string(limits.max_series) +
                     " series; narrow its matchers");
  if (samples > limits.max_samples)
    return Exhausted("the query reads more than " + std::to_string(limits.max_samples) +
                     " samples; narrow its matchers or its time range");
  return {};
}

size_t SelectedBytes(size_t samples) {
  constexpr size_t kSeriesBytes = 512;  // Its labels, mostly.
  return kSeriesBytes + samples * (sizeof(int64_t) + sizeof(double));
}

Status TakeMemory(const SelectLimits& limits, size_t samples) {
  if (limits.memory == nullptr) return {};
  return limits.memory->Take(SelectedBytes(samples));
}

void GiveBackMemory(const SelectLimits& limits, size_t samples) {
  if (limits.memory != nullptr) limits.memory->GiveBack(SelectedBytes(samples));
}

Result<std::vector<SeriesColumns>> Gather(
    const SelectLimits& limits, const std::function<Status(const SeriesVisitor&)>& visit_all) {
  std::vector<SeriesColumns> gathered;
  size_t samples = 0;
  const auto keep = [&](SeriesColumns& series) -> Status {
    samples += series.at_ms.size();
    HN_TRY_VOID(CheckLimits(limits, gathered.size() + 1, samples));
    HN_TRY_VOID(TakeMemory(limits, series.at_ms.size()));
    gathered.push_back(std::move(series));
    return {};
  };
  HN_TRY_VOID(visit_all(keep));
  return gathered;
}

namespace {

Result<Labels> ExpandLabels(const RawBatch& batch, std::string_view label_bytes) {
  if (!batch.canonical) return ParseLabelBytes(label_bytes);
  HN_TRY(const std::string canonical, batch.canonical(label_bytes));
  return ParseLabelBytes(canonical);
}

}  // namespace

Result<std::vector<WriteSeries>> Expand(const RawBatch& batch) {
  std::vector<WriteSeries> expanded;
  for (const RawBatch::Series& raw : batch.series) {
    if (raw.count == 0) continue;
    WriteSeries& series = expanded.emplace_back();
    HN_TRY(series.labels, ExpandLabels(batch, raw.label_bytes));
    series.samples.assign(batch.samples.begin() + raw.first,
                          batch.samples.begin() + raw.first + raw.count);
  }
  for (const RawBatch::Histogram& raw : batch.histograms) {
    WriteSeries& series = expanded.emplace_back();
    HN_TRY(series.labels, ExpandLabels(batch, raw.label_bytes));
    series.histograms.push_back({raw.at_ms, raw.histogram});
  }
  return expanded;
}

Result<std::optional<SelectEstimate>> Queryable::Estimate(const std::vector<Matcher>&, int64_t,
                                                          int64_t, int64_t) const {
  return std::optional<SelectEstimate>();
}

size_t Queryable::GuessSamples(const std::vector<Matcher>&, int64_t, int64_t) const {
  return SIZE_MAX;
}

std::vector<Resolution> Queryable::Resolutions(const std::vector<Matcher>&, int64_t,
                                               int64_t) const {
  return {};
}

Result<bool> Queryable::VisitWindows(const std::vector<Matcher>&, int64_t, int64_t, int64_t,
                                     const SelectLimits&, const WindowsVisitor&) const {
  return false;
}

Result<bool> Queryable::VisitFloats(const std::vector<Matcher>& matchers, int64_t from_ms,
                                    int64_t to_ms, const SelectLimits& limits,
                                    const SeriesVisitor& visit,
                                    const SeriesStepMaker& prepare) const {
  const auto taken = [&] { return limits.memory == nullptr ? 0 : limits.memory->taken(); };
  const size_t before = taken();
  HN_TRY(std::vector<SeriesColumns> selected, Select(matchers, from_ms, to_ms, limits));
  const size_t held = taken() - before;
  const bool floats =
      std::all_of(selected.begin(), selected.end(),
                  [](const SeriesColumns& series) { return series.histograms.empty(); });
  const SeriesStep step = floats && prepare ? prepare() : SeriesStep();
  for (size_t i = 0; floats && i < selected.size(); ++i) {
    if (step) step(selected[i]);
    if (!selected[i].at_ms.empty()) HN_TRY_VOID(visit(selected[i]));
  }
  if (limits.memory != nullptr) limits.memory->GiveBack(held);
  return floats;
}

Result<std::vector<SeriesExemplars>> Queryable::SelectExemplars(
    const std::vector<Matcher>& /*matchers*/, int64_t /*from_ms*/, int64_t /*to_ms*/) const {
  return std::vector<SeriesExemplars>();
}

Status Appender::AppendRaw(const RawBatch& batch) {
  HN_TRY(const auto expanded, Expand(batch));
  return Append(expanded);
}

}  // namespace hinomi::metrics
