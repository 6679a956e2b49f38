#include "base/strings.h"
#include "guide/markdown.h"
#include "guide/reference.h"
#include "metrics/published.h"

namespace hinomi::guide {
namespace {

std::string LabelsOf(const MetricRow& row) {
  std::string out;
  if (row.labels.empty()) return out;
  for (const std::string_view label : Split(row.labels, ','))
    out += (out.empty() ? "" : ", ") + MarkdownCode(label);
  return out;
}

void AppendGroup(std::string& out, Words& words, std::string_view title, std::string_view about,
                 std::span<const MetricRow> rows) {
  out += "\n## " + EscapeMarkdown(words(title)) + "\n\n" + EscapeMarkdown(words(about)) + "\n\n";
  out += MarkdownTableHead(
      {words("metric"), words("type"), words("unit"), words("labels"), words("meaning")});
  for (const MetricRow& row : rows)
    out += MarkdownRow({MarkdownCode(row.name), words(MetricKindName(row.type)), words(row.unit),
                        LabelsOf(row), EscapeMarkdown(words(row.help))});
}

}  // namespace

std::string MetricReference(Words& words) {
  std::string out = "# " + words("Metrics") + "\n\n";
  out += words(
             "Every metric that Hinomi measures itself, by its source. A * stands for the names "
             "that the kernel gives.") +
         "\n";
  AppendGroup(out, words, "Hinomi itself",
              "On /metrics, and in the store under job hinomi. Counters appear when they first "
              "count.",
              OwnMetrics());
  for (const metrics::MetricGroup& group : metrics::PublishedMetrics())
    AppendGroup(out, words, group.title, group.about, group.rows);
  return out;
}

}  // namespace hinomi::guide
