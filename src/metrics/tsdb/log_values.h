#ifndef HINOMI_METRICS_TSDB_LOG_VALUES_H_
#define HINOMI_METRICS_TSDB_LOG_VALUES_H_

#include <span>
#include <string>

#include "metrics/impl/byte_codec.h"

namespace hinomi::metrics {

// Values as the head's log has them (docs/formats/metrics-head.md): each alone, in
// a few nanoseconds, a decimal or whole number in the bytes that its digits need.
// That is half of a double for most metrics, and a synced page holds twice as many.

/// Appends every value; it comes back bit for bit. At most nine bytes each.
void AppendLogValues(std::span<const double> values, std::string& out);
/// Fills `values`. Damage makes `in` fail.
void ReadLogValues(ByteReader& in, std::span<double> values);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_LOG_VALUES_H_
