#ifndef HINOMI_TEMPLATES_IMPL_METHODS_H_
#define HINOMI_TEMPLATES_IMPL_METHODS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "templates/impl/functions.h"

namespace hinomi::templates::impl {

/// A method of Go's time.Time or time.Duration.
struct Method {
  std::string_view name;
  std::vector<Parameter> parameters;
  /// `of` is of the method's kind; arguments as `parameters` says.
  Value (*call)(const Value& of, std::span<const Value> arguments) = nullptr;
};

/// Null where values of that kind have none of that name.
const Method* FindMethod(const Value& of, std::string_view name);

/// Go's Time.Format, in UTC: `layout` is how 2006-01-02 15:04:05 would be written
/// (https://pkg.go.dev/time#pkg-constants).
std::string FormatTime(Instant at, std::string_view layout);

}  // namespace hinomi::templates::impl

#endif  // HINOMI_TEMPLATES_IMPL_METHODS_H_
