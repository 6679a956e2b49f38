#ifndef HINOMI_PROMQL_TESTING_H_
#define HINOMI_PROMQL_TESTING_H_

#include <string>
#include <string_view>
#include <vector>

#include "metrics/memory_store.h"
#include "metrics/storage.h"

namespace hinomi::promql {

using MemoryQueryable = metrics::MemoryStore;

/// Has windows of its samples if it is told so.
class WindowedQueryable : public MemoryQueryable {
 public:
  std::vector<metrics::Resolution> resolutions;  ///< Whatever the range.

  std::vector<metrics::Resolution> Resolutions(const std::vector<metrics::Matcher>&, int64_t,
                                               int64_t) const override {
    return resolutions;
  }
  Result<bool> VisitWindows(const std::vector<metrics::Matcher>& matchers, int64_t from_ms,
                            int64_t to_ms, int64_t window_ms, const metrics::SelectLimits& limits,
                            const metrics::WindowsVisitor& visit) const override;
};

/// How a script (promqltest's language) went.
struct ScriptOutcome {
  int passed = 0;
  int failed = 0;
  int skipped = 0;                    ///< Evaluations that need start timestamps.
  std::vector<std::string> failures;  ///< "line 12: expression: what was wrong".
};

/// Runs a script's `load`, `clear` and `eval` commands against a MemoryQueryable.
/// Each instant evaluation runs again as a range of three steps and has to agree.
ScriptOutcome RunScript(std::string_view script);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_TESTING_H_
