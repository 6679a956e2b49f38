#ifndef HINOMI_TEMPLATES_IMPL_PARSER_H_
#define HINOMI_TEMPLATES_IMPL_PARSER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "templates/impl/ast.h"
#include "templates/template.h"

namespace hinomi::templates::impl {

std::variant<std::shared_ptr<const Program>, ParseProblem> ParseProgram(std::string name,
                                                                        std::string text);

/// The text of a quoted string or a raw one as Go reads it; nothing where it is none.
std::optional<std::string> Unquote(std::string_view quoted);

}  // namespace hinomi::templates::impl

#endif  // HINOMI_TEMPLATES_IMPL_PARSER_H_
