#ifndef HINOMI_POLICY_RULE_DOCUMENTS_H_
#define HINOMI_POLICY_RULE_DOCUMENTS_H_

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

/// What Prometheus' rule files say, as values.
namespace hinomi::policy {

/// A recording rule or an alerting rule; exactly one of `record` and `alert` is set.
struct RuleDocument {
  std::string record;  ///< The metric that the results become.
  std::string alert;   ///< The alert's name.
  std::string expr;    ///< PromQL that can be parsed.
  Duration hold;       ///< `for`, of alerting rules.
  Duration keep_firing_for;
  /// Those of the group and, over them, the rule's own. "" removes a label.
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;  ///< Of alerting rules.

  bool operator==(const RuleDocument&) const = default;
};

/// Rules that are evaluated in order, at the same times.
struct RuleGroupDocument {
  std::string file;  ///< As the pattern found it.
  std::string name;  ///< Unique within its file.
  Duration interval;
  Duration query_offset;  ///< So far back from each time the rules look, and record.
  int limit = 0;          ///< A rule that gives more series fails; 0: none.
  std::map<std::string, std::string> labels;
  std::vector<RuleDocument> rules;

  bool operator==(const RuleGroupDocument&) const = default;
  /// What tells groups apart, as Prometheus writes it: "file;name".
  std::string Key() const { return file + ";" + name; }
};

/// What holds where a group says nothing.
struct RuleDefaults {
  Duration interval = Duration::Minutes(1);
  Duration query_offset;
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_RULE_DOCUMENTS_H_
