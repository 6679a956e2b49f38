// modules: hn_drivers
// What HAProxy's runtime socket answers: CSV, words, lines.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "drivers/balancer/haproxy_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::drivers;
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  for (const auto parse : {HaproxyTable::ParseCsv, HaproxyTable::ParseWords}) {
    const auto table = parse(answer);
    if (!table) continue;
    for (size_t row = 0; row < table->size(); ++row) {
      HN_CHECK(table->Get(row, "pxname").size() <= size);
      const auto stat = ReadBackendStat(*table, table->Get(row, "pxname"));
      if (stat) HN_CHECK(stat->servers.size() <= table->size());
      if (row >= 8) break;
    }
  }
  return 0;
}
