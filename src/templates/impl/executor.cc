#include "templates/impl/executor.h"

#include <algorithm>

#include "base/check.h"

namespace hinomi::templates::impl {
namespace {

using Kind = Node::Kind;

constexpr size_t kMostSteps = 100'000;
constexpr size_t kLongestText = 1 << 20;
// Templates that use one another; Go's own bound is far beyond a thread's stack here.
constexpr int kDeepestInclude = 100;

}  // namespace

/// With the place as Go counts it: line, and bytes before it in the line.
Error Executor::Fail(const Node& at, const std::string& what) const {
  const std::string_view before = std::string_view(program_.source).substr(0, at.offset);
  const auto line = 1 + std::ranges::count(before, '\n');
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string_view::npos ? at.offset : at.offset - newline - 1;
  return InvalidArgument("template: " + program_.name + ":" + std::to_string(line) + ":" +
                         std::to_string(column) + ": executing \"" + program_.name + "\" at <" +
                         NodeText(at) + ">: " + what);
}

Status Executor::Step(const Node& at) {
  if (++steps_ > kMostSteps) return Fail(at, "takes too many steps");
  return {};
}

Status Executor::Write(const Node& at, std::string_view text) {
  if (out_.size() + text.size() > kLongestText) return Fail(at, "the text becomes too long");
  out_ += text;
  return {};
}

Result<std::string> Executor::Run(const Value& data) {
  variables_ = {{"$", data}};
  HN_TRY_VOID(Walk(program_.root, data));
  return std::move(out_);
}

Result<Executor::Flow> Executor::Walk(const Nodes& list, const Value& dot) {
  for (const NodePtr& node : list) {
    HN_TRY(const Flow flow, WalkOne(*node, dot));
    if (flow != Flow::kGoOn) return flow;
  }
  return Flow::kGoOn;
}

Result<Executor::Flow> Executor::WalkOne(const Node& node, const Value& dot) {
  HN_TRY_VOID(Step(node));
  switch (node.kind) {
    case Kind::kText:
      HN_TRY_VOID(Write(node, node.text));
      return Flow::kGoOn;
    case Kind::kIf:
    case Kind::kWith:
      return Choose(node, dot);
    case Kind::kRange:
      return Range(node, dot);
    case Kind::kTemplate:
      HN_TRY_VOID(Include(node, dot));
      return Flow::kGoOn;
    case Kind::kBreak:
      return Flow::kBreak;
    case Kind::kContinue:
      return Flow::kContinue;
    default:
      break;
  }
  const Node& pipe = *node.children.front();
  HN_TRY(const Value value, Pipe(pipe, dot));
  if (pipe.names.empty()) {
    HN_TRY_VOID(Write(pipe, value.Text()));
  }
  return Flow::kGoOn;
}

Result<Executor::Flow> Executor::Choose(const Node& node, const Value& dot) {
  const size_t mark = variables_.size();
  HN_TRY(const Value value, Pipe(*node.children.front(), dot));
  const bool truth = value.Truth();
  const Value& inner = truth && node.kind == Kind::kWith ? value : dot;
  Result<Flow> flow = Walk(truth ? node.list : node.else_list, inner);
  variables_.resize(mark);
  return flow;
}

Result<Executor::Flow> Executor::Range(const Node& node, const Value& dot) {
  const size_t outside = variables_.size();
  HN_TRY(const Value value, Pipe(*node.children.front(), dot));
  std::vector<std::pair<Value, Value>> elements;
  if (const auto* list = value.AsList()) {
    for (size_t i = 0; i < list->items.size(); ++i)
      elements.emplace_back(static_cast<int64_t>(i), list->items[i]);
  } else if (const auto* map = value.AsObject(); map != nullptr && !map->is_struct) {
    for (const auto& [name, member] : map->members) elements.emplace_back(name, member);
  } else if (const auto* count = value.As<int64_t>()) {
    if (*count > static_cast<int64_t>(kMostSteps))
      return Fail(*node.children.front(), "takes too many steps");
    for (int64_t i = 0; i < *count; ++i) elements.emplace_back(i, i);
  } else if (!value.is_missing()) {
    return Fail(*node.children.front(), "range can't iterate over " + value.Text());
  }
  Flow flow = Flow::kGoOn;
  if (elements.empty()) {
    HN_TRY(flow, Walk(node.else_list, dot));
  }
  for (const auto& [key, element] : elements) {
    HN_TRY(const Flow turn, Turn(node, key, element));
    if (turn == Flow::kBreak) break;
  }
  variables_.resize(outside);
  return flow;
}

Result<Executor::Flow> Executor::Turn(const Node& node, const Value& key, const Value& element) {
  HN_TRY_VOID(Step(node));
  const Node& pipe = *node.children.front();
  const size_t mark = variables_.size();
  const std::vector<std::string>& names = pipe.names;
  if (pipe.assigns) {
    HN_TRY_VOID(Set(pipe, names.front(), names.size() > 1 ? key : element));
    if (names.size() > 1) {
      HN_TRY_VOID(Set(pipe, names[1], element));
    }
  } else if (!names.empty()) {
    variables_[mark - 1].second = element;
    if (names.size() > 1) variables_[mark - 2].second = key;
  }
  HN_TRY(const Flow flow, Walk(node.list, element));
  variables_.resize(mark);
  return flow;
}

Status Executor::Include(const Node& node, const Value& dot) {
  const auto found = program_.defined.find(node.text);
  if (found == program_.defined.end())
    return Fail(node, "template \"" + node.text + "\" not defined");
  if (++depth_ > kDeepestInclude) return Fail(node, "exceeded maximum template depth");
  Value inner;
  if (!node.children.empty()) {
    HN_TRY(inner, Pipe(*node.children.front(), dot));
  }
  auto outside = std::exchange(variables_, {{"$", inner}});
  HN_TRY_VOID(Walk(found->second, inner));
  variables_ = std::move(outside);
  --depth_;
  return {};
}

Result<Value> Executor::Pipe(const Node& pipe, const Value& dot) {
  Value value;
  bool first = true;
  for (const NodePtr& command : pipe.children) {
    HN_TRY(value, Command(*command, dot, first ? nullptr : &value));
    first = false;
  }
  for (const std::string& name : pipe.names) {
    if (pipe.assigns) {
      HN_TRY_VOID(Set(pipe, name, value));
    } else {
      variables_.emplace_back(name, value);
    }
  }
  return value;
}

Status Executor::NoFunction(const Node& command, const Value* last) const {
  if (command.children.size() == 1 && last == nullptr) return {};
  const Node& first = *command.children.front();
  return Fail(first, "can't give argument to non-function " + NodeText(first));
}

Result<Value> Executor::Command(const Node& command, const Value& dot, const Value* last) {
  HN_TRY_VOID(Step(command));
  const Node& first = *command.children.front();
  Operands operands;
  for (const NodePtr& operand : command.children) operands.push_back(operand.get());
  switch (first.kind) {
    case Kind::kIdentifier:
      return Call(command, first, operands, dot, last);
    case Kind::kField:
      return Fields(first, dot, 0, operands, dot, last);
    case Kind::kVariable: {
      HN_TRY(Value value, Variable(first));
      return Fields(first, std::move(value), 1, operands, dot, last);
    }
    case Kind::kChain: {
      HN_TRY(Value base, Argument(*first.children.front(), dot, Parameter::kAny));
      return Fields(first, std::move(base), 0, operands, dot, last);
    }
    default:
      break;
  }
  HN_TRY_VOID(NoFunction(command, last));
  if (first.kind == Kind::kNil) return Fail(first, "nil is not a command");
  return Operand(first, dot);
}

/// What stands alone: no arguments.
Result<Value> Executor::Operand(const Node& node, const Value& dot) {
  switch (node.kind) {
    case Kind::kPipe:
      return Pipe(node, dot);
    case Kind::kIdentifier:
      return Call(node, node, {&node}, dot, nullptr);
    case Kind::kField:
      return Fields(node, dot, 0, {&node}, dot, nullptr);
    case Kind::kVariable: {
      HN_TRY(Value value, Variable(node));
      return Fields(node, std::move(value), 1, {&node}, dot, nullptr);
    }
    case Kind::kChain: {
      HN_TRY(Value base, Operand(*node.children.front(), dot));
      return Fields(node, std::move(base), 0, {&node}, dot, nullptr);
    }
    case Kind::kDot:
      return dot;
    case Kind::kConstant:
      return node.constant;
    default:
      return Value();
  }
}

Result<Value> Executor::Fields(const Node& node, Value value, size_t from, const Operands& operands,
                               const Value& dot, const Value* last) {
  const bool has_arguments = operands.size() > 1 || last != nullptr;
  if (from >= node.names.size() && has_arguments)
    return Fail(node, "can't give argument to non-function " + NodeText(node));
  for (size_t i = from; i < node.names.size(); ++i) {
    const bool takes = has_arguments && i + 1 == node.names.size();
    if (const Method* method = FindMethod(value, node.names[i])) {
      HN_TRY(value, CallMethod(node, *method, value, takes ? operands : Operands{&node}, dot,
                               takes ? last : nullptr));
    } else {
      HN_TRY(value, Field(node, value, node.names[i], takes));
    }
  }
  return value;
}

Result<Value> Executor::CallMethod(const Node& at, const Method& method, const Value& of,
                                   const Operands& operands, const Value& dot, const Value* last) {
  const size_t given = operands.size() - 1 + (last != nullptr ? 1 : 0);
  if (given != method.parameters.size())
    return Fail(at, "wrong number of args for " + std::string(method.name) + ": want " +
                        std::to_string(method.parameters.size()) + " got " + std::to_string(given));
  std::vector<Value> arguments;
  for (size_t i = 1; i < operands.size(); ++i) {
    HN_TRY(Value value, Argument(*operands[i], dot, method.parameters[i - 1]));
    arguments.push_back(std::move(value));
  }
  if (last != nullptr) {
    HN_TRY_VOID(CheckArgument(*operands.back(), *last, method.parameters.back()));
    arguments.push_back(*last);
  }
  return method.call(of, arguments);
}

Result<Value> Executor::Field(const Node& node, const Value& value, const std::string& name,
                              bool has_arguments) {
  if (value.is_missing()) return Fail(node, "nil pointer evaluating interface {}." + name);
  const Object* object = value.AsObject();
  if (object == nullptr)
    return Fail(node, "can't evaluate field " + name + " in type " + value.TypeName());
  const auto found = object->members.find(name);
  if (object->is_struct) {
    if (found == object->members.end())
      return Fail(node, "can't evaluate field " + name + " in type " + object->type);
    if (has_arguments) return Fail(node, name + " has arguments but cannot be invoked as function");
    return found->second;
  }
  if (has_arguments) return Fail(node, name + " is not a method but has arguments");
  return found == object->members.end() ? object->Missing() : found->second;
}

Result<Value> Executor::AndOr(const Function& function, const Operands& operands, const Value& dot,
                              const Value* last) {
  const bool stops_at = function.name == "or";
  Value value;
  for (size_t i = 1; i < operands.size(); ++i) {
    HN_TRY(value, Argument(*operands[i], dot, Parameter::kAny));
    if (value.Truth() == stops_at) return value;
  }
  return last != nullptr ? *last : value;
}

Result<Value> Executor::Call(const Node& at, const Node& name, const Operands& operands,
                             const Value& dot, const Value* last) {
  const Function* function = FindFunction(name.text);
  HN_CHECK(function != nullptr);
  const size_t given = operands.size() - 1 + (last != nullptr ? 1 : 0);
  const size_t wanted = function->parameters.size() - (function->variadic ? 1 : 0);
  if (function->variadic ? given < wanted : given != wanted) {
    return Fail(name, "wrong number of args for " + name.text + ": want " +
                          (function->variadic ? "at least " : "") + std::to_string(wanted) +
                          " got " + std::to_string(given));
  }
  if (function->call == nullptr) return AndOr(*function, operands, dot, last);
  std::vector<Value> arguments;
  for (size_t i = 1; i < operands.size(); ++i) {
    const size_t which = std::min(i - 1, function->parameters.size() - 1);
    HN_TRY(Value value, Argument(*operands[i], dot, function->parameters[which]));
    arguments.push_back(std::move(value));
  }
  if (last != nullptr) {
    const size_t which = std::min(arguments.size(), function->parameters.size() - 1);
    const Node& blamed = operands.size() > 1 ? *operands.back() : name;
    HN_TRY_VOID(CheckArgument(blamed, *last, function->parameters[which]));
    arguments.push_back(*last);
  }
  Result<Value> result = function->call(context_, arguments);
  if (!result) return Fail(at, "error calling " + name.text + ": " + result.error().message);
  return result;
}

Result<Value> Executor::Argument(const Node& node, const Value& dot, Parameter parameter) {
  HN_TRY_VOID(Step(node));
  if (node.kind == Kind::kConstant && parameter != Parameter::kAny) {
    if (parameter == Parameter::kText && node.constant.As<std::string>() == nullptr)
      return Fail(node, "expected string; found " + NodeText(node));
    if (parameter != Parameter::kText) {
      return Fail(node, "can't handle " + NodeText(node) + " for arg of type " +
                            std::string(ParameterName(parameter)));
    }
  }
  if (node.kind == Kind::kNil && parameter == Parameter::kText)
    return Fail(node, "cannot assign nil to string");
  HN_TRY(Value value, Operand(node, dot));
  HN_TRY_VOID(CheckArgument(node, value, parameter));
  return value;
}

Status Executor::CheckArgument(const Node& at, const Value& value, Parameter parameter) const {
  if (parameter == Parameter::kAny) return {};
  const std::string wanted(ParameterName(parameter));
  if (value.is_missing()) return Fail(at, "invalid value; expected " + wanted);
  if (value.TypeName() == wanted) return {};
  return Fail(at, "wrong type for value; expected " + wanted + "; got " + value.TypeName());
}

Status Executor::Set(const Node& at, const std::string& name, const Value& value) {
  for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
    if (variable->first != name) continue;
    variable->second = value;
    return {};
  }
  return Fail(at, "undefined variable: " + name);
}

/// One that is declared where `or` did not look is not there.
Result<Value> Executor::Variable(const Node& node) const {
  for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable)
    if (variable->first == node.names.front()) return variable->second;
  return Fail(node, "undefined variable: " + node.names.front());
}

}  // namespace hinomi::templates::impl
