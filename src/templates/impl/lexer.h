#ifndef HINOMI_TEMPLATES_IMPL_LEXER_H_
#define HINOMI_TEMPLATES_IMPL_LEXER_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "templates/template.h"

namespace hinomi::templates::impl {

struct Token {
  enum class Kind {
    kText,
    kOpen,   ///< "{{"
    kClose,  ///< "}}"
    kSpace,
    kIdentifier,
    kKeyword,  ///< if, range, end, …
    kField,    ///< ".name"
    kVariable,
    kDot,
    kNil,
    kBool,
    kNumber,
    kString,  ///< As written, in its quotes.
    kPipe,
    kComma,
    kAssign,
    kDeclare,
    kLeftParen,
    kRightParen,
    kEnd,
  };
  Kind kind;
  size_t offset;
  std::string_view text;
};

/// The tokens of a template, the last one kEnd; texts are trimmed as the marks say, comments
/// are left out. `text` must outlive them.
std::variant<std::vector<Token>, ParseProblem> Tokenize(std::string_view text);

}  // namespace hinomi::templates::impl

#endif  // HINOMI_TEMPLATES_IMPL_LEXER_H_
