#include "rules/order.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hinomi::rules {
namespace {

/// Where each rule can be evaluated at the earliest, one after the other as they stand in the
/// file. Everything is stored at the end of a stage; within one, the order is the file's.
class Stages {
 public:
  size_t Take(const Rule& rule) {
    const size_t stage = EarliestFor(rule);
    NoteReads(rule, stage);
    if (rule.records()) {
      NoteWrite(rule.document.record, stage);
    } else {
      for (const std::string_view metric : kOfAlerts) NoteWrite(metric, stage);
    }
    return stage;
  }

 private:
  // What alerting rules write.
  static constexpr std::string_view kOfAlerts[] = {"ALERTS", "ALERTS_FOR_STATE"};
  /// How a metric was used by the rules so far; zeros for not at all.
  struct Uses {
    size_t after_write = 0;  ///< The first stage that sees all that was written so far.
    size_t last_read = 0;    ///< The last stage that reads it.
  };

  size_t EarliestFor(const Rule& rule) const {
    size_t stage = all_.last_read;
    if (!rule.reads) {
      stage = std::max(stage, all_.after_write);
    } else {
      for (const std::string& metric : *rule.reads) stage = std::max(stage, Of(metric).after_write);
    }
    if (rule.records()) {
      const Uses same = Of(rule.document.record);
      return std::max({stage, same.last_read, same.after_write});
    }
    // An alert may follow another one in the same stage: nothing has to be stored between them.
    for (const std::string_view metric : kOfAlerts) {
      const Uses uses = Of(metric);
      stage = std::max({stage, uses.last_read, uses.after_write - (uses.after_write > 0 ? 1 : 0)});
    }
    return stage;
  }

  void NoteReads(const Rule& rule, size_t stage) {
    if (!rule.reads) {
      all_.last_read = std::max(all_.last_read, stage);
      return;
    }
    for (const std::string& metric : *rule.reads) {
      Uses& uses = of_[metric];
      uses.last_read = std::max(uses.last_read, stage);
    }
  }

  void NoteWrite(std::string_view metric, size_t stage) {
    Uses& uses = of_[metric];
    uses.after_write = std::max(uses.after_write, stage + 1);
    all_.after_write = std::max(all_.after_write, stage + 1);
  }

  Uses Of(std::string_view metric) const {
    const auto found = of_.find(metric);
    return found == of_.end() ? Uses{} : found->second;
  }

  std::unordered_map<std::string_view, Uses> of_;  ///< By metric.
  Uses all_;  ///< Of rules that may read anything; of writes of any metric.
};

}  // namespace

std::vector<size_t> EvaluationOrder(std::span<const Rule> rules) {
  Stages stages;
  std::vector<size_t> stage_of;
  stage_of.reserve(rules.size());
  for (const Rule& rule : rules) stage_of.push_back(stages.Take(rule));
  std::vector<size_t> order(rules.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t rule) { return stage_of[rule]; });
  return order;
}

}  // namespace hinomi::rules
