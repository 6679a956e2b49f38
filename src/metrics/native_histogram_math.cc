#include "metrics/native_histogram_math.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/kahan.h"
#include "metrics/native_histogram_buckets.h"

namespace hinomi::metrics {

using ResetHint = NativeHistogram::ResetHint;

void NativeHistogramSum::Exact::Add(double increment) {
  KahanAdd(increment, value, lost);
}

double NativeHistogramSum::Exact::Total() const {
  return std::isinf(value) ? value : value + lost;
}

NativeHistogramSum::NativeHistogramSum(const NativeHistogram& first)
    : hint_(first.reset_hint),
      schema_(first.schema),
      zero_threshold_(first.zero_threshold),
      zero_{first.zero_count},
      count_{first.count},
      sum_{first.sum},
      bounds_(first.custom_values) {
  const auto take = [](Cells& cells, const std::vector<NativeHistogram::Bucket>& buckets) {
    cells.reserve(buckets.size());
    for (const NativeHistogram::Bucket& bucket : buckets) {
      if (bucket.count != 0) cells.push_back({bucket.index, {bucket.count}});
    }
  };
  take(positive_, first.positive);
  take(negative_, first.negative);
}

NativeHistogram NativeHistogramSum::Result() const {
  NativeHistogram out;
  out.reset_hint = hint_;
  out.schema = schema_;
  out.zero_threshold = zero_threshold_;
  out.zero_count = zero_.Total();
  out.count = count_.Total();
  out.sum = sum_.Total();
  out.custom_values = bounds_;
  const auto give = [](const Cells& cells, std::vector<NativeHistogram::Bucket>& buckets) {
    buckets.reserve(cells.size());
    for (const Cell& cell : cells) {
      const double count = cell.count.Total();
      if (count != 0) buckets.push_back({cell.index, count});
    }
  };
  give(positive_, out.positive);
  give(negative_, out.negative);
  return out;
}

template <typename F>
void NativeHistogramSum::ForEachNumber(F f) {
  f(zero_);
  f(count_);
  f(sum_);
  for (Cell& cell : positive_) f(cell.count);
  for (Cell& cell : negative_) f(cell.count);
}

void NativeHistogramSum::Scale(double factor) {
  ForEachNumber([factor](Exact& number) {
    number.value *= factor;
    number.lost *= factor;
  });
  if (factor < 0) hint_ = ResetHint::kGauge;
}

void NativeHistogramSum::Divide(double divisor) {
  if (divisor == 0) {
    positive_.clear();
    negative_.clear();
  }
  ForEachNumber([divisor](Exact& number) {
    number.value /= divisor;
    number.lost = divisor == 0 ? 0 : number.lost / divisor;
  });
  if (divisor < 0) hint_ = ResetHint::kGauge;
}

bool NativeHistogramSum::Overflows() const {
  const auto any = [](const Cells& cells) {
    return std::any_of(cells.begin(), cells.end(),
                       [](const Cell& cell) { return std::isinf(cell.count.value); });
  };
  return std::isinf(zero_.value) || std::isinf(count_.value) || std::isinf(sum_.value) ||
         any(positive_) || any(negative_);
}

void NativeHistogramSum::AddTo(Cells& cells, int32_t index, const Exact& count, double sign,
                               size_t& at, Cells& missing) {
  while (at < cells.size() && cells[at].index < index) ++at;
  Cell* cell = nullptr;
  if (at < cells.size() && cells[at].index == index) {
    cell = &cells[at];
  } else {
    if (missing.empty() || missing.back().index != index) missing.push_back({index, {}});
    cell = &missing.back();
  }
  cell->count.Add(sign * count.value);
  if (count.lost != 0) cell->count.Add(sign * count.lost);
}

void NativeHistogramSum::Settle(Cells& cells, Cells missing) {
  if (missing.empty()) return;
  const auto middle = static_cast<std::ptrdiff_t>(cells.size());
  cells.insert(cells.end(), missing.begin(), missing.end());
  std::inplace_merge(cells.begin(), cells.begin() + middle, cells.end(),
                     [](const Cell& a, const Cell& b) { return a.index < b.index; });
}

void NativeHistogramSum::Coarsen(Cells& cells, int32_t steps) {
  Cells none, coarse;
  size_t at = 0;
  for (const Cell& cell : cells)
    AddTo(none, CoarserIndex(cell.index, steps), cell.count, 1, at, coarse);
  cells = std::move(coarse);
}

void NativeHistogramSum::ReduceTo(int32_t schema) {
  if (schema_ == kCustomBucketsSchema || schema >= schema_) return;
  Coarsen(positive_, schema_ - schema);
  Coarsen(negative_, schema_ - schema);
  schema_ = schema;
}

bool NativeHistogramSum::AdjustHint(ResetHint other) {
  if (other == hint_ || hint_ == ResetHint::kGauge) return false;
  if (other == ResetHint::kGauge) {
    hint_ = ResetHint::kGauge;
    return false;
  }
  const bool collision = hint_ != ResetHint::kUnknown && other != ResetHint::kUnknown;
  hint_ = ResetHint::kUnknown;
  return collision;
}

void NativeHistogramSum::WidenZero(double threshold) {
  // A threshold within a populated bucket moves to its end, which may cut another.
  for (bool moved = true; moved;) {
    moved = false;
    for (const Cells* cells : {&positive_, &negative_}) {
      for (const Cell& cell : *cells) {
        if (ExponentialBound(schema_, cell.index - 1) >= threshold) break;
        const double upper = ExponentialBound(schema_, cell.index);
        if (upper <= threshold || cell.count.value == 0) continue;
        threshold = upper;
        moved = true;
      }
    }
  }
  for (Cells* cells : {&positive_, &negative_}) {
    const auto outside = std::find_if(cells->begin(), cells->end(), [&](const Cell& cell) {
      return ExponentialBound(schema_, cell.index - 1) >= threshold;
    });
    for (auto cell = cells->begin(); cell != outside; ++cell) {
      zero_.Add(cell->count.value);
      zero_.Add(cell->count.lost);
    }
    cells->erase(cells->begin(), outside);
  }
  zero_threshold_ = threshold;
}

void NativeHistogramSum::ReconcileZero(NativeHistogramSum& other) {
  // Each widening ends at a bound of a bucket, so that this comes to an end.
  while (zero_threshold_ != other.zero_threshold_) {
    if (zero_threshold_ > other.zero_threshold_) other.WidenZero(zero_threshold_);
    if (other.zero_threshold_ > zero_threshold_) WidenZero(other.zero_threshold_);
  }
}

void NativeHistogramSum::MergeCells(Cells& cells, const std::vector<NativeHistogram::Bucket>& other,
                                    double sign, int32_t other_schema) const {
  Cells missing;
  size_t at = 0;
  bool inside_zero = zero_threshold_ > 0;
  for (const NativeHistogram::Bucket& bucket : other) {
    if (bucket.count == 0) continue;
    inside_zero = inside_zero && ExponentialBound(other_schema, bucket.index) <= zero_threshold_;
    if (inside_zero) continue;  // Broken, since the zero bucket counts these already.
    const int32_t index =
        other_schema == schema_ ? bucket.index : CoarserIndex(bucket.index, other_schema - schema_);
    AddTo(cells, index, {bucket.count}, sign, at, missing);
  }
  Settle(cells, std::move(missing));
}

void NativeHistogramSum::MergeCustom(const NativeHistogram& other, double sign, bool same_bounds) {
  if (same_bounds) return MergeCells(positive_, other.positive, sign, schema_);
  const std::vector<double> common = CommonBounds(bounds_, other.custom_values);
  // A bucket goes to the one that ends at the first common bound not below its own.
  const auto target = [&](const std::vector<double>& bounds, int32_t index) {
    const auto at = static_cast<size_t>(index);
    if (at >= bounds.size()) return static_cast<int32_t>(common.size());
    const auto found = std::lower_bound(common.begin(), common.end(), bounds[at]);
    return static_cast<int32_t>(found - common.begin());
  };
  Cells none, mine, theirs;
  size_t at = 0;
  for (const Cell& cell : positive_)
    AddTo(none, target(bounds_, cell.index), cell.count, 1, at, mine);
  at = 0;
  for (const NativeHistogram::Bucket& bucket : other.positive) {
    AddTo(mine, target(other.custom_values, bucket.index), {bucket.count}, sign, at, theirs);
  }
  Settle(mine, std::move(theirs));
  positive_ = std::move(mine);
  bounds_ = common;
}

HistogramMerge NativeHistogramSum::Merge(const NativeHistogram& other, double sign) {
  HistogramMerge out;
  const bool custom = schema_ == kCustomBucketsSchema;
  if (custom != UsesCustomBuckets(other)) {
    out.compatible = false;
    return out;
  }
  out.reset_collision = AdjustHint(other.reset_hint);
  count_.Add(sign * other.count);
  sum_.Add(sign * other.sum);
  if (custom) {
    out.bounds_reconciled = bounds_ != other.custom_values;
    MergeCustom(other, sign, !out.bounds_reconciled);
    return out;
  }
  if (zero_threshold_ == other.zero_threshold) {
    zero_.Add(sign * other.zero_count);
    ReduceTo(other.schema);
    MergeCells(positive_, other.positive, sign, other.schema);
    MergeCells(negative_, other.negative, sign, other.schema);
    return out;
  }
  NativeHistogramSum theirs(other);
  ReconcileZero(theirs);
  ReduceTo(theirs.schema_);
  theirs.ReduceTo(schema_);
  zero_.Add(sign * theirs.zero_.value);
  zero_.Add(sign * theirs.zero_.lost);
  const auto merge = [sign](Cells& mine, const Cells& others) {
    Cells missing;
    size_t at = 0;
    for (const Cell& cell : others) AddTo(mine, cell.index, cell.count, sign, at, missing);
    Settle(mine, std::move(missing));
  };
  merge(positive_, theirs.positive_);
  merge(negative_, theirs.negative_);
  return out;
}

NativeHistogramMean::NativeHistogramMean(const NativeHistogram& first) : sum_(first) {}

HistogramMerge NativeHistogramMean::Add(const NativeHistogram& other) {
  if (!running_) {
    NativeHistogramSum next = sum_;
    const HistogramMerge merge = next.Add(other);
    if (!merge.compatible) return merge;
    if (!next.Overflows()) {
      sum_ = std::move(next);
      ++count_;
      return merge;
    }
    running_ = true;
    sum_.Divide(count_);
  }
  ++count_;
  sum_.Scale((count_ - 1) / count_);
  return sum_.Add(Divided(other, count_));
}

NativeHistogram NativeHistogramMean::Result() const {
  NativeHistogramSum mean = sum_;
  if (!running_) mean.Divide(count_);
  return mean.Result();
}

NativeHistogram Scaled(const NativeHistogram& histogram, double factor) {
  NativeHistogramSum out(histogram);
  out.Scale(factor);
  return out.Result();
}

NativeHistogram Divided(const NativeHistogram& histogram, double divisor) {
  NativeHistogramSum out(histogram);
  out.Divide(divisor);
  return out.Result();
}

std::vector<double> CommonBounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

}  // namespace hinomi::metrics
