#include "store/impl/postgres_session.h"
#include "store/impl/schema.h"
#include "store/impl/sql_store.h"
#include "store/open.h"

namespace hinomi::store {

Result<std::unique_ptr<Store>> OpenPostgresStore(const PostgresConfig& config,
                                                 const StoreContext& context) {
  auto session = std::make_shared<PostgresSession>(config, context.clock);
  HN_TRY_VOID(PrepareSchema(*session, SqlDialect::kPostgres));
  return std::unique_ptr<Store>(new SqlStore(std::move(session)));
}

}  // namespace hinomi::store
