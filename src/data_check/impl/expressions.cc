#include <set>

#include "data_check/impl/checks.h"
#include "promql/parser.h"

namespace hinomi::data_check::impl {
namespace {

constexpr Duration kLastDay = Duration::Days(1);

/// These look for what is not there.
bool ExpectsNothing(const promql::Expr& expr) {
  const auto* call = expr.As<promql::Call>();
  return call != nullptr && (call->function == "absent" || call->function == "absent_over_time");
}

class ExpressionCheck {
 public:
  ExpressionCheck(const World& world, Instant now, std::vector<Finding>& found)
      : world_(world), from_((now - kLastDay).millis()), to_(now.millis()), found_(found) {}

  void Run(const std::string& name, const std::string& text, bool alerts) {
    const auto expr = promql::Parse(text);
    if (!expr) return;  // A mistake of the folder, told elsewhere.
    name_ = name;
    told_.clear();
    if (alerts && promql::SelectorsOf(**expr).empty())
      Found(Code::kCannotFire, text + " reads no series: it always gives the same");
    Look(**expr);
  }

 private:
  void Found(Code code, std::string message) {
    found_.push_back({name_, code, std::move(message)});
  }

  void Look(const promql::Expr& expr) {
    if (ExpectsNothing(expr)) return;
    if (const auto* selector = expr.As<promql::VectorSelector>()) return LookAt(expr, *selector);
    for (const promql::Expr* child : promql::ChildrenOf(expr)) Look(*child);
  }

  void LookAt(const promql::Expr& expr, const promql::VectorSelector& selector) {
    const std::string text = promql::Format(expr);
    if (!told_.insert(text).second) return;
    const auto series = world_.store.SelectLabels(selector.matchers, from_, to_);
    if (!series)
      Found(Code::kNotLookedAt, text + " could not be looked at: " + series.error().message);
    else if (series->empty())
      Found(Code::kNothingSelected, text + " matches no series of the last day");
  }

  const World& world_;
  int64_t from_, to_;
  std::vector<Finding>& found_;
  std::string name_;
  std::set<std::string> told_;
};

}  // namespace

std::vector<Finding> CheckExpressions(const policy::OpsFolder& folder, const World& world,
                                      Instant now) {
  std::vector<Finding> found;
  ExpressionCheck check(world, now, found);
  for (const policy::AlarmDocument& alarm : folder.alarms)
    if (alarm.is_promql() && alarm.rule_file.empty()) check.Run(alarm.name, alarm.expr, true);
  for (const policy::RuleGroupDocument& group : folder.rule_groups)
    for (const policy::RuleDocument& rule : group.rules)
      check.Run(rule.alert.empty() ? rule.record : rule.alert, rule.expr, !rule.alert.empty());
  return found;
}

}  // namespace hinomi::data_check::impl
