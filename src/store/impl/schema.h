#ifndef HINOMI_STORE_IMPL_SCHEMA_H_
#define HINOMI_STORE_IMPL_SCHEMA_H_

#include "base/result.h"
#include "store/impl/sql.h"

namespace hinomi::store {

enum class SqlDialect { kSqlite, kPostgres };

/// Makes the tables if they are absent. Errors: kInvalidArgument if the
/// database was written by a newer release.
Status PrepareSchema(SqlSession& session, SqlDialect dialect);

}  // namespace hinomi::store

#endif  // HINOMI_STORE_IMPL_SCHEMA_H_
