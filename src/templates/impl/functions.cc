#include "templates/impl/functions.h"

#include <map>

namespace hinomi::templates::impl {
namespace {

const std::map<std::string_view, const Function*>& AllFunctions() {
  static const auto* all = [] {
    auto* table = new std::map<std::string_view, const Function*>();
    for (const auto functions : {Builtins(), PrometheusFunctions()})
      for (const Function& function : functions) table->emplace(function.name, &function);
    return table;
  }();
  return *all;
}

}  // namespace

std::string_view ParameterName(Parameter parameter) {
  switch (parameter) {
    case Parameter::kText:
      return "string";
    case Parameter::kSample:
      return "*template.sample";
    case Parameter::kSamples:
      return "template.queryResult";
    case Parameter::kAny:
      break;
  }
  return "interface {}";
}

const Function* FindFunction(std::string_view name) {
  const auto found = AllFunctions().find(name);
  return found == AllFunctions().end() ? nullptr : found->second;
}

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const auto& [name, function] : AllFunctions()) names.emplace_back(name);
  return names;
}

}  // namespace hinomi::templates::impl
