// modules: hn_promql hn_promql_testing
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "promql/engine.h"
#include "promql/parser.h"
#include "promql/testing.h"

namespace {

hinomi::promql::MemoryQueryable MakeStore() {
  hinomi::promql::MemoryQueryable store;
  for (int i = 0; i < 20; ++i) {
    const double value = i % 7 == 6 ? hinomi::metrics::StaleMarker() : i % 5;
    store.Add(hinomi::metrics::Labels({{"__name__", "a"}, {"l", "x"}}), i * 15'000, value);
    store.Add(hinomi::metrics::Labels({{"__name__", "a"}, {"l", "y"}}), i * 15'000, -value);
    store.Add(hinomi::metrics::Labels({{"__name__", "b_bucket"}, {"le", "1"}}), i * 15'000, value);
    store.Add(hinomi::metrics::Labels({{"__name__", "b_bucket"}, {"le", "+Inf"}}), i * 15'000,
              value);
  }
  return store;
}

}  // namespace

// What parses prints as a text that parses and prints the same, and can be
// evaluated within its limits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const hinomi::promql::MemoryQueryable store = MakeStore();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expr = hinomi::promql::Parse(text);
  if (!expr) return 0;
  const std::string printed = hinomi::promql::Format(**expr);
  const auto again = hinomi::promql::Parse(printed);
  HN_CHECK(again.has_value());
  HN_CHECK(hinomi::promql::Format(**again) == printed);
  HN_CHECK(hinomi::promql::Parse(hinomi::promql::PrettyFormat(**expr)).has_value());
  hinomi::promql::QueryLimits limits;
  limits.max_samples = 100'000;
  (void)hinomi::promql::EvaluateInstant(store, **expr, text, 300'000, limits);
  (void)hinomi::promql::EvaluateRange(store, **expr, text, 0, 300'000, 30'000, limits);
  return 0;
}
