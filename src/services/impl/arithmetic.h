#ifndef HINOMI_SERVICES_IMPL_ARITHMETIC_H_
#define HINOMI_SERVICES_IMPL_ARITHMETIC_H_

#include <optional>
#include <string>
#include <vector>

#include "ops_model/event.h"
#include "policy/documents.h"

/// The figures behind a scaling, without a service around them.
namespace hinomi::services::impl {

/// A number for a sentence: four significant digits.
std::string Figure(double value);

/// How far the value is beyond the alarm's threshold, in the direction in which
/// it is breached; below zero where it is not. An alarm on "≥" or "≤" is breached
/// at 0, as is one on ">" or "<" just beyond.
double Beyond(const policy::AlarmDocument& alarm, double value);

/// The newest point that has a value.
std::optional<double> NewestValue(const std::vector<ops_model::Datapoint>& newest_first);

/// Step scaling ("Step scaling policies", Application Auto Scaling): the last step
/// that begins at or below `beyond`. Percentages are rounded down, to one replica
/// at least. `present` where no step fits.
int AfterStep(const std::vector<policy::ScalingStepDocument>& steps, double beyond, int present);

/// What target tracking asks for, before the bounds are looked at.
struct TargetVerdict {
  int count = 0;     ///< As before: nothing is asked for.
  double value = 0;  ///< The value that it was reckoned with.
};
/// Out: the newest three values all above the target; the newest one counts. In:
/// the newest fifteen periods all have a value, below 0.9 of the target; the
/// highest counts, and one replica goes. `present` is the number of replicas.
TargetVerdict AfterTarget(double target, const std::vector<ops_model::Datapoint>& newest_first,
                          int present);

/// 1, 2, 4 … 60 s after the first, second, third … try.
Duration PauseAfterTry(int attempt);

}  // namespace hinomi::services::impl

#endif  // HINOMI_SERVICES_IMPL_ARITHMETIC_H_
