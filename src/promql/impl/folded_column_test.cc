#include "promql/impl/folded_column.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hinomi::promql {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// What an aggregation is of these numbers, said as plainly as can be.
double Plainly(AggregateOp op, const std::vector<double>& values) {
  long double sum = 0, square = 0;
  double least = kNan, greatest = kNan;
  for (const double value : values) {
    sum += value;
    if (std::isnan(least) || value < least) least = value;
    if (std::isnan(greatest) || value > greatest) greatest = value;
  }
  const auto count = static_cast<long double>(values.size());
  for (const double value : values) square += (value - sum / count) * (value - sum / count);
  switch (op) {
    case AggregateOp::kSum:
      return static_cast<double>(sum);
    case AggregateOp::kAvg:
      return static_cast<double>(sum / count);
    case AggregateOp::kMin:
      return least;
    case AggregateOp::kMax:
      return greatest;
    case AggregateOp::kCount:
      return static_cast<double>(count);
    case AggregateOp::kStddev:
      return static_cast<double>(std::sqrt(square / count));
    case AggregateOp::kStdvar:
      return static_cast<double>(square / count);
    default:
      return 1;
  }
}

TEST(FoldedColumnTest, SaysOfEachStepWhatItsNumbersSayPlainly) {
  constexpr size_t kSteps = 13;
  std::mt19937 random(7);
  for (const AggregateOp op :
       {AggregateOp::kSum, AggregateOp::kAvg, AggregateOp::kMin, AggregateOp::kMax,
        AggregateOp::kCount, AggregateOp::kGroup, AggregateOp::kStddev, AggregateOp::kStdvar}) {
    ASSERT_TRUE(FoldedColumn::Folds(op));
    FoldedColumn column(op, kSteps);
    std::vector<std::vector<double>> by_step(kSteps);
    for (int series = 0; series < 40; ++series) {
      Column values(kSteps);
      std::vector<uint8_t> present(kSteps, 1);
      for (size_t i = 0; i < kSteps; ++i) {
        // Some series have all steps, which goes another way; the last step has nothing.
        present[i] = i + 1 < kSteps && (series % 3 == 0 || random() % 2 == 0);
        values[i] = static_cast<double>(random() % 2001) / 8 - 125;
        if (present[i]) by_step[i].push_back(values[i]);
      }
      column.Add(values, present);
    }
    for (size_t i = 0; i + 1 < kSteps; ++i) {
      ASSERT_TRUE(column.Has(i));
      const double expected = Plainly(op, by_step[i]);
      EXPECT_NEAR(column.At(i), expected, std::abs(expected) * 1e-12 + 1e-12);
    }
    EXPECT_FALSE(column.Has(kSteps - 1));
    const FoldedColumn kept = column;
    Column values;
    std::vector<uint8_t> present;
    column.MoveTo(values, present);
    ASSERT_EQ(values.size(), kSteps);
    for (size_t i = 0; i < kSteps; ++i) {
      EXPECT_EQ(present[i] != 0, kept.Has(i));
      if (kept.Has(i)) {
        EXPECT_EQ(values[i], kept.At(i));
      }
    }
  }
}

TEST(FoldedColumnTest, WhatCancelsOutLeavesTheSmallOnes) {
  FoldedColumn sum(AggregateOp::kSum, 2);
  for (const double value : {1e100, 1.0, -1e100}) sum.Add({value, value}, {1, 1});
  EXPECT_EQ(sum.At(0), 1);
  EXPECT_EQ(sum.At(1), 1);
}

TEST(FoldedColumnTest, InfinitiesAndNansStay) {
  FoldedColumn sum(AggregateOp::kSum, 1), least(AggregateOp::kMin, 1);
  for (const double value : {1.0, std::numeric_limits<double>::infinity()}) sum.Add({value}, {1});
  EXPECT_EQ(sum.At(0), std::numeric_limits<double>::infinity());
  least.Add({kNan}, {1});
  EXPECT_TRUE(std::isnan(least.At(0)));
  least.Add({5}, {1});
  EXPECT_EQ(least.At(0), 5);
  EXPECT_FALSE(FoldedColumn::Folds(AggregateOp::kTopk));
}

}  // namespace
}  // namespace hinomi::promql
