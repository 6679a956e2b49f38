#include "promql/impl/selector_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hinomi::promql {
namespace {

metrics::SeriesColumns ColumnsOf(size_t count) {
  metrics::SeriesColumns columns;
  for (size_t i = 0; i < count; ++i) {
    columns.at_ms.push_back(static_cast<int64_t>(i));
    columns.values.push_back(static_cast<double>(i) - 3);
  }
  return columns;
}

TEST(SelectorColumnsTest, AStalenessMarkIsFoundAtEveryPlace) {
  for (size_t count = 1; count < 40; ++count) {
    for (size_t marked = 0; marked < count; ++marked) {
      metrics::SeriesColumns columns = ColumnsOf(count);
      columns.values[marked] = metrics::StaleMarker();
      DropStale(columns);
      ASSERT_EQ(columns.values.size(), count - 1) << marked << " of " << count;
      ASSERT_EQ(columns.at_ms.size(), count - 1);
      for (size_t i = 0; i + 1 < count; ++i) ASSERT_NE(columns.at_ms[i], int64_t(marked));
    }
  }
}

TEST(SelectorColumnsTest, OtherNaNsAndInfinitiesStay) {
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL,
                           std::numeric_limits<double>::max(), -0.0}) {
    for (size_t place = 0; place < 20; ++place) {
      metrics::SeriesColumns columns = ColumnsOf(20);
      columns.values[place] = odd;
      DropStale(columns);
      EXPECT_EQ(columns.values.size(), 20u) << odd << " at " << place;
    }
  }
}

}  // namespace
}  // namespace hinomi::promql
