#include "metrics/openmetrics_export.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/strings.h"
#include "metrics/impl/exposition_line.h"
#include "metrics/impl/metadata_line.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kSamplesAtOnce = 500'000;
constexpr size_t kTextAtOnce = 64 << 10;

/// Seconds with as many decimals as the milliseconds need.
void AppendSeconds(int64_t at_ms, std::string& out) {
  const uint64_t magnitude =
      at_ms < 0 ? ~static_cast<uint64_t>(at_ms) + 1 : static_cast<uint64_t>(at_ms);
  if (at_ms < 0) out += '-';
  out += std::to_string(magnitude / 1000);
  const uint64_t millis = magnitude % 1000;
  if (millis == 0) return;
  out += '.';
  out += static_cast<char>('0' + millis / 100);
  if (millis % 100 != 0) out += static_cast<char>('0' + millis / 10 % 10);
  if (millis % 10 != 0) out += static_cast<char>('0' + millis % 10);
}

void AppendHelp(std::string_view help, std::string& out) {
  for (const char c : help) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
}

bool HasWritableNames(const Labels& labels) {
  return std::all_of(labels.pairs().begin(), labels.pairs().end(),
                     [](const Labels::Pair& pair) { return IsLabelName(pair.first); });
}

bool IsWritable(const Labels& labels) {
  return IsMetricName(labels.name()) && HasWritableNames(labels);
}

class Exporter {
 public:
  Exporter(const Queryable& store, const std::vector<Matcher>& matchers, int64_t from_ms,
           int64_t to_ms, const TextSink& sink)
      : store_(store), matchers_(matchers), from_ms_(from_ms), to_ms_(to_ms), sink_(sink) {}

  Result<OpenMetricsExport> Run() {
    HN_TRY(auto names, store_.LabelValues("__name__", from_ms_, to_ms_));
    names_.insert(names.begin(), names.end());
    metadata_ = store_.MetricMetadata();
    HN_TRY_VOID(ReadExemplars(from_ms_, to_ms_));
    HN_TRY_VOID(Metric(""));  // Series without a name are counted there.
    for (const std::string& name : names_) HN_TRY_VOID(Metric(name));
    text_ += "# EOF\n";
    HN_TRY_VOID(sink_(text_));
    for (const auto& [series, exemplars] : exemplars_) done_.exemplars_left_out += exemplars.size();
    return done_;
  }

 private:
  /// All of them: their log is bounded. A range with too many for once is halved.
  Status ReadExemplars(int64_t from_ms, int64_t to_ms) {
    auto selected = store_.SelectExemplars(matchers_, from_ms, to_ms);
    if (!selected && selected.error().code == ErrorCode::kExhausted && from_ms < to_ms) {
      const int64_t middle = std::midpoint(from_ms, to_ms);
      HN_TRY_VOID(ReadExemplars(from_ms, middle));
      return ReadExemplars(middle + 1, to_ms);
    }
    if (!selected) return std::move(selected).error();
    for (SeriesExemplars& series : *selected) {
      auto& exemplars = exemplars_[std::move(series.series)];
      for (SeriesExemplars::Exemplar& exemplar : series.exemplars) {
        if (HasWritableNames(exemplar.labels))
          exemplars.push_back(std::move(exemplar));
        else
          ++done_.exemplars_left_out;
      }
    }
    return {};
  }

  Status Metric(const std::string& name) {
    std::vector<Matcher> of_metric = matchers_;
    of_metric.push_back({"__name__", MatchType::kEqual, name});
    HN_TRY(const auto series, store_.SelectLabels(of_metric, from_ms_, to_ms_));
    std::set<std::string> label_names;
    for (const Labels& labels : series)
      for (const auto& [label, value] : labels.pairs()) label_names.insert(label);
    bool headed = false;
    std::vector<HistogramSource> with_histograms;
    for (const Labels& labels : series) {
      if (!IsWritable(labels)) {
        ++done_.unwritable_series;
        continue;
      }
      if (!std::exchange(headed, true)) AppendMetadata(name);
      // With a matcher for every label, no other series of the metric matches.
      std::vector<Matcher> exact = of_metric;
      for (const std::string& label : label_names)
        exact.push_back({label, MatchType::kEqual, std::string(labels.Get(label))});
      ++done_.series;
      series_text_ = labels.ToString() + ' ';
      // OpenMetrics 1.0 has exemplars on these only.
      const auto found = exemplars_.find(labels);
      if (found != exemplars_.end() && (name.ends_with("_total") || name.ends_with("_bucket")))
        waiting_ = &found->second;
      HN_TRY(const bool has_histograms, Floats(exact));
      waiting_ = nullptr;
      if (has_histograms) with_histograms.push_back({labels, std::move(exact), {}, {}});
    }
    return Histograms(name, std::move(with_histograms));
  }

  using SeriesSink = std::function<Status(const SeriesColumns&)>;

  /// A range that holds too much for once is halved.
  Status Read(const std::vector<Matcher>& exact, int64_t from_ms, int64_t to_ms,
              const SeriesSink& sink) {
    const SelectLimits limits{.max_samples = kSamplesAtOnce};
    auto selected = store_.Select(exact, from_ms, to_ms, limits);
    if (!selected && selected.error().code == ErrorCode::kExhausted && from_ms < to_ms) {
      const int64_t middle = std::midpoint(from_ms, to_ms);
      HN_TRY_VOID(Read(exact, from_ms, middle, sink));
      return Read(exact, middle + 1, to_ms, sink);
    }
    if (!selected) return std::move(selected).error();
    for (const SeriesColumns& series : *selected) HN_TRY_VOID(sink(series));
    return {};
  }

  /// The floats. True if the series has histograms as well.
  Result<bool> Floats(const std::vector<Matcher>& exact) {
    bool has_histograms = false;
    const auto walk = [&](const SeriesColumns& series) -> Status {
      for (size_t i = 0; i < series.at_ms.size(); ++i) {
        if (!IsHistogram(series, i)) {
          HN_TRY_VOID(AppendSample(series.at_ms[i], series.values[i]));
        } else if (IsStaleHistogram(*series.histograms[i])) {
          ++done_.stale_marks;
        } else {
          has_histograms = true;
        }
      }
      return {};
    };
    HN_TRY_VOID(Read(exact, from_ms_, to_ms_, walk));
    return has_histograms;
  }

  /// A series with native histograms.
  struct HistogramSource {
    Labels labels;
    std::vector<Matcher> exact;
    std::set<double> bounds;
    std::optional<SeriesColumns> kept;  ///< All of it, where it was read at once.
  };
  using HistogramValue = std::function<double(const NativeHistogram&)>;

  Status ForEachHistogram(
      const HistogramSource& source,
      const std::function<Status(int64_t at_ms, const NativeHistogram&)>& call) {
    const auto walk = [&](const SeriesColumns& series) -> Status {
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        if (IsHistogram(series, i) && !IsStaleHistogram(*series.histograms[i]))
          HN_TRY_VOID(call(series.at_ms[i], *series.histograms[i]));
      return {};
    };
    return source.kept ? walk(*source.kept) : Read(source.exact, from_ms_, to_ms_, walk);
  }

  /// So that a series is not read again for each of its bounds, unless it is a large one.
  Status Keep(HistogramSource& source) {
    size_t parts = 0;
    HN_TRY_VOID(Read(source.exact, from_ms_, to_ms_, [&](const SeriesColumns& series) {
      if (parts++ == 0) source.kept = series;
      return Status();
    }));
    if (parts > 1) source.kept.reset();
    return {};
  }

  /// All series of a metric that have histograms, one family after the other.
  Status Histograms(const std::string& name, std::vector<HistogramSource> sources) {
    const bool taken = names_.contains(name + "_bucket") || names_.contains(name + "_count") ||
                       names_.contains(name + "_sum");
    std::vector<HistogramSource> written;
    for (HistogramSource& source : sources) {
      size_t histograms = 0;
      HN_TRY_VOID(ForEachHistogram(source, [&](int64_t, const NativeHistogram& histogram) {
        for (const ClassicBucket& bucket : ToClassicBuckets(histogram))
          source.bounds.insert(bucket.upper_bound);
        ++histograms;
        return Status();
      }));
      const bool fits = !taken && source.labels.Get("le").empty();
      (fits ? done_.histograms : done_.histograms_left_out) += histograms;
      if (fits) written.push_back(std::move(source));
    }
    for (HistogramSource& source : written) {
      HN_TRY_VOID(Keep(source));
      for (const double bound : source.bounds) HN_TRY_VOID(Bucket(source, bound));
      source.kept.reset();
    }
    for (const HistogramSource& source : written)
      HN_TRY_VOID(HistogramLines(source, "_count", {}, [](const auto& h) { return h.count; }));
    for (const HistogramSource& source : written)
      HN_TRY_VOID(HistogramLines(source, "_sum", {}, [](const auto& h) { return h.sum; }));
    return {};
  }

  Status Bucket(const HistogramSource& source, double bound) {
    return HistogramLines(source, "_bucket", FormatDouble(bound), [bound](const auto& histogram) {
      double below = 0;
      for (const ClassicBucket& bucket : ToClassicBuckets(histogram))
        if (bucket.upper_bound <= bound) below = bucket.cumulative_count;
      return below;
    });
  }

  Status HistogramLines(const HistogramSource& source, const char* suffix, std::string_view le,
                        const HistogramValue& value) {
    Labels labels = source.labels;
    labels.Set("__name__", std::string(labels.name()) + suffix);
    labels.Set("le", le);
    series_text_ = labels.ToString() + ' ';
    return ForEachHistogram(source, [&](int64_t at_ms, const NativeHistogram& histogram) {
      return AppendSample(at_ms, value(histogram));
    });
  }

  Status AppendSample(int64_t at_ms, double value) {
    if (IsStaleMarker(value)) {
      ++done_.stale_marks;
      return {};
    }
    constexpr double kPlainNan = std::numeric_limits<double>::quiet_NaN();
    if (std::isnan(value) && std::bit_cast<uint64_t>(value) != std::bit_cast<uint64_t>(kPlainNan))
      ++done_.nan_payloads;
    ++done_.samples;
    text_ += series_text_;
    text_ += FormatDouble(value);
    text_ += ' ';
    AppendSeconds(at_ms, text_);
    if (waiting_ != nullptr && !waiting_->empty() && waiting_->front().sample.at_ms <= at_ms)
      AppendExemplar();
    text_ += '\n';
    if (text_.size() < kTextAtOnce) return {};
    HN_TRY_VOID(sink_(text_));
    text_.clear();
    return {};
  }

  void AppendExemplar() {
    const SeriesExemplars::Exemplar& exemplar = waiting_->front();
    text_ += " # ";
    text_ += exemplar.labels.ToString();
    text_ += ' ';
    text_ += FormatDouble(exemplar.sample.value);
    text_ += ' ';
    AppendSeconds(exemplar.sample.at_ms, text_);
    waiting_->pop_front();
    ++done_.exemplars;
  }

  const Metadata* Find(const std::string& metric, MetricType type) const {
    const auto at = metadata_.find(metric);
    return at != metadata_.end() && at->second.type == type ? &at->second : nullptr;
  }

  /// Only if nothing else of the store could belong to the family too.
  void AppendMetadata(const std::string& name) {
    if (const Metadata* gauge = Find(name, MetricType::kGauge)) return AppendMetadata(name, *gauge);
    if (!name.ends_with("_total")) return;
    const std::string family = name.substr(0, name.size() - 6);
    const Metadata* counter = Find(family, MetricType::kCounter);
    if (counter == nullptr) counter = Find(name, MetricType::kCounter);
    if (counter == nullptr || !IsMetricName(family) || names_.contains(family) ||
        names_.contains(family + "_created"))
      return;
    AppendMetadata(family, *counter);
  }

  void AppendMetadata(const std::string& family, const Metadata& metadata) {
    text_ += "# TYPE " + family + ' ';
    text_ += MetricTypeName(metadata.type);
    text_ += '\n';
    if (!metadata.unit.empty() && family.ends_with("_" + metadata.unit))
      text_ += "# UNIT " + family + ' ' + metadata.unit + '\n';
    if (metadata.help.empty()) return;
    text_ += "# HELP " + family + ' ';
    AppendHelp(metadata.help, text_);
    text_ += '\n';
  }

  const Queryable& store_;
  const std::vector<Matcher>& matchers_;
  const int64_t from_ms_;
  const int64_t to_ms_;
  const TextSink& sink_;
  std::set<std::string> names_;  ///< Of all metrics of the store.
  std::map<std::string, Metadata> metadata_;
  /// Not written yet, by series and time.
  std::map<Labels, std::deque<SeriesExemplars::Exemplar>> exemplars_;
  std::deque<SeriesExemplars::Exemplar>* waiting_ = nullptr;  ///< Of the series; null for none.
  std::string series_text_;  ///< What the lines of the series begin with.
  std::string text_;
  OpenMetricsExport done_;
};

}  // namespace

Result<OpenMetricsExport> ExportOpenMetrics(const Queryable& store,
                                            const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms, const TextSink& sink) {
  return Exporter(store, matchers, from_ms, to_ms, sink).Run();
}

}  // namespace hinomi::metrics
