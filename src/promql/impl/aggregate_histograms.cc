// sum and avg over native histograms.
#include "promql/impl/evaluator.h"
#include "promql/impl/remarks.h"

namespace hinomi::promql {
namespace {

/// What one group has gathered of histograms at one step.
class HistogramFold {
 public:
  HistogramFold(Evaluator& evaluator, const Aggregate& aggregate)
      : evaluator_(evaluator), aggregate_(aggregate) {}

  void Start() {
    sum_.reset();
    mean_.reset();
    usable_ = true;
    after_reset_ = without_reset_ = false;
  }
  bool empty() const { return !sum_ && !mean_; }

  /// Remarks on what does not go together; then the group has no result.
  void Add(const Series& series, const NativeHistogram& histogram, SeriesRemarks& remarks) {
    if (!usable_) return;
    after_reset_ |= histogram.reset_hint == NativeHistogram::ResetHint::kReset;
    without_reset_ |= histogram.reset_hint == NativeHistogram::ResetHint::kNoReset;
    if (empty()) {
      if (aggregate_.op == AggregateOp::kSum) {
        sum_.emplace(histogram);
      } else {
        mean_.emplace(histogram);
      }
      return;
    }
    const metrics::HistogramMerge merge = sum_ ? sum_->Add(histogram) : mean_->Add(histogram);
    if (merge.bounds_reconciled) remarks.Say(Remark::kReconciledGroup);
    usable_ = merge.compatible;
    if (usable_) return;
    const Span& span = aggregate_.inner->span;
    SeriesRemarks(evaluator_.context(), span, series.labels.name()).Say(Remark::kMixedSchemas);
  }

  /// Nothing if there is no result.
  std::optional<NativeHistogram> Result(SeriesRemarks& remarks) const {
    if (!usable_ || empty()) return std::nullopt;
    if (after_reset_ && without_reset_) remarks.Say(Remark::kResetCollision);
    return sum_ ? sum_->Result() : mean_->Result();
  }

 private:
  Evaluator& evaluator_;
  const Aggregate& aggregate_;
  std::optional<metrics::NativeHistogramSum> sum_;
  std::optional<metrics::NativeHistogramMean> mean_;
  bool usable_ = true;
  bool after_reset_ = false, without_reset_ = false;
};

}  // namespace

Status FoldHistograms(Evaluator& evaluator, const Aggregate& aggregate, const Table& table,
                      std::span<const size_t> members, Series& out) {
  QueryContext& context = evaluator.context();
  SeriesRemarks remarks(context, aggregate.inner->span, {});
  HistogramFold fold(evaluator, aggregate);
  for (size_t i = 0; i < evaluator.grid().count; ++i) {
    if ((i & 63) == 0) HN_TRY_VOID(context.CheckAlive());
    fold.Start();
    for (const size_t k : members) {
      const NativeHistogramPtr& histogram = table[k].HistogramAt(i);
      if (histogram) fold.Add(table[k], *histogram, remarks);
    }
    if (fold.empty()) continue;
    if (out.present[i]) {
      context.Warn("encountered a mix of histograms and floats for aggregation",
                   aggregate.inner->span);
      out.Remove(i);
      continue;
    }
    if (auto histogram = fold.Result(remarks)) out.Put(i, *std::move(histogram));
  }
  return context.ChargeHistograms(out);
}

void IgnoreHistograms(Evaluator& evaluator, AggregateOp op, const Span& span, Table& table) {
  bool any = false;
  for (Series& series : table) any |= series.DropHistograms();
  if (!any) return;
  evaluator.context().Inform(
      "ignored histogram in " + std::string(AggregateOpText(op)) + " aggregation", span);
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
}

}  // namespace hinomi::promql
