#include "policy/impl/yaml_syntax.h"

#include <array>
#include <string_view>

#include "base/strings.h"

namespace hinomi::policy::yaml::impl {
namespace {

struct Hint {
  std::string_view problem;  ///< As libyaml 0.2.5 words it, or its beginning.
  std::string_view advice;
};

constexpr std::array kHints = {
    Hint{"did not find expected key",
         "check the indentation of this line, and quotes and brackets in the line above"},
    Hint{"did not find expected '-' indicator",
         "check the indentation of this line: the entries of a list begin in one column"},
    Hint{"could not find expected ':'", "a key needs a colon and a blank after it"},
    Hint{"mapping values are not allowed",
         "put the value in quotes if it contains \": \", or begin a new line"},
    Hint{"did not find expected ',' or ']'", "close the list with ] or put a comma"},
    Hint{"did not find expected ',' or '}'", "close the mapping with } or put a comma"},
    Hint{"found unexpected end of stream", "the quote that begins here is not closed"},
    Hint{"found unexpected document indicator", "the quote that begins here is not closed"},
    Hint{"block sequence entries are not allowed", "begin the list on a line of its own"},
    Hint{"found unknown escape character",
         "inside \"…\" a backslash begins an escape: write \\\\ or use '…'"},
    Hint{"did not find expected <document start>",
         "this line belongs to nothing above it: check its indentation"},
    Hint{"control characters are not allowed", "remove the character"},
};

char CharacterAt(const SourceText& source, Mark mark) {
  // Only ASCII is asked for, so a byte tells; walk over characters to get there.
  std::string_view line = source.Line(mark.line);
  int column = 1;
  for (size_t i = 0; i < line.size(); ++i) {
    if ((static_cast<unsigned char>(line[i]) & 0xC0) == 0x80) continue;
    if (column++ == mark.column) return line[i];
  }
  return '\0';
}

std::string Place(Mark mark) {
  return "line " + std::to_string(mark.line) + ", column " + std::to_string(mark.column);
}

std::string TokenAdvice(char c) {
  if (c == '\t') return "YAML is indented by blanks, a tab stands here: replace it";
  return std::string("a value cannot begin with \"") + c + "\": put it in quotes";
}

}  // namespace

SyntaxProblem ExplainSyntax(const yaml_parser_t& parser, const SourceText& source) {
  if (parser.error == YAML_MEMORY_ERROR)
    return {{}, "there is not enough memory to read this file"};
  SyntaxProblem found;
  const std::string_view problem = parser.problem == nullptr ? "unknown" : parser.problem;
  if (parser.error == YAML_READER_ERROR) {
    const Mark mark = source.MarkOfByte(parser.problem_offset);
    found.span = {mark, mark};
  } else {
    found.span = ToSpan(parser.problem_mark, parser.problem_mark);
  }
  found.message = "this is not YAML: " + std::string(problem);
  // An open quote swallows the rest of the file: where it began is the place.
  const bool open_quote = problem.starts_with("found unexpected end of stream") ||
                          problem.starts_with("found unexpected document indicator");
  if (open_quote && parser.context != nullptr) {
    found.span = ToSpan(parser.context_mark, parser.context_mark);
  }
  if (parser.context != nullptr) {
    found.message += " " + std::string(parser.context);
    const Mark began = ToMark(parser.context_mark);
    if (!(began == found.span.start)) found.message += " that began at " + Place(began);
  }
  if (problem.starts_with("found character that cannot start any token")) {
    found.message += "; " + TokenAdvice(CharacterAt(source, found.span.start));
    return found;
  }
  for (const Hint& hint : kHints) {
    if (problem.starts_with(hint.problem)) {
      found.message += "; " + std::string(hint.advice);
      break;
    }
  }
  return found;
}

}  // namespace hinomi::policy::yaml::impl
