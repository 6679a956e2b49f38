#include "promql/impl/table.h"

#include <algorithm>

#include "promql/impl/lexer.h"

namespace hinomi::promql {
namespace {

constexpr size_t kBytesHeld = sizeof(int64_t) + sizeof(double);  // Of one sample.

void AddOnce(std::vector<std::string>& list, std::string message) {
  if (std::find(list.begin(), list.end(), message) == list.end())
    list.push_back(std::move(message));
}

}  // namespace

void Series::Put(size_t step, Cell cell) {
  if (!cell.histogram) return Put(step, cell.value);
  if (histograms.empty()) histograms.resize(values.size());
  histograms[step] = std::move(cell.histogram);
  present[step] = 1;
}

Cell Series::At(size_t step) const {
  const NativeHistogramPtr& histogram = HistogramAt(step);
  return histogram ? Cell(histogram) : Cell(values[step]);
}

void Series::CopyStep(size_t step, const Series& from, size_t from_step) {
  if (from.present[from_step]) {
    Put(step, from.At(from_step));
  } else {
    Remove(step);
  }
}

bool Series::DropHistograms() {
  bool any = false;
  for (size_t i = 0; i < histograms.size(); ++i) {
    if (!histograms[i]) continue;
    present[i] = 0;
    any = true;
  }
  histograms = {};
  return any;
}

bool Series::Empty() const {
  return std::find(present.begin(), present.end(), uint8_t{1}) == present.end();
}

size_t CellsOf(const Table& table) {
  if (table.empty()) return 0;
  size_t cells = table.size() * table.front().values.size();
  for (const Series& series : table) cells += series.histogram_charge;
  return cells;
}

size_t SamplesOf(std::span<const NativeHistogramPtr> histograms) {
  size_t bytes = 0;
  const NativeHistogram* previous = nullptr;
  for (const NativeHistogramPtr& histogram : histograms) {
    bytes += sizeof(NativeHistogramPtr);
    if (!histogram || histogram.get() == previous) continue;
    previous = histogram.get();
    bytes +=
        sizeof(NativeHistogram) + previous->custom_values.size() * sizeof(double) +
        (previous->positive.size() + previous->negative.size()) * sizeof(NativeHistogram::Bucket);
  }
  return bytes / kBytesHeld;
}

void DropHistograms(Table& table) {
  for (Series& series : table) series.DropHistograms();
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
}

metrics::Labels WithoutName(const metrics::Labels& labels) {
  metrics::Labels out = labels;
  for (const char* label : {"__name__", "__type__", "__unit__"}) out.Set(label, "");
  return out;
}

std::string ShowLabels(const metrics::Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels.pairs()) {
    if (out.size() > 1) out += ", ";
    out += name + "=" + Quote(value);
  }
  return out + "}";
}

Error SameLabelset() {
  return InvalidArgument("vector cannot contain metrics with the same labelset");
}

Status QueryContext::Charge(size_t n) {
  samples += n;
  if (samples > limits.max_samples)
    return Exhausted(
        "query processing would load too many samples into memory in query execution (limit "
        "max_samples = " +
        std::to_string(limits.max_samples) + ")");
  read.peak = std::max(read.peak, samples);
  return memory.Take(n * kBytesHeld);
}

Status QueryContext::ChargeHistograms(Series& series) {
  if (series.histograms.empty()) return {};
  const size_t charge = SamplesOf(series.histograms);
  if (charge > series.histogram_charge) HN_TRY_VOID(Charge(charge - series.histogram_charge));
  series.histogram_charge = std::max(series.histogram_charge, charge);
  return {};
}

void QueryContext::Release(size_t n) {
  n = std::min(n, samples);
  samples -= n;
  memory.GiveBack(n * kBytesHeld);
}

Result<std::vector<metrics::SeriesColumns>> QueryContext::Select(
    const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms) {
  const size_t held = memory.taken();
  const metrics::SelectLimits select{limits.max_series, limits.max_samples, &memory};
  auto found = queryable.Select(matchers, from_ms, to_ms, select);
  // Whoever keeps samples of it charges them.
  memory.GiveBackTo(held);
  return found;
}

Result<bool> QueryContext::VisitFloats(const std::vector<metrics::Matcher>& matchers,
                                       int64_t from_ms, int64_t to_ms,
                                       const metrics::SeriesVisitor& visit,
                                       const metrics::SeriesStepMaker& prepare) {
  const metrics::SelectLimits select{limits.max_series, limits.max_samples, &memory};
  return queryable.VisitFloats(matchers, from_ms, to_ms, select, visit, prepare);
}

void QueryContext::CountOver(const Grid& grid) {
  if (!limits.count_samples) return;
  counted = grid;
  read.per_step.assign(grid.count, 0);
}

void QueryContext::CountRead(const Grid& grid, size_t step, size_t n) {
  if (read.per_step.empty()) return;
  read.total += n;
  // A subquery has a grid of its own, of which no step is one of the query's.
  const bool own = grid.start_ms == counted.start_ms && grid.step_ms == counted.step_ms &&
                   grid.count == counted.count;
  read.per_step[own ? step : read.per_step.size() - 1] += n;
}

Status QueryContext::CheckAlive() {
  if (limits.cancelled != nullptr && limits.cancelled->load(std::memory_order_relaxed)) {
    return Cancelled("query was canceled in expression evaluation");
  }
  if (limits.clock != nullptr && limits.clock->Monotonic() >= limits.deadline) {
    return Timeout("query timed out in expression evaluation");
  }
  return {};
}

void QueryContext::Warn(const std::string& message, const Span& span) {
  AddOnce(warnings, "PromQL warning: " + message + " (" + LineAndColumn(text, span.begin) + ")");
}

void QueryContext::Inform(const std::string& message, const Span& span) {
  AddOnce(infos, "PromQL info: " + message + " (" + LineAndColumn(text, span.begin) + ")");
}

}  // namespace hinomi::promql
