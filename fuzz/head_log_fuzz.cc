// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/tsdb/head_log.h"

// The payload of one record of the head's logs, since no fuzzer guesses checksums.
// Even first byte: of samples and metadata; odd: of new series.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    LoggedBatch batch;
    (void)ReadBatchPayload(payload, batch);
    HN_CHECK(batch.samples.at_ms.size() == batch.samples.size());
    HN_CHECK(batch.samples.values.size() == batch.samples.size());
    // What a sample takes at least: nothing makes much memory of few bytes.
    HN_CHECK(batch.samples.size() <= payload.size());
    return 0;
  }
  SeriesTable table(1);
  (void)ReadSeriesPayload(payload, table);
  for (SeriesId id = 0; id < table.next_id(); ++id)
    if (table.Exists(id)) HN_CHECK(table.LabelsOf(id).pairs().size() <= payload.size());
  return 0;
}
