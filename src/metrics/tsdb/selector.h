#ifndef HINOMI_METRICS_TSDB_SELECTOR_H_
#define HINOMI_METRICS_TSDB_SELECTOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "metrics/matcher.h"
#include "metrics/tsdb/series_table.h"

namespace hinomi::metrics {

/// Matchers, compiled, with the few series that they last matched in a head: who asks again and
/// again, as rules do, finds them without looking. Threads: any.
class Selector {
 public:
  explicit Selector(std::vector<CompiledMatcher> matchers) : matchers_(std::move(matchers)) {}
  /// Errors: those of CompileAll.
  static Result<std::shared_ptr<const Selector>> Compile(const std::vector<Matcher>& matchers);

  /// What matches in a table.
  struct Found {
    uint32_t store = 0;
    SeriesId next_id = 0;        ///< Of the table at that time.
    std::vector<SeriesId> ids;   ///< Ascending.
    std::vector<Labels> labels;  ///< Of each; empty where they are many.
  };

  const std::vector<CompiledMatcher>& matchers() const { return matchers_; }
  /// As `table.Matching`, never null. `store` is the number of the table's owner in this process,
  /// from 1; the caller keeps the table from changing meanwhile.
  std::shared_ptr<const Found> Matching(const SeriesTable& table, uint32_t store) const;

 private:
  const std::vector<CompiledMatcher> matchers_;
  mutable Mutex mutex_;
  mutable std::shared_ptr<const Found> remembered_ HN_GUARDED_BY(mutex_);
};

/// The selectors that were asked for last. Threads: any.
class SelectorCache {
 public:
  /// Errors: those of CompileAll.
  Result<std::shared_ptr<const Selector>> Of(const std::vector<Matcher>& matchers);

 private:
  struct Hash {
    size_t operator()(const std::vector<Matcher>& matchers) const;
  };
  using Selectors = std::unordered_map<std::vector<Matcher>, std::shared_ptr<const Selector>, Hash>;

  std::shared_ptr<const Selector> Find(const std::vector<Matcher>& matchers) HN_REQUIRES(mutex_);
  void Keep(const std::vector<Matcher>& matchers, std::shared_ptr<const Selector> selector)
      HN_REQUIRES(mutex_);

  Mutex mutex_;
  Selectors young_ HN_GUARDED_BY(mutex_);
  Selectors old_ HN_GUARDED_BY(mutex_);  ///< What was young until that was full; not asked since.
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SELECTOR_H_
