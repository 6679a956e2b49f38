#include "data_check/data_check.h"

#include <iterator>

#include "data_check/impl/checks.h"

namespace hinomi::data_check {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kNothingSelected:
      return "nothing_selected";
    case Code::kCannotFire:
      return "cannot_fire";
    case Code::kAlwaysFires:
      return "always_fires";
    case Code::kPeriodTooShort:
      return "period_too_short";
    case Code::kUnit:
      return "unit";
    case Code::kNightly:
      return "nightly";
    case Code::kNotLookedAt:
      return "not_looked_at";
  }
  return "";
}

std::vector<Finding> CheckAgainstData(const policy::OpsFolder& folder, const World& world,
                                      Instant now) {
  std::vector<Finding> found;
  for (const auto check : {impl::CheckMetricAlarms, impl::CheckExpressions, impl::CheckNights}) {
    std::vector<Finding> some = check(folder, world, now);
    found.insert(found.end(), std::make_move_iterator(some.begin()),
                 std::make_move_iterator(some.end()));
  }
  return found;
}

}  // namespace hinomi::data_check
