#ifndef HINOMI_METRICS_RELABEL_H_
#define HINOMI_METRICS_RELABEL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

namespace hinomi::metrics {

enum class RelabelAction {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase
};

/// Prometheus' words, e.g. "hashmod", in the order of its documentation.
const std::vector<std::pair<std::string, RelabelAction>>& RelabelActions();

/// One step of Prometheus' relabelling with its defaults
/// (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config).
struct RelabelRule {
  RelabelAction action = RelabelAction::kReplace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";  ///< RE2, anchored at both ends; `.` is a line feed as well.
  uint64_t modulus = 0;        ///< Of kHashMod.
  std::string target_label;
  std::string replacement = "$1";  ///< `$1` and `${name}` stand for groups of the regex.

  bool operator==(const RelabelRule&) const = default;
};

/// A key of a rule, and what is wrong with it.
struct RelabelMistake {
  std::string key;
  std::string message;
};

/// What Prometheus refuses of a rule, its regular expression included.
std::optional<RelabelMistake> FindRelabelMistake(const RelabelRule& rule);

/// Rules that are applied one behind the other. Copies share what was compiled.
/// Threads: any.
class RelabelRules {
 public:
  RelabelRules() = default;  ///< None: every label set stays as it is.
  /// kInvalidArgument for a rule with a mistake.
  static Result<RelabelRules> Compile(std::vector<RelabelRule> rules);

  bool empty() const { return compiled_ == nullptr; }
  /// As they were given.
  const std::vector<RelabelRule>& rules() const;
  /// False where a rule drops the labels; they are half changed then.
  bool Apply(Labels& labels) const;

  bool operator==(const RelabelRules& other) const { return rules() == other.rules(); }

 private:
  class Step;
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;  ///< Null: none.
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_RELABEL_H_
