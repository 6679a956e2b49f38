#include "alarms/composite.h"

#include <algorithm>
#include <cmath>

namespace hinomi::alarms {
namespace {

bool IsIn(const std::string& alarm, const std::string& state, const StateOf& state_of) {
  return ops_model::AlarmStateName(state_of(alarm)) == state;
}

bool AtLeast(const policy::AlarmRule& rule, const StateOf& state_of) {
  const auto counted = std::count_if(
      rule.alarms.begin(), rule.alarms.end(),
      [&](const std::string& alarm) { return IsIn(alarm, rule.state, state_of) != rule.negated; });
  const auto all = static_cast<double>(rule.alarms.size());
  const double needed = rule.per_cent ? std::ceil(rule.least / 100 * all) : rule.least;
  return static_cast<double>(counted) >= needed;
}

}  // namespace

bool Holds(const policy::AlarmRule& rule, const StateOf& state_of) {
  using Kind = policy::AlarmRule::Kind;
  const auto holds = [&](const policy::AlarmRule& operand) { return Holds(operand, state_of); };
  switch (rule.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kState:
      return IsIn(rule.alarms.front(), rule.state, state_of);
    case Kind::kNot:
      return !holds(rule.operands.front());
    case Kind::kAnd:
      return std::all_of(rule.operands.begin(), rule.operands.end(), holds);
    case Kind::kOr:
      return std::any_of(rule.operands.begin(), rule.operands.end(), holds);
    case Kind::kAtLeast:
      return AtLeast(rule, state_of);
  }
  return false;
}

}  // namespace hinomi::alarms
