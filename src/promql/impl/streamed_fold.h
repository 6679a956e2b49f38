#ifndef HINOMI_PROMQL_IMPL_STREAMED_FOLD_H_
#define HINOMI_PROMQL_IMPL_STREAMED_FOLD_H_

#include <optional>

#include "promql/impl/evaluator.h"

namespace hinomi::promql {

/// An aggregation that folds series while the store reads them, so that neither their
/// samples nor their columns are ever held together: sum, avg, min, max, count, group,
/// stddev and stdvar of a selector, or of a function of one that has a ColumnFunction.
/// Nothing where the expression or what was found is of another kind; then the general
/// way has to be gone.
Result<std::optional<Table>> EvalStreamedFold(Evaluator& evaluator, const Aggregate& aggregate);
/// Whether that is tried: it then works unless native histograms are found or an average leaves the
/// range of doubles.
bool IsStreamed(const QueryContext& context, const Aggregate& aggregate);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_STREAMED_FOLD_H_
