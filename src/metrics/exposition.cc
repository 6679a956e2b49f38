#include "metrics/exposition.h"

#include "base/strings.h"
#include "metrics/impl/exposition_line.h"
#include "metrics/impl/metadata_line.h"
#include "metrics/impl/openmetrics_rules.h"
#include "metrics/impl/page_walk.h"

namespace hinomi::metrics {
namespace {

/// Collects what a page says.
class PageCollector {
 public:
  PageCollector(LineStyle style, size_t max_samples) : style_(style), max_samples_(max_samples) {}

  static size_t TakeKnown(std::string_view) { return 0; }
  Status OnEnd() { return style_.strict ? rules_.Finish() : Status(); }

  Status OnComment(std::string_view line) {
    const auto metadata = SplitMetadataLine(line, style_);
    if (!metadata) {
      if (style_.strict)
        return InvalidArgument(
            "expected \"# TYPE name type\", \"# HELP name text\", \"# UNIT "
            "name unit\" or \"# EOF\"");
      return {};  // A comment.
    }
    Metadata& entry = page_.metadata[std::string(metadata->name)];
    HN_TRY_VOID(ApplyMetadataLine(*metadata, style_, entry));
    if (!style_.strict) return {};
    if (metadata->keyword == "TYPE") return rules_.OnType(metadata->name, entry.type);
    if (metadata->keyword == "UNIT") return rules_.OnUnit(metadata->name, entry.unit);
    return rules_.OnHelp(metadata->name);
  }

  Status OnSample(std::string_view text) {
    HN_TRY(SampleLine line, ParseSampleLine(text, style_));
    if (style_.strict) {
      HN_TRY(const bool first, rules_.OnSample(line));
      if (!first) return {};
    }
    if (max_samples_ != 0 && page_.samples.size() >= max_samples_)
      return TooManySamples(max_samples_);
    line.labels.emplace_back("__name__", line.name);
    ExposedSample& sample = page_.samples.emplace_back();
    sample.labels = Labels(std::move(line.labels));
    sample.value = line.value;
    sample.at_ms = line.at_ms;
    if (line.exemplar) {
      Exemplar& exemplar = page_.exemplars.emplace_back();
      exemplar.sample = page_.samples.size() - 1;
      exemplar.labels = Labels(std::move(line.exemplar->labels));
      exemplar.value = line.exemplar->value;
      exemplar.at_ms = line.exemplar->at_ms();
    }
    return {};
  }

  Exposition Take() { return std::move(page_); }

 private:
  LineStyle style_;
  size_t max_samples_;
  OpenMetricsRules rules_;
  Exposition page_;
};

}  // namespace

ExpositionFormat ExpositionFormatOf(std::string_view content_type, ExpositionFormat otherwise) {
  const std::string_view type = Trim(content_type.substr(0, content_type.find(';')));
  if (EqualsIgnoreCase(type, "application/openmetrics-text")) return ExpositionFormat::kOpenMetrics;
  if (EqualsIgnoreCase(type, "application/vnd.google.protobuf")) return ExpositionFormat::kProtobuf;
  return EqualsIgnoreCase(type, "text/plain") ? ExpositionFormat::kText : otherwise;
}

Result<Exposition> ParseExposition(std::string_view page, ExpositionFormat format,
                                   ExpositionRules rules, size_t max_samples) {
  const bool openmetrics = format == ExpositionFormat::kOpenMetrics;
  const LineStyle style{openmetrics, openmetrics && rules == ExpositionRules::kStrict};
  PageCollector collector(style, max_samples);
  HN_TRY_VOID(PageWalk(style, collector).Run(page));
  return collector.Take();
}

}  // namespace hinomi::metrics
