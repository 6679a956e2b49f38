#include "promql/impl/folded_column.h"

#include <algorithm>
#include <cmath>

#include "base/wide.h"

namespace hinomi::promql {
namespace {

/// Knuth's TwoSum: what Neumaier's compensation gives, without its branch, so that the processor
/// works on several steps at once.
inline void AddTwoSum(double v, double& sum, double& extra) {
  const double next = sum + v;
  const double taken = next - sum;
  extra += (sum - (next - taken)) + (v - taken);
  sum = next;
}

/// A number to each of `n` sums.
HN_ALSO_FOR_AVX2 void AddToSums(const double* __restrict values, size_t n, double* __restrict sums,
                                double* __restrict extras) {
  constexpr size_t kLanes = 4;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane)
      AddTwoSum(values[i + lane], sums[i + lane], extras[i + lane]);
  for (; i < n; ++i) AddTwoSum(values[i], sums[i], extras[i]);
}

}  // namespace

FoldedColumn::FoldedColumn(AggregateOp op, size_t steps)
    : op_(op), value_(steps), extra_(steps), count_(steps) {}

bool FoldedColumn::Folds(AggregateOp op) {
  switch (op) {
    case AggregateOp::kSum:
    case AggregateOp::kAvg:
    case AggregateOp::kMin:
    case AggregateOp::kMax:
    case AggregateOp::kCount:
    case AggregateOp::kGroup:
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      return true;
    default:
      return false;
  }
}

void FoldedColumn::AddToSum(size_t step, double v) {
  AddTwoSum(v, value_[step], extra_[step]);
}

void FoldedColumn::AddToLeast(size_t step, double v) {
  double& least = value_[step];
  if (count_[step] == 0 || v < least || std::isnan(least)) least = v;
}

void FoldedColumn::AddToGreatest(size_t step, double v) {
  double& greatest = value_[step];
  if (count_[step] == 0 || v > greatest || std::isnan(greatest)) greatest = v;
}

void FoldedColumn::AddToVariance(size_t step, double v) {
  // Welford's method.
  const double delta = v - extra_[step];
  extra_[step] += delta / static_cast<double>(count_[step] + 1);
  value_[step] += delta * (v - extra_[step]);
}

template <void (FoldedColumn::*kAdd)(size_t, double)>
void FoldedColumn::AddEach(const Column& values, const std::vector<uint8_t>& present) {
  if (std::find(present.begin(), present.end(), uint8_t{0}) == present.end()) {
    for (size_t i = 0; i < values.size(); ++i) (this->*kAdd)(i, values[i]);
    for (uint32_t& count : count_) ++count;
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (present[i] == 0) continue;
    (this->*kAdd)(i, values[i]);
    ++count_[i];
  }
}

void FoldedColumn::Add(const Column& values, const std::vector<uint8_t>& present) {
  switch (op_) {
    case AggregateOp::kSum:
    case AggregateOp::kAvg:
      if (std::find(present.begin(), present.end(), uint8_t{0}) != present.end())
        return AddEach<&FoldedColumn::AddToSum>(values, present);
      AddToSums(values.data(), values.size(), value_.data(), extra_.data());
      for (uint32_t& count : count_) ++count;
      return;
    case AggregateOp::kMin:
      return AddEach<&FoldedColumn::AddToLeast>(values, present);
    case AggregateOp::kMax:
      return AddEach<&FoldedColumn::AddToGreatest>(values, present);
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      return AddEach<&FoldedColumn::AddToVariance>(values, present);
    default:
      return AddEach<&FoldedColumn::OnlyCount>(values, present);
  }
}

double FoldedColumn::At(size_t step) const {
  const double n = count_[step], value = value_[step];
  switch (op_) {
    case AggregateOp::kSum:
      return std::isinf(value) ? value : value + extra_[step];
    case AggregateOp::kAvg:
      return value / n + extra_[step] / n;
    case AggregateOp::kCount:
      return n;
    case AggregateOp::kGroup:
      return 1;
    case AggregateOp::kStdvar:
      return value / n;
    case AggregateOp::kStddev:
      return std::sqrt(value / n);
    default:
      return value;
  }
}

void FoldedColumn::MoveTo(Column& values, std::vector<uint8_t>& present) {
  const size_t steps = value_.size();
  present.resize(steps);
  for (size_t i = 0; i < steps; ++i) present[i] = count_[i] > 0 ? 1 : 0;
  if (op_ != AggregateOp::kMin && op_ != AggregateOp::kMax)
    for (size_t i = 0; i < steps; ++i)
      if (present[i] != 0) value_[i] = At(i);
  values = std::move(value_);
}

}  // namespace hinomi::promql
