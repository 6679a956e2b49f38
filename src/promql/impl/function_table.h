#ifndef HINOMI_PROMQL_IMPL_FUNCTION_TABLE_H_
#define HINOMI_PROMQL_IMPL_FUNCTION_TABLE_H_

#include <string_view>
#include <vector>

#include "promql/ast.h"

namespace hinomi::promql {

/// How a function is called.
struct FunctionSignature {
  std::string_view name;
  std::vector<ValueType> arguments;
  /// Of the last argument: 0 exactly once, n > 0 at most n times more or less
  /// than written (see MinArguments), -1 any number.
  int variadic = 0;
  ValueType result = ValueType::kVector;
  enum class Feature { kStable, kExperimental, kContext } feature = Feature::kStable;

  size_t MinArguments() const;
  /// SIZE_MAX where there is no limit.
  size_t MaxArguments() const;
};

/// Null if there is no such function (names are case-sensitive).
const FunctionSignature* FindFunction(std::string_view name);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_FUNCTION_TABLE_H_
