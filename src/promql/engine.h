#ifndef HINOMI_PROMQL_ENGINE_H_
#define HINOMI_PROMQL_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/model.h"
#include "metrics/storage.h"
#include "promql/ast.h"
#include "promql/parser.h"

namespace hinomi::promql {

/// What one query may cost and how far it looks back.
struct QueryLimits {
  size_t max_series = 100'000;  ///< Of one selector.
  /// Read and computed, together. A histogram counts as the numbers that would take
  /// its memory.
  size_t max_samples = 50'000'000;
  /// What the samples take that are held at a time, shared with other queries. May
  /// be null; must outlive the query.
  metrics::QueryMemory* memory = nullptr;
  Duration lookback = Duration::Minutes(5);
  /// Resolution of a subquery that names none.
  Duration default_step = Duration::Minutes(1);
  /// Set by another thread to stop the query; may be null.
  const std::atomic<bool>* cancelled = nullptr;
  /// With `clock`, the monotonic time at which the query is given up.
  const Clock* clock = nullptr;
  Duration deadline;
  /// Whether `QueryResult::samples` counts what is read, step by step: costs a pass
  /// over each range, and aggregations hold their series meanwhile.
  bool count_samples = false;
};

struct StringValue {
  int64_t at_ms = 0;
  std::string text;
};
struct ScalarValue {
  int64_t at_ms = 0;
  double value = 0;
};
struct VectorSample {
  metrics::Labels labels;
  int64_t at_ms = 0;
  double value = 0;
  metrics::NativeHistogramPtr histogram;  ///< Null where the sample is a number.
};
struct HistogramPoint {
  int64_t at_ms = 0;
  metrics::NativeHistogramPtr histogram;  ///< Never null.
};
struct MatrixSeries {
  metrics::Labels labels;
  std::vector<metrics::Sample> samples;
  std::vector<HistogramPoint> histograms;  ///< At other times than the samples.
};
using Vector = std::vector<VectorSample>;  ///< In the order that sort() and topk() gave.
using Matrix = std::vector<MatrixSeries>;  ///< Sorted by labels.
using Value = std::variant<StringValue, ScalarValue, Vector, Matrix>;

/// What a query read and held, in samples, as Prometheus counts it.
struct QuerySamples {
  /// Those that selectors and windows saw: one that two steps see counts twice, a native
  /// histogram as one sample.
  /// 0 unless `QueryLimits::count_samples`.
  size_t total = 0;
  /// The same for each step; what a subquery reads counts to the last one.
  std::vector<size_t> per_step;
  size_t peak = 0;  ///< The most that were held at a time.

  /// What was read from downsampled windows, each piece of the query's text once.
  struct Downsampled {
    std::string text;
    int64_t window_ms = 0;
    bool operator==(const Downsampled&) const = default;
  };
  std::vector<Downsampled> downsampled;
  void NoteDownsampled(std::string_view text, int64_t window_ms);
};

struct QueryResult {
  Value value;
  /// "PromQL warning: … (1:7)", "PromQL info: …"; no duplicates.
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
  QuerySamples samples;
};

/// The value of an expression at one time. Times are milliseconds since 1970.
/// Errors: kInvalidArgument (the text, with its position, or data that the
/// query cannot work on, such as ambiguous matching), kExhausted (a limit, by
/// name), kTimeout, kCancelled, and those of the store. Threads: any.
Result<QueryResult> InstantQuery(const metrics::Queryable& queryable, std::string_view text,
                                 int64_t at_ms, const QueryLimits& limits,
                                 const Features& features = Features::All());
/// The value at start, start + step, … up to end: always a Matrix. The
/// expression must be a scalar or an instant vector; step_ms > 0.
Result<QueryResult> RangeQuery(const metrics::Queryable& queryable, std::string_view text,
                               int64_t start_ms, int64_t end_ms, int64_t step_ms,
                               const QueryLimits& limits,
                               const Features& features = Features::All());

/// The same for an expression that was parsed before from `text`.
Result<QueryResult> EvaluateInstant(const metrics::Queryable& queryable, const Expr& expr,
                                    std::string_view text, int64_t at_ms,
                                    const QueryLimits& limits);
Result<QueryResult> EvaluateRange(const metrics::Queryable& queryable, const Expr& expr,
                                  std::string_view text, int64_t start_ms, int64_t end_ms,
                                  int64_t step_ms, const QueryLimits& limits);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_ENGINE_H_
