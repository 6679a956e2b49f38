#ifndef HINOMI_APP_TSDB_SETTINGS_H_
#define HINOMI_APP_TSDB_SETTINGS_H_

#include <cstdint>

#include "metrics/tsdb/tsdb.h"
#include "policy/documents.h"

namespace hinomi::app {

/// What the key `metrics` of a sound hinomi.yml asks of the store whose disk has
/// `disk_bytes` in all (0 where that is not known: then a share of it limits nothing).
metrics::TsdbSettings TsdbSettingsOf(const policy::MetricsDocument& document, uint64_t disk_bytes);

}  // namespace hinomi::app

#endif  // HINOMI_APP_TSDB_SETTINGS_H_
