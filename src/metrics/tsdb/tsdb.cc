#include "metrics/tsdb/tsdb.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "metrics/tsdb/histogram_columns.h"
#include "metrics/tsdb/histogram_join.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/old_log.h"
#include "metrics/tsdb/store_format.h"

namespace hinomi::metrics {
namespace {

// Writers that are faster than the disk wait for it beyond this many flushes' worth.
constexpr size_t kMostFlushesBehind = 3;
// How long a batch that is promised soon may wait for the next one's sync.
constexpr Duration kMostLag = Duration::Seconds(1);

// More than most native histograms have.
constexpr size_t kColumnsAHistogram = 64;

/// For blocks: of a base with native histograms one of its columns is enough.
Matcher FloatsAndMetaColumns() {
  return {std::string(kHistogramLabel), MatchType::kRegex, "|" + std::string(kMetaColumn)};
}

template <typename T>
std::vector<T> Union(const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

}  // namespace

struct Tsdb::Instruments {
  explicit Instruments(Telemetry& t)
      : telemetry(t),
        series(t.Gauge("hinomi_tsdb_series")),
        histogram_columns(t.Gauge("hinomi_tsdb_histogram_columns")),
        memory_bytes(t.Gauge("hinomi_tsdb_memory_bytes")),
        query_bytes(t.Gauge("hinomi_tsdb_query_memory_bytes")),
        log_bytes(t.Gauge("hinomi_tsdb_wal_bytes")),
        appended(t.Counter("hinomi_tsdb_appended_samples_total")),
        exemplars_refused(t.Counter("hinomi_tsdb_exemplars_refused_total")),
        exemplar_bytes(t.Gauge("hinomi_tsdb_exemplar_bytes")),
        syncs(t.Counter("hinomi_tsdb_wal_syncs_total")),
        damaged(t.Gauge("hinomi_tsdb_wal_damaged_regions")),
        blocks(t.Gauge("hinomi_tsdb_blocks")),
        block_bytes(t.Gauge("hinomi_tsdb_block_bytes")),
        block_samples(t.Gauge("hinomi_tsdb_block_samples")),
        block_damages(t.Gauge("hinomi_tsdb_damaged_chunks")),
        downsampled_bytes(t.Gauge("hinomi_tsdb_downsampled_bytes")),
        downsampled_days(t.Counter("hinomi_tsdb_downsampled_days_total")) {}
  void CountRefusal(std::string_view reason) {
    telemetry.Counter("hinomi_tsdb_append_refused_total", {{"reason", std::string(reason)}}).Add();
  }
  Telemetry& telemetry;
  Instrument& series;
  Instrument& histogram_columns;
  Instrument& memory_bytes;
  Instrument& query_bytes;
  Instrument& log_bytes;
  Instrument& appended;
  Instrument& exemplars_refused;
  Instrument& exemplar_bytes;
  Instrument& syncs;
  Instrument& damaged;
  Instrument& blocks;
  Instrument& block_bytes;
  Instrument& block_samples;
  Instrument& block_damages;
  Instrument& downsampled_bytes;
  Instrument& downsampled_days;
};

Tsdb::Tsdb(Files& files, const Clock& clock, Log& log, Telemetry& telemetry, TsdbOptions options)
    : files_(files),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      instruments_(std::make_unique<Instruments>(telemetry)),
      warnings_(clock, log, telemetry),
      settings_(options_.settings),
      durability_(options_.settings.durability),
      query_memory_(options_.settings.query_memory_bytes) {}

Tsdb::~Tsdb() {
  Stop();
}

Result<std::unique_ptr<Tsdb>> Tsdb::Open(Files& files, const Clock& clock, Log& log,
                                         Telemetry& telemetry, TsdbOptions options) {
  std::unique_ptr<Tsdb> tsdb(new Tsdb(files, clock, log, telemetry, std::move(options)));
  const TsdbOptions& o = tsdb->options_;
  HN_TRY_VOID(files.MakeDirectories(o.directory));
  HN_TRY_VOID(CheckStoreFormat(files, log, o.directory));
  HN_TRY(tsdb->blocks_, BlockSet::Open(files, log, o.directory + "/blocks"));
  HN_TRY_VOID(tsdb->OpenDownsampled());
  HN_TRY(tsdb->exemplars_, ExemplarLog::Open(files, log, o.directory + "/exemplars"));
  HN_TRY_VOID(tsdb->OpenHeads());
  HN_TRY_VOID(TakeOverOldLog(files, log, o.directory, *tsdb));
  tsdb->histogram_times_.SetFloor(tsdb->NewestSample());
  tsdb->UpdateGauges();
  return tsdb;
}

Status Tsdb::Append(const std::vector<WriteSeries>& batch) {
  std::string label_bytes;
  std::vector<size_t> ends;
  RawBatch raw;
  for (const WriteSeries& series : batch) {
    AppendLabelBytes(series.labels, label_bytes);
    ends.push_back(label_bytes.size());
    raw.series.push_back({{},
                          static_cast<uint32_t>(raw.samples.size()),
                          static_cast<uint32_t>(series.samples.size())});
    raw.samples.insert(raw.samples.end(), series.samples.begin(), series.samples.end());
  }
  size_t begin = 0;
  for (size_t i = 0; i < ends.size(); begin = ends[i++]) {
    raw.series[i].label_bytes = std::string_view(label_bytes).substr(begin, ends[i] - begin);
    for (const auto& [at_ms, histogram] : batch[i].histograms)
      raw.histograms.push_back({raw.series[i].label_bytes, at_ms, histogram});
  }
  return AppendRaw(raw);
}

Status Tsdb::AppendRaw(const RawBatch& batch) {
  return batch.histograms.empty() ? Store(batch, nullptr) : AppendHistograms(batch);
}

Status Tsdb::Store(const RawBatch& batch, const RawBatch* columns) {
  if (options_.disk_is_low && options_.disk_is_low()) {
    instruments_->CountRefusal("disk");
    return Exhausted("cannot store metrics: the disk of " + options_.directory +
                     " is below its min_free; free some space or lower min_free");
  }
  std::shared_lock lock(head_mutex_);
  Head& head = *heads_.back().head;
  BatchSeries told;
  told.wants_ids = options_.listener != nullptr;
  const int64_t now_ns = clock_.Monotonic().nanos();
  const int64_t synced_ns = synced_ns_.load(std::memory_order_relaxed);
  const bool synced_now = batch.promise == Promise::kDurable || synced_ns == INT64_MIN ||
                          now_ns - synced_ns >= kMostLag.nanos();
  const Status appended =
      head.Append(batch, &told, synced_now ? Promise::kDurable : Promise::kSoon, columns);
  if (appended && synced_now) synced_ns_.store(now_ns, std::memory_order_relaxed);
  if (!appended) {
    const ErrorCode code = appended.error().code;
    // A disk without space is kExhausted as well.
    const bool full =
        code == ErrorCode::kExhausted && MemoryOfHeads() > settings().head_memory_bytes / 2;
    if (full) warnings_.Full(head);
    if (code != ErrorCode::kInvalidArgument) instruments_->CountRefusal(full ? "memory" : "write");
    return appended;
  }
  instruments_->appended.Add(static_cast<double>(batch.samples.size() + batch.histograms.size()));
  warnings_.Appended(batch, head.newest_ms());
  if (head.FlushDue()) Wake();
  if (head.FlushesBehind() > kMostFlushesBehind) (void)head.Flush().has_value();
  if (options_.listener != nullptr) Tell(batch, told.ids);
  lock.unlock();
  SlowDown(told.created);
  return batch.exemplars.empty() ? Status() : KeepExemplars(batch);
}

Status Tsdb::KeepExemplars(const RawBatch& batch) {
  std::vector<LoggedExemplar> kept;
  kept.reserve(batch.exemplars.size());
  for (const RawBatch::Exemplar& exemplar : batch.exemplars) {
    auto series = batch.canonical ? batch.canonical(exemplar.series) : std::string(exemplar.series);
    auto labels = CanonicalExemplarLabels(exemplar.labels);
    // An example that cannot be read is no reason to refuse what was measured.
    if (!series || !labels || !ParseLabelBytes(*series)) continue;
    kept.push_back({*std::move(series), *std::move(labels), exemplar.sample, exemplar.own_time});
  }
  instruments_->exemplars_refused.Add(static_cast<double>(batch.exemplars.size() - kept.size()));
  const Status appended = exemplars_->Append(kept);
  if (!appended) instruments_->CountRefusal("write");
  return appended;
}

Result<std::vector<SeriesExemplars>> Tsdb::SelectExemplars(const std::vector<Matcher>& matchers,
                                                           int64_t from_ms, int64_t to_ms) const {
  HN_TRY(const auto compiled, CompileAll(matchers));
  return exemplars_->Select(compiled, from_ms, to_ms);
}

void Tsdb::Use(const TsdbSettings& settings) {
  {
    const MutexLock lock(settings_mutex_);
    settings_ = settings;
  }
  durability_ = settings.durability;
  query_memory_.set_limit(settings.query_memory_bytes);
  UseSettings();
  Wake();
}

TsdbSettings Tsdb::settings() const {
  const MutexLock lock(settings_mutex_);
  return settings_;
}

void Tsdb::Tell(const RawBatch& batch, const std::vector<SeriesId>& ids) {
  std::vector<WriteSeries> wanted;
  {
    const MutexLock lock(interest_mutex_);
    if (const uint64_t interest = options_.listener->Interest(); interest != interest_) {
      interest_ = interest;
      wanted_.clear();
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      const SeriesId id = ids[i];
      if (id == kNoSeries) continue;
      if (id >= wanted_.size()) wanted_.resize(size_t{id} + 1);
      const RawBatch::Series& raw = batch.series[i];
      uint8_t& wants = wanted_[id];
      // Label bytes that came in another form may not say the name: they are taken apart below.
      const std::string_view name =
          wants == 0 ? FindLabel(raw.label_bytes, "__name__") : std::string_view();
      if (!name.empty()) wants = options_.listener->Wants(name) ? 2 : 1;
      if (wants == 1) continue;
      RawBatch one;
      one.series = {{raw.label_bytes, 0, raw.count}};
      one.samples.assign(batch.samples.begin() + raw.first,
                         batch.samples.begin() + raw.first + raw.count);
      one.canonical = batch.canonical;
      auto expanded = Expand(one);
      if (!expanded) continue;  // The head has just taken them.
      if (wants == 0) wants = options_.listener->Wants((*expanded)[0].labels.name()) ? 2 : 1;
      if (wants == 2) wanted.push_back(std::move((*expanded)[0]));
    }
  }
  if (!wanted.empty()) options_.listener->Arrived(wanted);
}

void Tsdb::SetMetadata(const std::string& metric, const Metadata& metadata) {
  const std::shared_lock lock(head_mutex_);
  heads_.back().head->SetMetadata(metric, metadata);
}

std::map<std::string, Metadata> Tsdb::MetricMetadata() const {
  return Heads().back()->MetricMetadata();
}

// Heads are read first: what they give to a block meanwhile is there twice,
// which does no harm, rather than not at all.
Status Tsdb::VisitColumns(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms,
                          const SelectLimits& limits, const SeriesVisitor& visit,
                          const SeriesStepMaker& prepare, const ReadingHelp& help) const {
  HN_TRY(const auto selector, selectors_.Of(matchers));
  const auto heads = Heads();
  HN_TRY(HeadSelection fresh, heads.front()->Select(*selector, from_ms, to_ms, limits));
  for (const auto& head : std::span(heads).subspan(1)) {
    HN_TRY(HeadSelection newer, head->Select(*selector, from_ms, to_ms, limits));
    newer.AddOlder(std::exchange(fresh, {}));
    fresh = std::move(newer);
  }
  return blocks_->Visit(selector->matchers(), from_ms, to_ms, limits, visit, prepare, &fresh, help);
}

Result<std::vector<SeriesColumns>> Tsdb::SelectColumns(const std::vector<Matcher>& matchers,
                                                       int64_t from_ms, int64_t to_ms,
                                                       const SelectLimits& limits) const {
  return Gather(limits, [&](const SeriesVisitor& visit) {
    return VisitColumns(matchers, from_ms, to_ms, limits, visit, nullptr, options_.help);
  });
}

Result<bool> Tsdb::VisitFloats(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms,
                               const SelectLimits& limits, const SeriesVisitor& visit,
                               const SeriesStepMaker& prepare) const {
  HN_TRY(auto asked, WithoutHistogramLabel(matchers));
  if (!asked) return true;
  HN_TRY(const bool histograms, MatchHistograms(*asked, from_ms, to_ms));
  if (histograms) return false;
  // The first histogram may be written at this moment: its columns are no floats.
  asked->push_back({std::string(kHistogramLabel), MatchType::kEqual, ""});
  HN_TRY_VOID(VisitColumns(*asked, from_ms, to_ms, limits, visit, prepare, options_.help));
  return true;
}

Result<std::vector<SeriesColumns>> Tsdb::Select(const std::vector<Matcher>& matchers,
                                                int64_t from_ms, int64_t to_ms,
                                                const SelectLimits& limits) const {
  if (NamesHistogramLabel(matchers)) {
    HN_TRY(const auto others, WithoutHistogramLabel(matchers));
    return others ? Select(*others, from_ms, to_ms, limits) : std::vector<SeriesColumns>();
  }
  // Columns of histograms are not what the limit is about: it is looked at behind them.
  SelectLimits of_columns = limits;
  of_columns.max_series = limits.max_series > SIZE_MAX / kColumnsAHistogram
                              ? SIZE_MAX
                              : limits.max_series * kColumnsAHistogram;
  HN_TRY(auto selected, SelectColumns(matchers, from_ms, to_ms, of_columns));
  if (HasHistogramColumns(selected)) {
    HN_TRY(selected, JoinHistograms(std::move(selected), limits));
  }
  HN_TRY_VOID(CheckLimits(limits, selected.size(), 0));
  return selected;
}

Result<std::vector<Labels>> Tsdb::SelectLabels(const std::vector<Matcher>& matchers,
                                               int64_t from_ms, int64_t to_ms) const {
  HN_TRY(auto asked, WithoutHistogramLabel(matchers));
  if (!asked) return std::vector<Labels>();
  HN_TRY(const auto compiled, CompileAll(*asked));
  HN_TRY(const std::vector<Labels> labels, LabelsInHeads(compiled, from_ms, to_ms));
  asked->push_back(FloatsAndMetaColumns());
  HN_TRY(const auto older, blocks_->SelectLabels(*asked, from_ms, to_ms));
  std::vector<Labels> all = Union(older, labels);
  for (const DownsampledBlocks* level : LevelsAlone(from_ms, to_ms)) {
    HN_TRY(const auto made, level->SelectLabels(*asked, from_ms, to_ms));
    all = Union(all, made);
  }
  StripHistogramLabel(all);
  return all;
}

Result<std::vector<std::string>> Tsdb::LabelNames(int64_t from_ms, int64_t to_ms) const {
  HN_TRY(const auto fresh, LabelsInHeads({}, from_ms, to_ms));
  std::set<std::string> names;
  for (const Labels& labels : fresh)
    for (const auto& [name, value] : labels.pairs()) names.insert(name);
  auto all = Union({names.begin(), names.end()}, blocks_->LabelNames(from_ms, to_ms));
  for (const DownsampledBlocks* level : LevelsAlone(from_ms, to_ms))
    all = Union(all, level->LabelNames(from_ms, to_ms));
  std::erase(all, kHistogramLabel);
  return all;
}

Result<std::vector<std::string>> Tsdb::LabelValues(const std::string& label, int64_t from_ms,
                                                   int64_t to_ms) const {
  if (label == kHistogramLabel) return std::vector<std::string>();
  HN_TRY(const auto with_label, CompileAll({{label, MatchType::kNotEqual, ""}}));
  HN_TRY(const auto fresh, LabelsInHeads(with_label, from_ms, to_ms));
  std::set<std::string> values;
  for (const Labels& labels : fresh) values.emplace(labels.Get(label));
  auto all = Union({values.begin(), values.end()}, blocks_->LabelValues(label, from_ms, to_ms));
  for (const DownsampledBlocks* level : LevelsAlone(from_ms, to_ms))
    all = Union(all, level->LabelValues(label, from_ms, to_ms));
  return all;
}

void Tsdb::CountDownsampledDay() {
  instruments_->downsampled_days.Add();
}

void Tsdb::UpdateGauges() {
  const BlockSetStats stats = blocks_->stats();
  size_t series = 0, columns = 0, memory_bytes = 0, log_damages = 0;
  uint64_t log_bytes = 0, damages = stats.damages;
  for (const auto& head : heads()) {
    series += head->series_count();
    columns += head->histogram_columns();
    memory_bytes += head->memory_bytes();
    log_bytes += head->log_bytes();
    log_damages += head->damages().size();
    damages += head->damaged_chunks();
  }
  for (const auto& level : downsampled_) damages += level->blocks().stats().damages;
  const auto set = [](Instrument& gauge, auto value) { gauge.Set(static_cast<double>(value)); };
  set(instruments_->series, series - columns);
  set(instruments_->histogram_columns, columns);
  set(instruments_->memory_bytes, memory_bytes);
  set(instruments_->query_bytes, query_memory_.TakePeak());
  set(instruments_->log_bytes, log_bytes);
  set(instruments_->syncs, head()->syncs());
  set(instruments_->damaged, log_damages);
  set(instruments_->exemplar_bytes, exemplars_->bytes());
  set(instruments_->blocks, stats.blocks);
  set(instruments_->block_bytes, stats.bytes);
  set(instruments_->downsampled_bytes, DownsampledBytes());
  set(instruments_->block_samples, stats.samples);
  set(instruments_->block_damages, damages);
}

}  // namespace hinomi::metrics
