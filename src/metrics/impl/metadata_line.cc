#include "metrics/impl/metadata_line.h"

#include <string>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

std::optional<MetricType> TypeFromName(std::string_view name, bool openmetrics) {
  using enum MetricType;
  if (!openmetrics && name == "untyped") return kUnknown;
  for (const MetricType type : {kCounter, kGauge, kHistogram, kSummary})
    if (name == MetricTypeName(type)) return type;
  if (!openmetrics) return std::nullopt;
  for (const MetricType type : {kUnknown, kInfo, kStateset, kGaugeHistogram})
    if (name == MetricTypeName(type)) return type;
  return std::nullopt;
}

bool IsKeyword(std::string_view word, bool openmetrics) {
  return word == "TYPE" || word == "HELP" || (openmetrics && word == "UNIT");
}

/// One space between the parts; HELP and UNIT may be empty after theirs.
std::optional<MetadataLine> SplitStrictly(std::string_view line) {
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

std::optional<MetadataLine> SplitLeniently(std::string_view line, bool openmetrics) {
  const auto skip_blanks = [&] {
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  };
  const auto take_word = [&] {
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(word.size());
    skip_blanks();
    return word;
  };
  line.remove_prefix(1);
  skip_blanks();
  MetadataLine metadata;
  metadata.keyword = take_word();
  if (!IsKeyword(metadata.keyword, openmetrics)) return std::nullopt;
  metadata.name = take_word();
  metadata.text = line;
  if (metadata.name.empty()) return std::nullopt;
  return metadata;
}

std::string Printable(std::string_view text) {
  std::string cut(text.substr(0, 40));
  while (!cut.empty() && !IsValidUtf8(cut)) cut.pop_back();
  return cut;
}

/// OpenMetrics' escaped-string: quotes and backslashes stand behind a backslash.
bool IsEscaped(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\' && ++i == text.size()) return false;
  }
  return true;
}

}  // namespace

std::optional<MetadataLine> SplitMetadataLine(std::string_view line, LineStyle style) {
  return style.strict ? SplitStrictly(line) : SplitLeniently(line, style.openmetrics);
}

Status ApplyMetadataLine(const MetadataLine& line, LineStyle style, Metadata& metadata) {
  if (!IsMetricName(line.name))
    return InvalidArgument("\"" + Printable(line.name) + "\" is no metric name");
  if (line.keyword == "TYPE") {
    const auto type = TypeFromName(style.strict ? line.text : Trim(line.text), style.openmetrics);
    if (!type) return InvalidArgument("\"" + Printable(line.text) + "\" is no metric type");
    metadata.type = *type;
  } else if (line.keyword == "UNIT") {
    metadata.unit = line.text;
  } else {
    if (!IsValidUtf8(line.text)) return InvalidArgument("the HELP text is not UTF-8");
    if (style.strict && !IsEscaped(line.text))
      return InvalidArgument("a quote or a backslash of the HELP text has no backslash before it");
    metadata.help = Unescape(line.text, style.openmetrics);
  }
  return {};
}

}  // namespace hinomi::metrics
