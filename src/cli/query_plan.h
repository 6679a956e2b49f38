#ifndef HINOMI_CLI_QUERY_PLAN_H_
#define HINOMI_CLI_QUERY_PLAN_H_

#include <string>

#include "base/json.h"

namespace hinomi::cli {

/// How a query is taken apart, a line a part and what it works on below it; then what it read,
/// held and took. `tree` is the `data` of /api/v1/parse_query, `answer` that of a query with
/// `stats`.
std::string QueryPlan(const Json& tree, const Json& answer);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_QUERY_PLAN_H_
