#ifndef HINOMI_PROMQL_IMPL_COARSE_READ_H_
#define HINOMI_PROMQL_IMPL_COARSE_READ_H_

#include <functional>
#include <optional>
#include <string_view>

#include "promql/impl/evaluator.h"

namespace hinomi::promql {

// Selectors that are read from downsampled windows instead of samples (docs/promql.md,
// "Downsampled history").

/// What one function asks of one selector, in windows of the store. The answer at a step is
/// that of the samples at the last multiple of `window_ms`, of a range rounded up to one.
struct CoarseRead {
  const VectorSelector* selector = nullptr;
  std::string_view function;  ///< "" for an instant selector.
  bool keeps_name = true;
  int64_t window_ms = 0;
  int64_t range_ms = 0;  ///< A multiple of it; of an instant selector how far it looks back.
  double share = 1;      ///< What was asked for of that: 1 unless rounded up.
  int64_t offset_ms = 0;
  std::optional<int64_t> at_ms;  ///< From `@`.
};

/// How `function` of `matrix` had better be read; nothing: from samples. `matrix` null:
/// `selector` itself.
Result<std::optional<CoarseRead>> ChooseCoarseRead(Evaluator& evaluator,
                                                   const VectorSelector& selector,
                                                   const MatrixSelector* matrix,
                                                   std::string_view function);

/// A series with a value at some step, by labels; the column may be changed.
using CoarseVisitor = std::function<Status(metrics::Labels& labels, Column& values,
                                           const std::vector<uint8_t>& present)>;
/// False, without a visit, where samples have to be read all the same.
Result<bool> VisitCoarse(Evaluator& evaluator, const CoarseRead& read, const Span& span,
                         const CoarseVisitor& visit);

/// The same as a table; nothing where samples have to be read. `call` null for an
/// instant selector.
Result<std::optional<Table>> EvalCoarse(Evaluator& evaluator, const VectorSelector& selector,
                                        const MatrixSelector* matrix, const Call* call,
                                        const Span& span);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_COARSE_READ_H_
