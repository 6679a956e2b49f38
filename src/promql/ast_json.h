#ifndef HINOMI_PROMQL_AST_JSON_H_
#define HINOMI_PROMQL_AST_JSON_H_

#include "base/json.h"
#include "promql/ast.h"

namespace hinomi::promql {

/// The tree as /api/v1/parse_query of Prometheus 3 gives it (web/api/v1,
/// "translateAST"): every node an object with its `type`, members in alphabetical
/// order, times in milliseconds. A range, step or offset that is an expression of its
/// own (feature `duration_expressions`) has no value before evaluation and reads 0
/// there, as in Prometheus.
Json AstJson(const Expr& expr);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_AST_JSON_H_
