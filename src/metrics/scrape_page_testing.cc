#include "metrics/scrape_page_testing.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/strings.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

Labels JoinPlainly(const Labels& scraped, const PageOptions& options) {
  using Map = std::map<std::string, std::string>;
  Map page(scraped.pairs().begin(), scraped.pairs().end());
  const Map target(options.target.pairs().begin(), options.target.pairs().end());
  Map joined = options.honor_labels ? page : target;
  joined.insert(target.begin(), target.end());
  // Of two with one name the first stays: what is left of the page clashes.
  for (auto label = page.begin(); label != page.end();)
    label = joined.insert(*label).second || options.honor_labels ? page.erase(label) : ++label;
  for (const auto& [name, value] : page) {
    std::string free = name;
    while (joined.contains(free)) free.insert(0, "exported_");
    joined[free] = value;
  }
  return Labels(std::vector<Labels::Pair>(joined.begin(), joined.end()));
}

/// Nothing for a series that relabelling drops.
Result<std::optional<Labels>> SeriesPlainly(const Labels& scraped, const PageOptions& options) {
  Labels labels = JoinPlainly(scraped, options);
  if (!options.relabel.Apply(labels) || labels.empty()) return std::optional<Labels>();
  if (labels.name().empty()) return InvalidArgument("no name");
  return std::optional(std::move(labels));
}

/// Bit for bit, in the order of the page.
std::string PageLine(const Labels& labels, const Sample& sample) {
  return labels.ToString() + ' ' + std::to_string(std::bit_cast<uint64_t>(sample.value)) + '@' +
         std::to_string(sample.at_ms);
}

std::string ExemplarText(const Labels& series, const Labels& labels, double value, int64_t at_ms) {
  return series.ToString() + " # " + labels.ToString() + PageLine({}, {at_ms, value});
}

/// Markers stand in another order.
std::vector<std::string> PageLinesOf(const std::vector<WriteSeries>& all) {
  std::vector<std::string> lines;
  std::vector<std::string> markers;
  for (const WriteSeries& series : all)
    for (const Sample& sample : series.samples)
      (IsStaleMarker(sample.value) ? markers : lines).push_back(PageLine(series.labels, sample));
  std::sort(markers.begin(), markers.end());
  lines.insert(lines.end(), markers.begin(), markers.end());
  return lines;
}

void CheckSame(const PageSamples& fast, const PlainPageReader::Page& plain) {
  const auto expanded = Expand(fast.batch);
  HN_CHECK(expanded.has_value());
  HN_CHECK(PageLinesOf(*expanded) == PageLinesOf(plain.series));
  HN_CHECK(fast.scraped == plain.scraped && fast.added == plain.added);
  std::vector<std::string> exemplars;
  for (const RawBatch::Exemplar& exemplar : fast.batch.exemplars)
    exemplars.push_back(ExemplarText(*ParseLabelBytes(exemplar.series),
                                     *ParseLabelBytes(exemplar.labels), exemplar.sample.value,
                                     exemplar.sample.at_ms));
  HN_CHECK(exemplars == plain.exemplars);
}

}  // namespace

Result<PlainPageReader::Page> PlainPageReader::Read(std::string_view page, ExpositionFormat format,
                                                    Instant at) {
  const size_t most = options_.relabel.empty() ? options_.sample_limit : 0;
  HN_TRY(Exposition exposition, ParseExposition(page, format, options_.rules, most));
  Page result;
  result.scraped = exposition.samples.size();
  given_live_.clear();
  given_metadata_ = std::move(exposition.metadata);
  const auto time_of = [&](const ExposedSample& sample) {
    return options_.honor_timestamps ? sample.at_ms.value_or(at.millis()) : at.millis();
  };
  std::set<std::pair<Labels, int64_t>> seen;
  std::vector<std::optional<Labels>> kept;
  size_t kept_count = 0;
  for (const ExposedSample& sample : exposition.samples) {
    const bool own_time = options_.honor_timestamps && sample.at_ms.has_value();
    HN_TRY(kept.emplace_back(), SeriesPlainly(sample.labels, options_));
    if (!kept.back()) continue;
    if (options_.sample_limit != 0 && ++kept_count > options_.sample_limit)
      return Exhausted("too many samples");
    const Labels& labels = *kept.back();
    if (!seen.emplace(labels, time_of(sample)).second) continue;
    if (!own_time && given_live_.insert(labels).second && !live_.contains(labels)) ++result.added;
    result.series.push_back({labels, {{time_of(sample), sample.value}}});
  }
  for (const Exemplar& exemplar : exposition.exemplars) {
    const ExposedSample& sample = exposition.samples[exemplar.sample];
    if (const auto& labels = kept[exemplar.sample])
      result.exemplars.push_back(ExemplarText(*labels, exemplar.labels, exemplar.value,
                                              exemplar.at_ms.value_or(time_of(sample))));
  }
  for (const Labels& labels : live_)
    if (!given_live_.contains(labels))
      result.series.push_back({labels, {{at.millis(), StaleMarker()}}});
  return result;
}

PlainPageReader::Page PlainPageReader::End(Instant at) {
  given_live_.clear();
  given_metadata_.clear();
  Page result;
  result.series = StaleMarkers(live_, at);
  return result;
}

void PlainPageReader::Stored() {
  live_ = std::exchange(given_live_, {});
  for (auto& [metric, metadata] : std::exchange(given_metadata_, {})) metadata_[metric] = metadata;
}

void PlainPageReader::NotStored() {
  live_.merge(std::exchange(given_live_, {}));
}

void ComparedPageReaders::FollowHandles(const RawBatch& batch) {
  for (const RawBatch::Series& series : batch.series) {
    if (series.handle == nullptr) continue;
    if (series.handle->store == 0) {
      *series.handle = {1, static_cast<uint32_t>(stored_.size())};
      stored_.emplace_back(series.label_bytes);
    } else {
      ++followed_;
    }
    HN_CHECK(stored_.at(series.handle->series) == series.label_bytes);
  }
}

bool ComparedPageReaders::Scrape(std::string_view page, ExpositionFormat format, Instant at,
                                 Fate fate) {
  auto fast = fast_.Read(page, format, at);
  auto plain = plain_.Read(page, format, at);
  HN_CHECK(fast.has_value() == plain.has_value());
  const bool readable = fast.has_value();
  if (!readable) {
    HN_CHECK(fast.error().code == plain.error().code);
    HN_CHECK(fast.error().message == plain.error().message);
    fast = fast_.End(at);
    plain = plain_.End(at);
  }
  CheckSame(*fast, *plain);
  FollowHandles(fast->batch);
  if (fate == Fate::kNotStored) {
    fast_.NotStored();
    plain_.NotStored();
    return readable;
  }
  for (const auto& [metric, metadata] : fast->metadata) metadata_[metric] = metadata;
  fast_.Stored();
  plain_.Stored();
  HN_CHECK(metadata_ == plain_.metadata());
  return readable;
}

}  // namespace hinomi::metrics
