#include "metric_math/impl/types.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace hinomi::metric_math {
namespace {

using Kind = Expr::Kind;
using Form = Parameter::Form;
using Returns = Function::Returns;

std::string Ordinal(size_t index) {
  static constexpr std::string_view kWords[] = {"first", "second", "third", "fourth"};
  return std::string(kWords[std::min(index, std::size(kWords) - 1)]);
}

std::string Expected(const Parameter& parameter) {
  switch (parameter.form) {
    case Form::kString:
      return "a text in quotes";
    case Form::kMetric:
      return "the id of a metric";
    case Form::kEntry:
      return "the id of a metric or of an expression";
    default:
      break;
  }
  std::string expected = parameter.types == 0 ? "" : TypeNames(parameter.types);
  if (!parameter.words.empty()) {
    if (!expected.empty()) expected += ", or ";
    expected += Join(parameter.words, " or ");
  }
  return expected;
}

bool IsWord(const Expr& expr, const Parameter& parameter) {
  return expr.kind == Kind::kWord && std::ranges::count(parameter.words, expr.text) > 0;
}

Type ArrayOf(const Expr& expr, TypeScope& scope) {
  Type type = kArray;
  for (const ExprPtr& element : expr.args) {
    const Type found = CheckTypes(*element, scope);
    if (found == kScalar)
      scope.Mistake(element->offset, "expected time series between [ and ], got a scalar");
    if (found == kNoType || found == kScalar) type = kNoType;
  }
  return type;
}

Type BinaryOf(const Expr& expr, TypeScope& scope) {
  const Type left = CheckTypes(*expr.args[0], scope);
  const Type right = CheckTypes(*expr.args[1], scope);
  if (left == kNoType || right == kNoType) return kNoType;
  const std::string op(OpText(expr.op));
  if (IsLogical(expr.op) && (left == kArray || right == kArray)) {
    scope.Mistake(expr.offset, "expected scalars or time series on both sides of " + op +
                                   ", got an array of time series");
    return kNoType;
  }
  if (left == kArray && right == kArray) {
    scope.Mistake(expr.offset, "expected an array of time series on one side of " + op +
                                   " only; combine the other, e.g. with SUM");
    return kNoType;
  }
  return std::max(left, right);
}

/// True if the argument is what the parameter asks for; its type goes to `type`.
bool Fits(const Expr& argument, const Parameter& parameter, TypeScope& scope, Type& type) {
  switch (parameter.form) {
    case Form::kString:
      return argument.kind == Kind::kString;
    case Form::kWord:
      return IsWord(argument, parameter);
    case Form::kMetric:
      if (argument.kind != Kind::kId) return false;
      type = scope.TypeOf(argument);
      return type == kNoType || scope.IsMetric(argument.text);
    case Form::kEntry:
      if (argument.kind != Kind::kId) return false;
      break;
    case Form::kValue:
      if (IsWord(argument, parameter)) return true;
      // A word that belongs elsewhere is told what belongs here.
      if (argument.kind == Kind::kWord && !parameter.words.empty()) return false;
      break;
  }
  type = CheckTypes(argument, scope);
  return type == kNoType || (parameter.types & type) != 0;
}

std::string Got(const Expr& argument, Type type) {
  if (type == kNoType) return Format(argument);
  return TypeNames(type) + " (" + Format(argument) + ")";
}

bool CountFits(const Expr& call, TypeScope& scope) {
  const Function& function = *call.function;
  const size_t most = function.parameters.size();
  if (call.args.size() >= function.required && call.args.size() <= most) return true;
  std::string expected = std::to_string(function.required);
  if (most > function.required) expected += " to " + std::to_string(most);
  scope.Mistake(call.offset, function.name + ": expected " + expected +
                                 (expected == "1" ? " argument" : " arguments") + ", got " +
                                 std::to_string(call.args.size()));
  return false;
}

Type ResultOf(const Expr& call, const std::vector<Type>& types) {
  switch (call.function->returns) {
    case Returns::kAsFirst:
      return types[0];
    case Returns::kReduced:
      return types[0] == kSeries ? kScalar : kSeries;
    case Returns::kScalar:
      return kScalar;
    case Returns::kSeries:
      return kSeries;
    case Returns::kArray:
      return kArray;
    case Returns::kSlice:
      return SlicesOne(call) ? kSeries : kArray;
    case Returns::kIf:
      return std::ranges::count(types, kSeries) > 0 ? kSeries : kScalar;
  }
  return kNoType;
}

void WarnOfRange(const Expr& call, Type first, TypeScope& scope) {
  const Function& function = *call.function;
  if (!function.whole_range && !(function.whole_range_of_series && first == kSeries)) return;
  scope.Warning(call.offset, function.name +
                                 " looks at all points that are read, and an alarm reads more than "
                                 "it evaluates: what it gives changes with them");
}

bool NeverAboveZero(const Expr& expr) {
  if (expr.kind == Kind::kNegate) return Literal(*expr.args[0]) != nullptr;
  const double* number = Literal(expr);
  return number != nullptr && *number <= 0;
}

/// The types of the arguments; nothing if one of them does not fit.
std::optional<std::vector<Type>> ArgumentTypes(const Expr& call, TypeScope& scope) {
  const Function& function = *call.function;
  std::vector<Type> types;
  bool sound = true;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const Expr& argument = *call.args[i];
    const Parameter& parameter = function.parameters[i];
    Type type = kNoType;
    if (!Fits(argument, parameter, scope, type)) {
      scope.Mistake(argument.offset, function.name + ": expected " + Expected(parameter) +
                                         " as the " + Ordinal(i) + " argument, got " +
                                         Got(argument, type));
      sound = false;
    } else if (type == kNoType && parameter.types != 0 && !IsWord(argument, parameter)) {
      sound = false;  // Said already.
    }
    types.push_back(type);
  }
  if (!sound) return std::nullopt;
  return types;
}

/// What types do not tell: METRICS finds none, a band has no width.
bool ArgumentsMakeSense(const Expr& call, TypeScope& scope) {
  const FunctionId id = call.function->id;
  if (id == FunctionId::kMetrics) {
    const std::string text = call.args.empty() ? "" : call.args[0]->text;
    if (scope.MatchesMetric(text)) return true;
    const std::string which = text.empty() ? "in the set" : "whose id contains \"" + text + "\"";
    scope.Mistake(call.offset, "expected a metric " + which);
    return false;
  }
  if (id == FunctionId::kBand && call.args.size() > 1 && NeverAboveZero(*call.args[1])) {
    scope.Mistake(call.args[1]->offset, call.function->name +
                                            ": expected a number of spreads above 0, got " +
                                            Format(*call.args[1]));
    return false;
  }
  return true;
}

Type CallOf(const Expr& call, TypeScope& scope) {
  if (!CountFits(call, scope)) return kNoType;
  const std::optional<std::vector<Type>> types = ArgumentTypes(call, scope);
  if (!types || !ArgumentsMakeSense(call, scope)) return kNoType;
  WarnOfRange(call, types->empty() ? kNoType : types->front(), scope);
  return ResultOf(call, *types);
}

}  // namespace

std::string TypeNames(unsigned types) {
  std::vector<std::string> names;
  if ((types & kScalar) != 0) names.emplace_back("a scalar");
  if ((types & kSeries) != 0) names.emplace_back("a time series");
  if ((types & kArray) != 0) names.emplace_back("an array of time series");
  return Join(names, " or ");
}

bool SlicesOne(const Expr& call) {
  if (call.args.size() != 3) return false;
  const double* begin = Literal(*call.args[1]);
  const double* end = Literal(*call.args[2]);
  return begin != nullptr && end != nullptr && *end == *begin + 1;
}

Type CheckTypes(const Expr& expr, TypeScope& scope) {
  switch (expr.kind) {
    case Kind::kNumber:
      return kScalar;
    case Kind::kString:
      scope.Mistake(expr.offset, "expected a value, got a text in quotes; only METRICS takes one");
      return kNoType;
    case Kind::kId:
      return scope.TypeOf(expr);
    case Kind::kWord:
      scope.Mistake(expr.offset, "expected a value, got \"" + expr.text +
                                     "\"; ids begin with a small letter, functions are followed "
                                     "by their arguments in parentheses");
      return kNoType;
    case Kind::kArray:
      return ArrayOf(expr, scope);
    case Kind::kNegate:
      return CheckTypes(*expr.args[0], scope);
    case Kind::kBinary:
      return BinaryOf(expr, scope);
    case Kind::kCall:
      return CallOf(expr, scope);
  }
  return kNoType;
}

}  // namespace hinomi::metric_math
