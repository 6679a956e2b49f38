// modules: hn_promql hn_promql_testing
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "promql/choices_testing.h"
#include "promql/differential_testing.h"
#include "promql/random_query_testing.h"
#include "promql/random_series_testing.h"

// The bytes lead the generators of queries and series: the engine and the obvious evaluator
// answer alike whatever they lead to.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::promql;
  Choices choices(std::span(data, size));
  const int64_t start_ms = choices.Of<int64_t>({1'700'000'000'000, 0});
  DifferentialCase query;
  query.text = RandomQuery(choices, start_ms);
  query.times = RandomTimesOfQuery(choices, start_ms);
  query.data = RandomData(choices, start_ms);
  if (Compare(query, StoreOf(query)).outcome == Comparison::Outcome::kDiffer) {
    std::fputs(Explain(query).c_str(), stderr);
    std::abort();
  }
  return 0;
}
