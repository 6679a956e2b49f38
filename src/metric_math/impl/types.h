#ifndef HINOMI_METRIC_MATH_IMPL_TYPES_H_
#define HINOMI_METRIC_MATH_IMPL_TYPES_H_

#include <functional>
#include <string>
#include <string_view>

#include "metric_math/impl/expr.h"

namespace hinomi::metric_math {

/// "a time series or an array of time series", for the bits of `types`.
std::string TypeNames(unsigned types);

/// What the check of an expression has to know of the set around it.
class TypeScope {
 public:
  virtual ~TypeScope() = default;
  /// The type of the entry of that id, kNoType if it has none that is known. Says itself what is
  /// wrong with it.
  virtual Type TypeOf(const Expr& id) = 0;
  virtual bool IsMetric(std::string_view id) = 0;
  /// True if the id of a metric contains the text.
  virtual bool MatchesMetric(std::string_view text) = 0;
  virtual void Mistake(size_t offset, std::string message) = 0;
  virtual void Warning(size_t offset, std::string message) = 0;
};

/// The type of an expression; kNoType once a mistake was found in it.
Type CheckTypes(const Expr& expr, TypeScope& scope);

}  // namespace hinomi::metric_math

#endif  // HINOMI_METRIC_MATH_IMPL_TYPES_H_
