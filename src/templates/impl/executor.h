#ifndef HINOMI_TEMPLATES_IMPL_EXECUTOR_H_
#define HINOMI_TEMPLATES_IMPL_EXECUTOR_H_

#include <string>
#include <utility>
#include <vector>

#include "templates/impl/ast.h"
#include "templates/impl/functions.h"
#include "templates/impl/methods.h"

namespace hinomi::templates::impl {

/// One execution of a program, as Go's text/template/exec does it. One thread.
class Executor {
 public:
  Executor(const Program& program, const Context& context) : program_(program), context_(context) {}

  Result<std::string> Run(const Value& data);

 private:
  enum class Flow { kGoOn, kBreak, kContinue };
  /// Operands of a command; the first one names what is done with the others.
  using Operands = std::vector<const Node*>;

  Error Fail(const Node& at, const std::string& what) const;
  Status Step(const Node& at);
  Status Write(const Node& at, std::string_view text);

  Result<Flow> Walk(const Nodes& list, const Value& dot);
  Result<Flow> WalkOne(const Node& node, const Value& dot);
  Result<Flow> Choose(const Node& node, const Value& dot);
  Result<Flow> Range(const Node& node, const Value& dot);
  Result<Flow> Turn(const Node& node, const Value& key, const Value& element);
  Status Include(const Node& node, const Value& dot);

  Result<Value> Pipe(const Node& pipe, const Value& dot);
  Result<Value> Command(const Node& command, const Value& dot, const Value* last);
  Result<Value> Operand(const Node& node, const Value& dot);
  Result<Value> Fields(const Node& node, Value value, size_t from, const Operands& operands,
                       const Value& dot, const Value* last);
  /// `operands` and `last` as for a function: the first one names the method.
  Result<Value> CallMethod(const Node& at, const Method& method, const Value& of,
                           const Operands& operands, const Value& dot, const Value* last);
  Result<Value> Field(const Node& node, const Value& value, const std::string& name,
                      bool has_arguments);
  Result<Value> Call(const Node& at, const Node& name, const Operands& operands, const Value& dot,
                     const Value* last);
  Result<Value> AndOr(const Function& function, const Operands& operands, const Value& dot,
                      const Value* last);
  Result<Value> Argument(const Node& node, const Value& dot, Parameter parameter);
  Status CheckArgument(const Node& at, const Value& value, Parameter parameter) const;
  Status NoFunction(const Node& command, const Value* last) const;

  Status Set(const Node& at, const std::string& name, const Value& value);
  Result<Value> Variable(const Node& node) const;

  const Program& program_;
  const Context& context_;
  std::string out_;
  std::vector<std::pair<std::string, Value>> variables_;
  size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace hinomi::templates::impl

#endif  // HINOMI_TEMPLATES_IMPL_EXECUTOR_H_
