#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/check.h"
#include "metric_math/impl/values.h"

namespace hinomi::metric_math {
namespace {

std::vector<double> Present(const Points& points) {
  std::vector<double> values;
  for (const auto& point : points) {
    if (point) values.push_back(*point);
  }
  return values;
}

double SumOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

double PopulationDeviation(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = SumOf(values) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / count);
}

double OfPoint(FunctionId id, double value) {
  switch (id) {
    case FunctionId::kAbs:
      return std::abs(value);
    case FunctionId::kCeil:
      return std::ceil(value);
    case FunctionId::kFloor:
      return std::floor(value);
    case FunctionId::kLog:
      return std::log(value);
    case FunctionId::kLog10:
      return std::log10(value);
    default:
      HN_CHECK(false);
  }
}

/// DIFF, DIFF_TIME, RATE: against the point before, however long ago.
Points Differences(FunctionId id, const Points& points, const Grid& grid) {
  Points result(points.size());
  std::optional<size_t> before;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!points[i]) continue;
    if (before) {
      const double seconds = (grid.At(i) - grid.At(*before)).ToSeconds();
      const double difference = *points[i] - *points[*before];
      if (id == FunctionId::kDiffTime) result[i] = seconds;
      if (id == FunctionId::kDiff) result[i] = difference;
      if (id == FunctionId::kRate) result[i] = difference / seconds;
    }
    before = i;
  }
  return result;
}

Points RunningSum(const Points& points) {
  Points result(points.size());
  double sum = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i]) result[i] = sum += *points[i];
  }
  return result;
}

/// In UTC, as the guide says; Monday is 1.
double OfTime(FunctionId id, Instant at) {
  using namespace std::chrono;
  const sys_seconds time{seconds(at.seconds())};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  switch (id) {
    case FunctionId::kMinute:
      return static_cast<double>((time - day) / minutes(1) % 60);
    case FunctionId::kHour:
      return static_cast<double>((time - day) / hours(1));
    case FunctionId::kDay:
      return weekday(day).iso_encoding();
    case FunctionId::kDate:
      return static_cast<unsigned>(date.day());
    case FunctionId::kMonth:
      return static_cast<unsigned>(date.month());
    case FunctionId::kYear:
      return static_cast<int>(date.year());
    case FunctionId::kEpoch:
      return static_cast<double>(at.seconds());
    default:
      HN_CHECK(false);
  }
}

Points Transformed(FunctionId id, const Points& points, const Grid& grid) {
  using enum FunctionId;
  if (id == kDiff || id == kDiffTime || id == kRate) return Differences(id, points, grid);
  if (id == kRunningSum) return RunningSum(points);
  Points result(points.size());
  const bool each = id == kAbs || id == kCeil || id == kFloor || id == kLog || id == kLog10;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!each) {
      result[i] = OfTime(id, grid.At(i));
    } else if (points[i]) {
      result[i] = OfPoint(id, *points[i]);
    }
  }
  return result;
}

}  // namespace

std::optional<double> Reduce(FunctionId id, const Points& points) {
  const std::vector<double> values = Present(points);
  if (id == FunctionId::kDatapointCount) return static_cast<double>(values.size());
  if (values.empty()) return std::nullopt;
  double result = 0;
  switch (id) {
    case FunctionId::kAvg:  // Missing values count as 0.
      result = SumOf(values) / static_cast<double>(points.size());
      break;
    case FunctionId::kMax:
      result = std::ranges::max(values);
      break;
    case FunctionId::kMin:
      result = std::ranges::min(values);
      break;
    case FunctionId::kStddev:
      result = PopulationDeviation(values);
      break;
    case FunctionId::kSum:
      result = SumOf(values);
      break;
    default:
      HN_CHECK(false);
  }
  if (!std::isfinite(result)) return std::nullopt;
  return result;
}

Points Transform(FunctionId id, const Points& points, const Grid& grid) {
  Points result = Transformed(id, points, grid);
  for (auto& point : result) {
    if (point && !std::isfinite(*point)) point.reset();
  }
  return result;
}

Points FillWith(Points points, const Value& value) {
  for (size_t i = 0; i < points.size(); ++i) {
    if (!points[i]) points[i] = value.At(0, i);
  }
  return points;
}

Points FillRepeat(Points points) {
  for (size_t i = 1; i < points.size(); ++i) {
    if (!points[i]) points[i] = points[i - 1];
  }
  return points;
}

Points FillLinear(Points points) {
  std::optional<size_t> before;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!points[i]) continue;
    for (size_t gap = before ? *before + 1 : i; gap < i; ++gap) {
      const double part = static_cast<double>(gap - *before) / static_cast<double>(i - *before);
      points[gap] = std::lerp(*points[*before], *points[i], part);
    }
    before = i;
  }
  return points;
}

void SortBy(FunctionId by, bool descending, std::vector<TimeSeries>& series) {
  std::vector<std::pair<std::optional<double>, TimeSeries>> keyed;
  for (TimeSeries& one : series) keyed.emplace_back(Reduce(by, one.points), std::move(one));
  std::ranges::stable_sort(keyed, [descending](const auto& a, const auto& b) {
    if (!a.first || !b.first) return a.first.has_value() && !b.first.has_value();
    return descending ? *a.first > *b.first : *a.first < *b.first;
  });
  series.clear();
  for (auto& [key, one] : keyed) series.push_back(std::move(one));
}

std::vector<TimeSeries> SliceOf(std::vector<TimeSeries> series, double begin, double end) {
  const auto index = [&series](double at) {
    return static_cast<ptrdiff_t>(std::clamp(at, 0.0, static_cast<double>(series.size())));
  };
  const ptrdiff_t first = index(begin);
  const ptrdiff_t last = std::max(first, index(end));
  return {std::make_move_iterator(series.begin() + first),
          std::make_move_iterator(series.begin() + last)};
}

}  // namespace hinomi::metric_math
