#ifndef HINOMI_API_CONSOLE_IMPL_BACKTEST_H_
#define HINOMI_API_CONSOLE_IMPL_BACKTEST_H_

#include "api/console/impl/answering.h"

namespace hinomi::api::impl {

/// The folder with the alarms of `alarms_yml` in the body, or as it is in force. Errors
/// (kInvalidArgument): what is wrong with them.
Result<std::shared_ptr<const policy::OpsFolder>> FolderToTry(const ConsoleContext& context,
                                                             const Picture& picture,
                                                             const Json& body);

/// What the alarms in force, or those of `alarms_yml` in the body, would have done between `from`
/// and `to`; see Backtest and BacktestResult in the openapi table. At most so many transitions,
/// incidents and states of an alarm are listed; all are counted.
inline constexpr size_t kMostBacktestRows = 1000;
Result<Json> Backtest(const ConsoleContext& context, const http::Request& request);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_BACKTEST_H_
