#include "metrics/tsdb/churn_watch.h"

#include <algorithm>
#include <map>
#include <set>

namespace hinomi::metrics {
namespace {

constexpr size_t kSlicesAnHour = 6;
constexpr size_t kExamples = 1024;

using Examples = std::vector<EndedSeries::Example>;

/// The label with most different values among those that are new.
std::string LabelBehind(const Examples& examples) {
  std::map<std::string, std::set<std::string_view>> values;
  for (const auto& [labels, new_names] : examples)
    for (const std::string& name : new_names) values[name].insert(labels.Get(name));
  std::string label;
  size_t most = 0;
  for (const auto& [name, of_it] : values) {
    if (of_it.size() <= most) continue;
    most = of_it.size();
    label = name;
  }
  return label;
}

std::string MetricOfMost(const Examples& examples) {
  std::map<std::string_view, size_t> series;
  for (const auto& [labels, new_names] : examples) ++series[labels.name()];
  const auto most =
      std::max_element(series.begin(), series.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == series.end() ? "" : std::string(most->first);
}

Churn Explain(const EndedSeries& ended, const Head& head, const HeadMark& from) {
  Churn churn;
  churn.ended = ended.count;
  churn.live = ended.live;
  churn.label = LabelBehind(ended.examples);
  churn.metric = MetricOfMost(ended.examples);
  if (churn.label.empty()) return churn;
  churn.new_values = head.NewValues(churn.label, from);
  for (const auto& [labels, new_names] : ended.examples) {
    if (labels.name() != churn.metric || labels.Get(churn.label).empty()) continue;
    churn.example = labels.Get(churn.label);
    break;
  }
  return churn;
}

}  // namespace

bool ChurnWatch::Look(const Head& head, uint64_t generation, Duration monotonic) {
  if (generation_ != generation) {
    // All its series are new to it at first, also those that live on.
    generation_ = generation;
    marks_.clear();
    next_ = monotonic + kSlice;
    return false;
  }
  if (monotonic < next_) return false;
  next_ = monotonic + kSlice;
  marks_.push_back(head.Mark());
  if (marks_.size() > kSlicesAnHour + 1) marks_.pop_front();
  if (marks_.size() < 3) return false;
  const HeadMark& from = marks_.front();
  // What has had no sample for a slice has ended.
  const HeadMark& to = marks_[marks_.size() - 2];
  churn_.reset();
  if (to.next_id - from.next_id < kFewest) return true;
  const EndedSeries ended = head.EndedBetween(from, to, kExamples);
  if (ended.count >= std::max(kFewest, ended.live)) churn_ = Explain(ended, head, from);
  return true;
}

}  // namespace hinomi::metrics
