#include "metrics/exposition.h"

#include "base/strings.h"
#include "metrics/impl/exposition_line.h"
#include "metrics/impl/openmetrics_rules.h"

namespace hinomi::metrics {
namespace {

std::optional<MetricType> TypeFromName(std::string_view name, bool openmetrics) {
  if (name == "counter") return MetricType::kCounter;
  if (name == "gauge") return MetricType::kGauge;
  if (name == "histogram") return MetricType::kHistogram;
  if (name == "summary") return MetricType::kSummary;
  if (name == (openmetrics ? "unknown" : "untyped")) return MetricType::kUnknown;
  if (!openmetrics) return std::nullopt;
  if (name == "info") return MetricType::kInfo;
  if (name == "stateset") return MetricType::kStateset;
  if (name == "gaugehistogram") return MetricType::kGaugeHistogram;
  return std::nullopt;
}

/// "TYPE", the family's name and what follows it.
struct MetadataLine {
  std::string_view keyword;
  std::string_view name;
  std::string_view text;
};

bool IsKeyword(std::string_view word, bool openmetrics) {
  return word == "TYPE" || word == "HELP" || (openmetrics && word == "UNIT");
}

class PageParser {
 public:
  PageParser(ExpositionFormat format, ExpositionRules rules, size_t max_samples)
      : openmetrics_(format == ExpositionFormat::kOpenMetrics),
        strict_(openmetrics_ && rules == ExpositionRules::kStrict),
        max_samples_(max_samples) {}

  Result<Exposition> Parse(std::string_view page) {
    size_t number = 0;
    while (!page.empty()) {
      ++number;
      const size_t end = page.find('\n');
      const bool ended = end != std::string_view::npos;
      const std::string_view line = page.substr(0, end);
      page.remove_prefix(ended ? end + 1 : page.size());
      Status status = ended_ ? Status(InvalidArgument("text after # EOF")) : Line(line, ended);
      if (!status) return std::move(status).error().WithContext("line " + std::to_string(number));
    }
    if (openmetrics_ && !ended_)
      return InvalidArgument("line " + std::to_string(number + 1) +
                             ": the page ends without # EOF; it may have been cut");
    return std::move(page_);
  }

 private:
  Status Line(std::string_view line, bool ended) {
    if (openmetrics_ && (line == "# EOF" || (!strict_ && line == "# EOF\r"))) {
      ended_ = true;
      return strict_ ? rules_.Finish() : Status();
    }
    if (strict_ && !ended) return InvalidArgument("the line has no line feed");
    if (!strict_) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      line = TrimBlanks(line);
    }
    if (line.empty()) {
      if (strict_) return InvalidArgument("an empty line");
      return {};
    }
    return line[0] == '#' ? Comment(line) : SampleOf(line);
  }

  static std::string_view TrimBlanks(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    return text;
  }

  Status Comment(std::string_view line) {
    const auto metadata = strict_ ? SplitStrictly(line) : SplitLeniently(line);
    if (!metadata) {
      if (strict_)
        return InvalidArgument(
            "expected \"# TYPE name type\", \"# HELP name text\", \"# UNIT "
            "name unit\" or \"# EOF\"");
      return {};  // A comment.
    }
    if (!IsMetricName(metadata->name))
      return InvalidArgument("\"" + Printable(metadata->name) + "\" is no metric name");
    Metadata& entry = page_.metadata[std::string(metadata->name)];
    if (metadata->keyword == "TYPE") {
      const auto type = TypeFromName(strict_ ? metadata->text : Trim(metadata->text), openmetrics_);
      if (!type) return InvalidArgument("\"" + Printable(metadata->text) + "\" is no metric type");
      entry.type = *type;
      return strict_ ? rules_.OnType(metadata->name, *type) : Status();
    }
    if (metadata->keyword == "UNIT") {
      entry.unit = metadata->text;
      return strict_ ? rules_.OnUnit(metadata->name, metadata->text) : Status();
    }
    if (!IsValidUtf8(metadata->text)) return InvalidArgument("the HELP text is not UTF-8");
    entry.help = Unescape(metadata->text, openmetrics_);
    return strict_ ? rules_.OnHelp(metadata->name) : Status();
  }

  /// One space between the parts; HELP and UNIT may be empty after theirs.
  std::optional<MetadataLine> SplitStrictly(std::string_view line) const {
    if (!line.starts_with("# ")) return std::nullopt;
    line.remove_prefix(2);
    const size_t after_keyword = line.find(' ');
    if (after_keyword == std::string_view::npos) return std::nullopt;
    MetadataLine metadata;
    metadata.keyword = line.substr(0, after_keyword);
    line.remove_prefix(after_keyword + 1);
    const size_t after_name = line.find(' ');
    if (!IsKeyword(metadata.keyword, true) || after_name == std::string_view::npos)
      return std::nullopt;
    metadata.name = line.substr(0, after_name);
    metadata.text = line.substr(after_name + 1);
    return metadata;
  }

  std::optional<MetadataLine> SplitLeniently(std::string_view line) const {
    line = TrimBlanks(line.substr(1));
    MetadataLine metadata;
    const auto take_word = [&] {
      const std::string_view word = line.substr(0, line.find_first_of(" \t"));
      line = TrimBlanks(line.substr(word.size()));
      return word;
    };
    metadata.keyword = take_word();
    if (!IsKeyword(metadata.keyword, openmetrics_)) return std::nullopt;
    metadata.name = take_word();
    metadata.text = line;
    if (metadata.name.empty()) return std::nullopt;
    return metadata;
  }

  Status SampleOf(std::string_view text) {
    HN_TRY(SampleLine line, ParseSampleLine(text, {openmetrics_, strict_}));
    if (strict_) {
      HN_TRY(const bool first, rules_.OnSample(line));
      if (!first) return {};
    }
    if (max_samples_ != 0 && page_.samples.size() >= max_samples_)
      return Exhausted("the page has more than the limit of " + std::to_string(max_samples_) +
                       " samples");
    line.labels.emplace_back("__name__", line.name);
    ExposedSample& sample = page_.samples.emplace_back();
    sample.labels = Labels(std::move(line.labels));
    sample.value = line.value;
    sample.at_ms = line.at_ms;
    if (line.exemplar) {
      Exemplar& exemplar = page_.exemplars.emplace_back();
      exemplar.series = sample.labels;
      exemplar.labels = Labels(std::move(line.exemplar->labels));
      exemplar.value = line.exemplar->value;
      if (line.exemplar->at_s) exemplar.at_ms = static_cast<int64_t>(*line.exemplar->at_s * 1000);
    }
    return {};
  }

  static std::string Printable(std::string_view text) {
    std::string cut(text.substr(0, 40));
    while (!cut.empty() && !IsValidUtf8(cut)) cut.pop_back();
    return cut;
  }

  bool openmetrics_;
  bool strict_;
  size_t max_samples_;
  bool ended_ = false;
  OpenMetricsRules rules_;
  Exposition page_;
};

}  // namespace

ExpositionFormat ExpositionFormatOf(std::string_view content_type) {
  const std::string_view type = Trim(content_type.substr(0, content_type.find(';')));
  return EqualsIgnoreCase(type, "application/openmetrics-text") ? ExpositionFormat::kOpenMetrics
                                                                : ExpositionFormat::kText;
}

Result<Exposition> ParseExposition(std::string_view page, ExpositionFormat format,
                                   ExpositionRules rules, size_t max_samples) {
  return PageParser(format, rules, max_samples).Parse(page);
}

}  // namespace hinomi::metrics
