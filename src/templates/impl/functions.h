#ifndef HINOMI_TEMPLATES_IMPL_FUNCTIONS_H_
#define HINOMI_TEMPLATES_IMPL_FUNCTIONS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "templates/template.h"
#include "templates/value.h"

namespace hinomi::templates::impl {

/// What an argument must be; the executor sees to it.
enum class Parameter { kAny, kText, kSample, kSamples };
/// Go's name of the type.
std::string_view ParameterName(Parameter parameter);

struct Function {
  std::string_view name;
  std::vector<Parameter> parameters;
  bool variadic = false;  ///< The last parameter stands for any number of them.
  /// Arguments as `parameters` says. Errors: the message as Go's function gives it. Null for
  /// `and` and `or`, which do not look at all of their arguments.
  Result<Value> (*call)(const Context& context, std::span<const Value> arguments) = nullptr;
};

/// Null where there is none of that name.
const Function* FindFunction(std::string_view name);
std::vector<std::string> FunctionNames();

/// Go's own functions, and those of Prometheus.
std::span<const Function> Builtins();
std::span<const Function> PrometheusFunctions();

/// Go's Sprintf of `format`, with its marks for what does not fit: "%!d(float64=1.5)".
std::string Printf(std::string_view format, std::span<const Value> arguments);
/// Go's Sprint and Sprintln.
std::string Print(std::span<const Value> arguments);
std::string PrintLine(std::span<const Value> arguments);
/// C's %.4g and the like, with Go's NaN and infinities; `precision` below 0: the shortest.
std::string FormatFloat(double value, char verb, int precision);
/// Go's url.QueryEscape.
std::string QueryEscape(std::string_view text);

}  // namespace hinomi::templates::impl

#endif  // HINOMI_TEMPLATES_IMPL_FUNCTIONS_H_
