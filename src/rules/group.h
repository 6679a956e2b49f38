#ifndef HINOMI_RULES_GROUP_H_
#define HINOMI_RULES_GROUP_H_

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/rule_documents.h"
#include "promql/ast.h"
#include "rules/grid.h"
#include "templates/alert_text.h"

namespace hinomi::rules {

/// A rule whose expression was parsed, once.
struct Rule {
  policy::RuleDocument document;
  promql::ExprPtr expr;
  std::string query;  ///< The expression in its canonical form.
  /// The metrics that the expression reads; nothing where it may read any.
  std::optional<std::set<std::string>> reads;
  /// Of an alerting rule: the policy's `AlertRuleId`, and its texts.
  std::string id;
  std::vector<std::pair<std::string, templates::AlertText>> labels;
  std::vector<std::pair<std::string, templates::AlertText>> annotations;

  bool records() const { return !document.record.empty(); }
};

/// A group ready to be evaluated. Immutable; threads: any.
class Group {
 public:
  /// The document is one of a sound rule file (policy/rule_files.h): its expressions are parsed
  /// by the same parser.
  explicit Group(policy::RuleGroupDocument document);
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const policy::RuleGroupDocument& document() const { return document_; }
  const std::string& key() const { return key_; }
  const Grid& grid() const { return grid_; }
  const std::vector<Rule>& rules() const { return rules_; }
  /// In which order they are evaluated: numbers of `rules()` (rules/order.h).
  const std::vector<size_t>& order() const { return order_; }
  /// How many of the rules record; the others are alerting rules.
  size_t recording_count() const { return recording_count_; }

 private:
  policy::RuleGroupDocument document_;
  std::string key_;
  Grid grid_;
  std::vector<Rule> rules_;
  std::vector<size_t> order_;
  size_t recording_count_ = 0;
};

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_GROUP_H_
