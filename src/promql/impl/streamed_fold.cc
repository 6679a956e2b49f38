#include "promql/impl/streamed_fold.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "promql/impl/coarse_read.h"
#include "promql/impl/folded_column.h"
#include "promql/impl/selector_columns.h"
#include "promql/impl/window.h"
#include "promql/impl/window_columns.h"

namespace hinomi::promql {
namespace {

/// What is streamed: a selector, and the function of its windows.
struct Source {
  const VectorSelector* selector = nullptr;
  const Call* call = nullptr;  ///< Null: the selector itself.
  const MatrixSelector* matrix = nullptr;
  Span span;  ///< Of the selector, with its range.
  ColumnFunction function = nullptr;
  bool drops_name = false;
};

std::optional<Source> SourceOf(const Expr& inner) {
  const Expr& expr = Unparenthesised(inner);
  Source source;
  if (const auto* call = expr.As<Call>()) {
    source.call = call;
    source.function = FindColumnFunction(call->function);
    if (source.function == nullptr) return std::nullopt;
    source.drops_name = !FindRangeFunction(call->function)->keeps_name;
    source.matrix = Unparenthesised(*call->arguments[0]).As<MatrixSelector>();
    if (source.matrix == nullptr) return std::nullopt;
    source.selector = source.matrix->selector->As<VectorSelector>();
    source.span = Unparenthesised(*call->arguments[0]).span;
  } else {
    source.selector = expr.As<VectorSelector>();
    source.span = expr.span;
    source.function = FindColumnFunction("last_over_time");
  }
  const bool plain = source.selector != nullptr && source.selector->mode == RangeMode::kPlain &&
                     source.selector->time.at == TimeModifiers::At::kNone;
  return plain ? std::optional(source) : std::nullopt;
}

/// Makes of a series what the source's function gives of it: its values at the steps that have
/// one, with the times of the steps. Each thread that reads has its own.
class StepValues {
 public:
  StepValues(const Source& source, const Grid& grid, const WindowBounds& bounds)
      : source_(source), bounds_(bounds), values_(grid.count), present_(grid.count) {
    for (size_t i = 0; i < grid.count; ++i) times_.push_back(grid.At(i));
  }

  void Replace(metrics::SeriesColumns& series) {
    const bool function = source_.call != nullptr;
    if (function) DropStale(series);
    bounds_.Find(series.at_ms);
    source_.function(bounds_, series.values, values_.data(), present_.data());
    if (!function) DropStaleSteps();
    if (std::ranges::find(present_, uint8_t{0}) == present_.end()) {
      series.at_ms.assign(times_.begin(), times_.end());
      std::swap(series.values, values_);
      values_.resize(times_.size());
      return;
    }
    series.at_ms.clear();
    series.values.clear();
    for (size_t i = 0; i < times_.size(); ++i) {
      if (present_[i] == 0) continue;
      series.at_ms.push_back(times_[i]);
      series.values.push_back(values_[i]);
    }
  }

 private:
  void DropStaleSteps() {
    for (size_t i = 0; i < values_.size(); ++i)
      if (present_[i] != 0 && metrics::IsStaleMarker(values_[i])) present_[i] = 0;
  }

  const Source& source_;
  WindowBounds bounds_;
  std::vector<int64_t> times_;
  Column values_;
  std::vector<uint8_t> present_;
};

struct Group {
  metrics::Labels labels;
  bool drop_name = false;
  FoldedColumn column;
};

/// The groups by the values of their labels; labels are built for the first series only.
class Groups {
 public:
  Groups(Evaluator& evaluator, const Aggregate& aggregate)
      : evaluator_(evaluator), aggregate_(aggregate) {}

  Result<Group*> Of(const metrics::Labels& labels, bool drop_name) {
    SetKey(labels);
    const auto [it, inserted] = ids_.try_emplace(key_, groups_.size());
    if (inserted) {
      // Three columns are kept a group; the first is that of the answer.
      HN_TRY_VOID(evaluator_.context().Charge(3 * evaluator_.grid().count));
      groups_.push_back({GroupLabels(labels, aggregate_), false,
                         FoldedColumn(aggregate_.op, evaluator_.grid().count)});
    }
    Group& group = groups_[it->second];
    if (drop_name && !group.labels.name().empty()) group.drop_name = true;
    return &group;
  }

  std::vector<Group>& all() { return groups_; }

 private:
  void SetKey(const metrics::Labels& labels) {
    key_.clear();
    const auto add = [&](std::string_view text) {
      key_ += text;
      key_ += '\xff';  // In no UTF-8 text.
    };
    if (aggregate_.without) {
      const metrics::Labels group = GroupLabels(labels, aggregate_);
      for (const auto& [name, value] : group.pairs()) add(name), add(value);
    } else {
      for (const std::string& name : aggregate_.grouping) add(labels.Get(name));
    }
  }

  Evaluator& evaluator_;
  const Aggregate& aggregate_;
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> ids_;
  std::string key_;
};

class StreamedFold {
 public:
  StreamedFold(Evaluator& evaluator, const Aggregate& aggregate, const Source& source)
      : evaluator_(evaluator),
        aggregate_(aggregate),
        source_(source),
        groups_(evaluator, aggregate),
        all_present_(evaluator.grid().count, 1) {}

  /// False: what was found has to be folded the general way.
  Result<bool> Read() {
    HN_TRY(const bool coarse, ReadCoarse());
    if (coarse) return true;
    QueryContext& context = evaluator_.context();
    const Grid& grid = evaluator_.grid();
    int64_t range_ms = context.limits.lookback.millis();
    if (source_.matrix != nullptr) {
      HN_TRY(range_ms, ResolveDuration(context, *source_.matrix->range, true));
    }
    HN_TRY(const int64_t offset_ms, evaluator_.OffsetOf(source_.selector->time));
    const WindowBounds bounds(grid, range_ms, offset_ms);
    HN_TRY(const auto reach, evaluator_.ReachOf(*source_.selector, source_.matrix));
    return context.VisitFloats(
        source_.selector->matchers, reach.from_ms, reach.to_ms,
        [this](metrics::SeriesColumns& series) { return Add(series); },
        [&]() -> metrics::SeriesStep {
          return [values = std::make_shared<StepValues>(source_, grid, bounds)](
                     metrics::SeriesColumns& series) { values->Replace(series); };
        });
  }

  /// The groups as a table; nothing where a sum left the range of doubles.
  Result<std::optional<Table>> Finish() {
    const size_t steps = evaluator_.grid().count;
    Table out;
    for (Group& group : groups_.all()) {
      Series series;
      series.labels = std::move(group.labels);
      series.drop_name = group.drop_name;
      group.column.MoveTo(series.values, series.present);
      for (size_t i = 0; aggregate_.op == AggregateOp::kAvg && i < steps; ++i)
        if (series.present[i] != 0 && !std::isfinite(series.values[i]))
          return std::optional<Table>();
      out.push_back(std::move(series));
    }
    evaluator_.context().Release(2 * steps * out.size());
    return std::optional<Table>(std::move(out));
  }

 private:
  /// What StepValues made.
  Status Add(const metrics::SeriesColumns& series) {
    QueryContext& context = evaluator_.context();
    if ((context.ticks++ & 63) == 0) HN_TRY_VOID(context.CheckAlive());
    if (series.values.size() == all_present_.size())
      return AddColumn(series.labels, series.values, all_present_);
    const Grid& grid = evaluator_.grid();
    column_.resize(grid.count);
    present_.assign(grid.count, 0);
    for (size_t i = 0; i < series.values.size(); ++i) {
      const auto step = static_cast<size_t>((series.at_ms[i] - grid.start_ms) / grid.step_ms);
      column_[step] = series.values[i];
      present_[step] = 1;
    }
    return AddColumn(series.labels, column_, present_);
  }

  Status AddColumn(const metrics::Labels& labels, const Column& column,
                   const std::vector<uint8_t>& present) {
    if (source_.call != nullptr) RemarkOnName(evaluator_.context(), *source_.call, labels);
    HN_TRY(Group * group, groups_.Of(labels, source_.drops_name));
    group->column.Add(column, present);
    return {};
  }

  /// False: samples have to be read.
  Result<bool> ReadCoarse() {
    HN_TRY(
        const auto read,
        ChooseCoarseRead(evaluator_, *source_.selector, source_.matrix,
                         source_.call != nullptr ? std::string_view(source_.call->function) : ""));
    if (!read) return false;
    return VisitCoarse(
        evaluator_, *read, source_.span,
        [&](const metrics::Labels& labels, const Column& column,
            const std::vector<uint8_t>& present) { return AddColumn(labels, column, present); });
  }

  Evaluator& evaluator_;
  const Aggregate& aggregate_;
  const Source& source_;
  Groups groups_;
  const std::vector<uint8_t> all_present_;
  Column column_;  ///< Of a series that is not there at all steps.
  std::vector<uint8_t> present_;
};

}  // namespace

bool IsStreamed(const QueryContext& context, const Aggregate& aggregate) {
  // What is folded at once is not counted step by step.
  return FoldedColumn::Folds(aggregate.op) && !context.limits.count_samples &&
         SourceOf(*aggregate.inner);
}

Result<std::optional<Table>> EvalStreamedFold(Evaluator& evaluator, const Aggregate& aggregate) {
  if (!IsStreamed(evaluator.context(), aggregate)) return std::optional<Table>();
  const std::optional<Source> source = SourceOf(*aggregate.inner);
  StreamedFold fold(evaluator, aggregate, *source);
  const size_t held = evaluator.context().samples;
  HN_TRY(const bool read, fold.Read());
  std::optional<Table> out;
  if (read) {
    HN_TRY(out, fold.Finish());
  }
  if (!out) evaluator.context().Release(evaluator.context().samples - held);
  return out;
}

}  // namespace hinomi::promql
