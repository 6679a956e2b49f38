#include "metrics/tsdb/tsdb_warnings.h"

#include <string>

namespace hinomi::metrics {
namespace {

std::string NameOf(const RawBatch& batch, std::string_view label_bytes) {
  RawBatch one;
  one.series = {{label_bytes, 0, 1}};
  one.samples.resize(1);
  one.canonical = batch.canonical;
  const auto expanded = Expand(one);
  return expanded ? (*expanded)[0].labels.ToString() : "";
}

}  // namespace

void TsdbWarnings::Appended(const RawBatch& batch, int64_t newest_ms) {
  const int64_t bound_ms = (clock_.Now() + kAhead).millis();
  if (newest_ms <= bound_ms) return;
  uint64_t samples = 0;
  std::string_view first;
  int64_t first_ms = 0;
  const auto look = [&](std::string_view label_bytes, int64_t at_ms) {
    if (at_ms <= bound_ms || samples++ > 0) return;
    first = label_bytes;
    first_ms = at_ms;
  };
  for (const RawBatch::Series& series : batch.series)
    for (uint32_t i = 0; i < series.count; ++i)
      look(series.label_bytes, batch.samples[series.first + i].at_ms);
  for (const RawBatch::Histogram& histogram : batch.histograms)
    look(histogram.label_bytes, histogram.at_ms);
  if (samples > 0) TellOfFuture(batch, first, first_ms, samples);
}

void TsdbWarnings::TellOfFuture(const RawBatch& batch, std::string_view label_bytes, int64_t at_ms,
                                uint64_t samples) {
  telemetry_.Counter("hinomi_tsdb_future_samples_total", {{"sender", std::string(batch.sender)}})
      .Add(static_cast<double>(samples));
  {
    const MutexLock lock(mutex_);
    if (!IsTime(future_logged_)) return;
  }
  log_.Warning(
      "samples of more than an hour from now were stored: is the sender's clock right, and does it "
      "send milliseconds?",
      {{"series", NameOf(batch, label_bytes)},
       {"sender", batch.sender},
       {"time", FormatRfc3339(Instant::FromMillis(at_ms))}});
}

bool TsdbWarnings::IsTime(std::optional<Duration>& logged) {
  const Duration now = clock_.Monotonic();
  if (logged && now - *logged < kLogInterval) return false;
  logged = now;
  return true;
}

void TsdbWarnings::Full(const Head& head) {
  {
    const MutexLock lock(mutex_);
    if (!IsTime(full_logged_)) return;
  }
  const Cardinality count = head.CountCardinality(1);
  if (count.series_by_metric.empty() || count.values_by_label.empty()) return;
  const auto& [metric, series] = count.series_by_metric.at(0);
  const auto& [label, values] = count.values_by_label.at(0);
  log_.Warning("the memory for series is full, and writes are refused",
               {{"series", std::to_string(count.series)},
                {"label_with_most_values", label},
                {"its_values", std::to_string(values)},
                {"largest_metric", metric},
                {"its_series", std::to_string(series)}});
}

void TsdbWarnings::LookForChurn(const Head& head, uint64_t generation) {
  if (!watch_.Look(head, generation, clock_.Monotonic())) return;
  const std::optional<Churn> found = watch_.churn();
  std::optional<Churn> before = found;
  {
    const MutexLock lock(mutex_);
    std::swap(churn_, before);
  }
  TellOfChurn(before, found);
}

void TsdbWarnings::TellOfChurn(const std::optional<Churn>& before,
                               const std::optional<Churn>& churn) {
  const auto gauge = [this](const Churn& of) -> Instrument& {
    return telemetry_.Gauge("hinomi_tsdb_churned_series", {{"label", of.label}});
  };
  if (before) gauge(*before).Set(0);
  if (!churn) return;
  gauge(*churn).Set(static_cast<double>(churn->ended));
  if (before && before->label == churn->label) return;
  log_.Warning(
      "series come and go: as many ended within an hour as there are; leave the label out at the "
      "sender, or give it fewer values",
      {{"label", churn->label},
       {"example", churn->example},
       {"metric", churn->metric},
       {"new_values", std::to_string(churn->new_values)},
       {"ended_series", std::to_string(churn->ended)},
       {"live_series", std::to_string(churn->live)}});
}

std::optional<Churn> TsdbWarnings::churn() const {
  const MutexLock lock(mutex_);
  return churn_;
}

}  // namespace hinomi::metrics
