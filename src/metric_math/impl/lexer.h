#ifndef HINOMI_METRIC_MATH_IMPL_LEXER_H_
#define HINOMI_METRIC_MATH_IMPL_LEXER_H_

#include <string>
#include <string_view>

namespace hinomi::metric_math {

struct Token {
  enum class Kind {
    kEnd,
    kNumber,
    kString,
    kName,      ///< Letters, digits and underscores, from a letter: ids, functions, words.
    kOperator,  ///< "+", "AND", "&&", …
    kMark,      ///< One of ( ) [ ] ,
    kWrong,     ///< `text` says what was expected instead.
  };
  Kind kind = Kind::kEnd;
  size_t offset = 0;
  std::string_view source;  ///< As written.
  double number = 0;
  std::string text;  ///< Of kString without quotes; of kWrong the mistake.
};

/// The token that begins at `offset` or after the blanks there.
Token ReadToken(std::string_view text, size_t offset);
/// The token as a mistake quotes it: "\"+\"", "the end".
std::string Quoted(const Token& token);

}  // namespace hinomi::metric_math

#endif  // HINOMI_METRIC_MATH_IMPL_LEXER_H_
