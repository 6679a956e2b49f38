#include "promql/estimate.h"

#include <deque>
#include <string>

#include "promql/impl/coarse_read.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/streamed_fold.h"
#include "promql/impl/window.h"

namespace hinomi::promql {
namespace {

/// A selector where the evaluator meets it.
struct PlannedRead {
  const VectorSelector* selector = nullptr;
  const MatrixSelector* matrix = nullptr;  ///< Null: the selector itself.
  Span span;
  Grid grid;
  Evaluator::Reach reach;
  bool streamed = false;
  /// The function that windows may answer, "" for none; nothing where samples have to be read.
  std::optional<std::string_view> function;
};

/// What nodes above say of a selector.
struct Use {
  bool streamed = false;
  std::optional<std::string_view> function = "";
};

/// Walks as the evaluator does, without reading anything.
class Planner {
 public:
  explicit Planner(QueryContext& context) : context_(context) {}

  Status Walk(const Expr& expr, const Grid& grid, const Use& use) {
    if (grid.count == 0) return {};
    if (const auto* paren = expr.As<Paren>()) return Walk(*paren->inner, grid, use);
    if (const auto* selector = expr.As<VectorSelector>())
      return Add(*selector, nullptr, expr.span, grid, use);
    if (const auto* matrix = expr.As<MatrixSelector>())
      return Add(*matrix->selector->As<VectorSelector>(), matrix, expr.span, grid, use);
    if (const auto* subquery = expr.As<Subquery>()) {
      HN_TRY(const Grid inner, Evaluator(context_, grid).GridOf(*subquery));
      return Walk(*subquery->inner, inner, {});
    }
    if (const auto* call = expr.As<Call>()) return WalkCall(*call, grid, use);
    const auto* aggregate = expr.As<Aggregate>();
    const bool streamed = aggregate != nullptr && IsStreamed(context_, *aggregate);
    for (const Expr* child : ChildrenOf(expr)) HN_TRY_VOID(Walk(*child, grid, {streamed, ""}));
    return {};
  }

  const std::vector<PlannedRead>& reads() const { return reads_; }

 private:
  Status WalkCall(const Call& call, const Grid& grid, const Use& use) {
    if (call.function == "info") {
      HN_TRY(made_.emplace_back(), InfoSelectorOf(context_, call));
      HN_TRY_VOID(Add(made_.back(), nullptr, call.arguments[0]->span, grid, {false, std::nullopt}));
      return Walk(*call.arguments[0], grid, {});
    }
    Use below;
    below.streamed = use.streamed;
    if (call.function == "timestamp") below.function = std::nullopt;
    for (const ExprPtr& argument : call.arguments) {
      if (argument->type == ValueType::kMatrix && call.arguments.size() == 1)
        below.function = call.function;
      HN_TRY_VOID(Walk(*argument, grid, below));
    }
    return {};
  }

  Status Add(const VectorSelector& selector, const MatrixSelector* matrix, const Span& span,
             const Grid& grid, const Use& use) {
    PlannedRead read{&selector, matrix, span, grid, {}, use.streamed, use.function};
    if (matrix != nullptr && read.function == "") read.function = std::nullopt;
    HN_TRY(read.reach, Evaluator(context_, grid).ReachOf(selector, matrix));
    reads_.push_back(read);
    return {};
  }

  QueryContext& context_;
  std::vector<PlannedRead> reads_;
  std::deque<VectorSelector> made_;
};

QueryContext ContextOf(const metrics::Queryable& queryable, const TimedQuery& query,
                       const QueryLimits& limits) {
  return {queryable, limits, query.text, query.start_ms, query.end_ms, query.step_ms, 0, 0, {}, {}};
}

Grid GridOfQuery(const TimedQuery& query) {
  if (query.step_ms <= 0) return {query.start_ms, 1, 1};
  return {query.start_ms, query.step_ms,
          static_cast<size_t>((query.end_ms - query.start_ms) / query.step_ms) + 1};
}

Result<std::optional<QueryEstimate::Selector>> EstimateRead(QueryContext& context,
                                                            const PlannedRead& read) {
  QueryEstimate::Selector selector{read.span, QueryEstimate::Reading::kHeld, {}, read.grid.count};
  if (read.streamed) selector.reading = QueryEstimate::Reading::kStreamed;
  int64_t window_ms = 0;
  if (read.function) {
    Evaluator evaluator(context, read.grid);
    HN_TRY(const auto coarse,
           ChooseCoarseRead(evaluator, *read.selector, read.matrix, *read.function));
    if (coarse) {
      window_ms = coarse->window_ms;
      selector.reading = QueryEstimate::Reading::kWindows;
    }
  }
  // Windows begin before what is asked for, by one, and end at a step or before it.
  HN_TRY(const auto told,
         context.queryable.Estimate(read.selector->matchers, read.reach.from_ms - 2 * window_ms,
                                    read.reach.to_ms, window_ms));
  if (!told) return std::optional<QueryEstimate::Selector>();
  selector.read = *told;
  return std::optional(selector);
}

constexpr size_t kSampleBytes = sizeof(int64_t) + sizeof(double);

Error Refusal(const QueryEstimate::Selector& selector, std::string_view text,
              const std::string& what) {
  const std::string_view part =
      text.substr(selector.span.begin, selector.span.end - selector.span.begin);
  return Exhausted("the query is not started: " + std::string(part) + " " + what);
}

Status CheckHeld(const QueryEstimate::Selector& selector, std::string_view text,
                 const QueryLimits& limits) {
  const size_t samples = selector.read.least_samples;
  const std::string narrow =
      "; narrow its time range or its matchers, or ask for a sum, a maximum or the like of it, "
      "for which series are read one after the other";
  if (samples > limits.max_samples)
    return Refusal(selector, text,
                   "would hold at least " + std::to_string(samples) +
                       " samples, and the limit max_samples is " +
                       std::to_string(limits.max_samples) + narrow);
  const size_t bytes = samples * kSampleBytes;
  if (limits.memory != nullptr && bytes > limits.memory->limit())
    return Refusal(selector, text,
                   "would take at least " + std::to_string(bytes >> 20) +
                       " MiB, and all queries together may take " +
                       std::to_string(limits.memory->limit() >> 20) + " MiB" + narrow +
                       ", or raise metrics.query_memory in hinomi.yml");
  return {};
}

}  // namespace

size_t QueryEstimate::series() const {
  size_t series = 0;
  for (const Selector& selector : selectors) series += selector.read.series;
  return series;
}

size_t QueryEstimate::samples() const {
  size_t samples = 0;
  for (const Selector& selector : selectors) samples += selector.read.samples;
  return samples;
}

size_t QueryEstimate::work() const {
  size_t work = samples();
  for (const Selector& selector : selectors) work += selector.read.series * selector.steps;
  return work;
}

size_t QueryEstimate::held() const {
  size_t held = 0;
  for (const Selector& selector : selectors) {
    if (selector.reading == Reading::kHeld) held += selector.read.samples;
    if (selector.reading != Reading::kStreamed) held += selector.read.series * selector.steps;
  }
  return held;
}

Result<std::optional<QueryEstimate>> EstimateQuery(const metrics::Queryable& queryable,
                                                   const TimedQuery& query,
                                                   const QueryLimits& limits) {
  QueryContext context = ContextOf(queryable, query, limits);
  Planner planner(context);
  HN_TRY_VOID(planner.Walk(query.expr, GridOfQuery(query), {}));
  QueryEstimate estimate;
  for (const PlannedRead& read : planner.reads()) {
    HN_TRY(const auto selector, EstimateRead(context, read));
    if (!selector) return std::optional<QueryEstimate>();
    estimate.selectors.push_back(*selector);
  }
  return std::optional(std::move(estimate));
}

Result<size_t> GuessSamples(const metrics::Queryable& queryable, const TimedQuery& query,
                            const QueryLimits& limits) {
  QueryContext context = ContextOf(queryable, query, limits);
  Planner planner(context);
  HN_TRY_VOID(planner.Walk(query.expr, GridOfQuery(query), {}));
  size_t samples = 0;
  for (const PlannedRead& read : planner.reads()) {
    const size_t some =
        queryable.GuessSamples(read.selector->matchers, read.reach.from_ms, read.reach.to_ms);
    samples = some > SIZE_MAX - samples ? SIZE_MAX : samples + some;
  }
  return samples;
}

Status CheckFits(const QueryEstimate& estimate, std::string_view text, const QueryLimits& limits) {
  for (const QueryEstimate::Selector& selector : estimate.selectors) {
    if (selector.reading == QueryEstimate::Reading::kWindows) continue;
    if (selector.read.least_series > limits.max_series)
      return Refusal(selector, text,
                     "would select at least " + std::to_string(selector.read.least_series) +
                         " series, and the limit max_series is " +
                         std::to_string(limits.max_series) + "; narrow its matchers");
    if (selector.reading == QueryEstimate::Reading::kHeld)
      HN_TRY_VOID(CheckHeld(selector, text, limits));
  }
  return {};
}

}  // namespace hinomi::promql
