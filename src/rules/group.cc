#include "rules/group.h"

#include <algorithm>

#include "base/check.h"
#include "base/digest.h"
#include "base/strings.h"
#include "policy/alert_rules.h"
#include "promql/parser.h"
#include "rules/order.h"

namespace hinomi::rules {
namespace {

/// info() reads metrics that no selector of the text names.
bool ReadsUnnamed(const promql::Expr& expr) {
  if (const auto* call = expr.As<promql::Call>(); call != nullptr && call->function == "info")
    return true;
  const std::vector<const promql::Expr*> children = promql::ChildrenOf(expr);
  return std::any_of(children.begin(), children.end(),
                     [](const promql::Expr* child) { return ReadsUnnamed(*child); });
}

std::optional<std::set<std::string>> MetricsOf(const promql::Expr& expr) {
  if (ReadsUnnamed(expr)) return std::nullopt;
  std::set<std::string> names;
  for (const promql::VectorSelector* selector : promql::SelectorsOf(expr)) {
    const auto name = std::find_if(
        selector->matchers.begin(), selector->matchers.end(), [](const metrics::Matcher& matcher) {
          return matcher.label == "__name__" && matcher.type == metrics::MatchType::kEqual &&
                 !matcher.value.empty();
        });
    if (name == selector->matchers.end()) return std::nullopt;
    names.insert(name->value);
  }
  return names;
}

std::vector<std::pair<std::string, templates::AlertText>> TextsOf(
    const std::string& alert, const std::map<std::string, std::string>& texts) {
  std::vector<std::pair<std::string, templates::AlertText>> parsed;
  for (const auto& [name, text] : texts) {
    auto one = templates::AlertText::Parse(alert, text);
    HN_CHECK(std::holds_alternative<templates::AlertText>(one));
    parsed.emplace_back(name, std::get<templates::AlertText>(std::move(one)));
  }
  return parsed;
}

/// Texts that ask for other series may ask for any.
bool TextsQuery(const Rule& rule) {
  const auto queries = [](const auto& text) { return text.second.queries(); };
  return std::ranges::any_of(rule.labels, queries) ||
         std::ranges::any_of(rule.annotations, queries);
}

}  // namespace

Grid::Grid(std::string_view key, Duration interval) : interval_(interval) {
  HN_CHECK(interval.millis() > 0);
  offset_ = Duration::Millis(
      static_cast<int64_t>(Hash64(key) % static_cast<uint64_t>(interval.millis())));
}

Instant Grid::AtOrBefore(Instant time) const {
  const int64_t moved = time.nanos() - offset_.nanos();
  const int64_t step = interval_.nanos();
  const int64_t rest = ((moved % step) + step) % step;
  return time - Duration::Nanos(rest);
}

Group::Group(policy::RuleGroupDocument document)
    : document_(std::move(document)), key_(document_.Key()), grid_(key_, document_.interval) {
  for (const policy::RuleDocument& one : document_.rules) {
    Rule& rule = rules_.emplace_back();
    rule.document = one;
    auto parsed = promql::Parse(one.expr);
    HN_CHECK(parsed.has_value());
    rule.expr = *std::move(parsed);
    rule.query = promql::Format(*rule.expr);
    rule.reads = MetricsOf(*rule.expr);
    if (rule.records()) {
      ++recording_count_;
      continue;
    }
    rule.id = policy::AlertRuleId(document_, one);
    rule.labels = TextsOf(one.alert, one.labels);
    rule.annotations = TextsOf(one.alert, one.annotations);
    if (TextsQuery(rule)) rule.reads.reset();
  }
  order_ = EvaluationOrder(rules_);
}

}  // namespace hinomi::rules
