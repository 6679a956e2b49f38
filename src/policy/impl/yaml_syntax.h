#ifndef HINOMI_POLICY_IMPL_YAML_SYNTAX_H_
#define HINOMI_POLICY_IMPL_YAML_SYNTAX_H_

#include <yaml.h>

#include <string>

#include "policy/source_text.h"

namespace hinomi::policy::yaml::impl {

/// libyaml counts from 0, and in characters.
inline Mark ToMark(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}
inline Span ToSpan(const yaml_mark_t& start, const yaml_mark_t& end) {
  return {ToMark(start), ToMark(end)};
}

struct SyntaxProblem {
  Span span;
  std::string message;
};

/// What stopped the parser, in words that say what to do.
SyntaxProblem ExplainSyntax(const yaml_parser_t& parser, const SourceText& source);

}  // namespace hinomi::policy::yaml::impl

#endif  // HINOMI_POLICY_IMPL_YAML_SYNTAX_H_
