#include "templates/template.h"

#include "templates/impl/executor.h"
#include "templates/impl/parser.h"

namespace hinomi::templates {

std::variant<Template, ParseProblem> Template::Parse(std::string name, std::string text) {
  auto parsed = impl::ParseProgram(std::move(name), std::move(text));
  if (auto* problem = std::get_if<ParseProblem>(&parsed)) return std::move(*problem);
  return Template(std::get<0>(std::move(parsed)));
}

Result<std::string> Template::Execute(const Value& data, const Context& context) const {
  return impl::Executor(*program_, context).Run(data);
}

bool Template::queries() const {
  return program_->queries;
}

}  // namespace hinomi::templates
