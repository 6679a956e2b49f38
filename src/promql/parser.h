#ifndef HINOMI_PROMQL_PARSER_H_
#define HINOMI_PROMQL_PARSER_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "promql/ast.h"

namespace hinomi::promql {

/// Parts of the language that Prometheus 3 keeps behind feature flags. All off
/// is the stable language.
struct Features {
  bool experimental_functions = false;
  bool duration_expressions = false;
  bool extended_selectors = false;  ///< anchored, smoothed.
  bool fill_modifiers = false;      ///< fill, fill_left, fill_right.
  bool context_functions = false;   ///< start(), end(), range(), step() as expressions.

  static Features Stable() { return {}; }
  static Features All() { return {true, true, true, true, true}; }
};

/// "stable", "all", or names with commas between: experimental-functions,
/// duration-expressions, extended-selectors, fill-modifiers, context-functions.
/// Errors: kInvalidArgument with the nearest name.
Result<Features> ParseFeatures(std::string_view list);

/// Parses and type-checks a query in the language of Prometheus 3 (docs/promql.md).
/// Errors: kInvalidArgument with Prometheus' text, "1:5: parse error: …" (line and
/// column, from 1). Threads: any.
Result<ExprPtr> Parse(std::string_view text, const Features& features = Features::All());

/// Only a selector, as `match[]` holds it: `up{job="x"}`.
Result<std::vector<metrics::Matcher>> ParseSelector(std::string_view text);

/// The expression on one line in the canonical form.
std::string Format(const Expr& expr);
/// The expression laid out on several lines where it is longer than 100
/// columns, as /api/v1/format_query answers.
std::string PrettyFormat(const Expr& expr);

/// "1:5" for a byte offset.
std::string LineAndColumn(std::string_view text, size_t offset);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_PARSER_H_
