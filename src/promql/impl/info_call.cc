#include <algorithm>

#include "metrics/matcher.h"
#include "promql/impl/evaluator.h"

namespace hinomi::promql {

/// info(v [, {matchers}]): adds the labels of info metrics (target_info unless
/// a matcher on the name says otherwise) with the same instance and job.
Result<Table> EvalInfo(Evaluator& evaluator, const Call&) {
  (void)evaluator;
  return InvalidArgument("function \"info\" is not supported");
}

}  // namespace hinomi::promql
