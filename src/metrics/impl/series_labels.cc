#include "metrics/impl/series_labels.h"

#include <string>

#include "base/strings.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

std::string RenamedLabel(std::string_view name, const Labels& among) {
  std::string renamed = "exported_" + std::string(name);
  while (!among.Get(renamed).empty()) renamed = "exported_" + renamed;
  return renamed;
}

/// No page writes into the store's columns of native histograms.
void FreeHistogramLabel(Labels& labels) {
  const std::string theirs(labels.Get(kHistogramLabel));
  if (theirs.empty()) return;
  labels.Set(RenamedLabel(kHistogramLabel, labels), theirs);
  labels.Set(kHistogramLabel, "");
}

Error OverLabelLimit(const Labels& labels, const std::string& what, size_t found, size_t limit) {
  return Denied("the series " + labels.ToString() + " has " + what + " of " +
                std::to_string(found) + ", and the limit is " + std::to_string(limit));
}

Status CheckLabelLimits(const Labels& labels, const LabelLimits& limits) {
  if (limits.count != 0 && labels.pairs().size() > limits.count)
    return OverLabelLimit(labels, "a number of labels", labels.pairs().size(), limits.count);
  for (const auto& [name, value] : labels.pairs()) {
    if (limits.name_bytes != 0 && name.size() > limits.name_bytes)
      return OverLabelLimit(labels, "a label's name with a length", name.size(), limits.name_bytes);
    if (limits.value_bytes != 0 && value.size() > limits.value_bytes)
      return OverLabelLimit(labels, "a value of the label " + name + " with a length", value.size(),
                            limits.value_bytes);
  }
  return {};
}

}  // namespace

Labels JoinTarget(const Labels& scraped, const PageOptions& options) {
  Labels joined = scraped;
  FreeHistogramLabel(joined);
  for (const auto& [name, value] : options.target.pairs())
    if (!options.honor_labels || scraped.Get(name).empty()) joined.Set(name, value);
  if (options.honor_labels) return joined;
  // Once all of the target's are there: one of them may be called exported_ itself.
  for (const auto& [name, value] : options.target.pairs()) {
    const std::string_view theirs = scraped.Get(name);
    if (theirs.empty()) continue;
    joined.Set(RenamedLabel(name, joined), theirs);
  }
  return joined;
}

Result<PageMemory::Id> SeriesOfScraped(const Labels& scraped, const PageOptions& options,
                                       PageMemory& memory) {
  Labels labels = JoinTarget(scraped, options);
  if (!options.relabel.empty()) {
    if (!options.relabel.Apply(labels) || labels.empty()) return PageMemory::kDropped;
    if (labels.name().empty())
      return InvalidArgument("metric_relabel_configs leave no name (__name__) of the series " +
                             scraped.ToString());
    FreeHistogramLabel(labels);
  }
  HN_TRY_VOID(CheckLabelLimits(labels, options.label_limits));
  return memory.SeriesOfLabels(LabelBytesOf(labels));
}

}  // namespace hinomi::metrics
