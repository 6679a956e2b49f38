#include "metrics/tsdb/window_columns.h"

#include <algorithm>
#include <array>
#include <bit>

namespace hinomi::metrics {
namespace {

/// In the order of their hours.
enum Column : size_t {
  kCount,
  kSum,
  kMin,
  kMax,
  kFirst,
  kLast,
  kFirstBefore,  ///< Milliseconds from the first sample to the window's end,
  kLastBefore,   ///< and from the last one.
  kLost,
  kEnded,
  kColumns
};
using Row = std::array<double, kColumns>;

constexpr int64_t kColumnMs = kHourMs;

Row RowOf(const SampleWindow& window) {
  const auto before = [&](const Sample& sample) {
    return window.count > 0 ? static_cast<double>(window.end_ms - sample.at_ms) : 0;
  };
  return {window.count,         window.sum,
          window.min,           window.max,
          window.first.value,   window.last.value,
          before(window.first), before(window.last),
          window.lost,          window.ended ? 1.0 : 0.0};
}

/// What a column has where nothing is written.
double DefaultOf(const Row& row, size_t column) {
  if (column == kMin) return row[kFirst];
  if (column == kMax) return row[kLast];
  return 0;
}

bool IsDefault(const Row& row, size_t column) {
  return std::bit_cast<uint64_t>(row[column]) == std::bit_cast<uint64_t>(DefaultOf(row, column));
}

bool MayBeLeftOut(size_t column) {
  return column == kMin || column == kMax || column == kLost || column == kEnded;
}

SampleWindow WindowOfRow(const Row& row, int64_t end_ms) {
  SampleWindow window;
  window.end_ms = end_ms;
  window.count = row[kCount];
  window.sum = row[kSum];
  window.min = row[kMin];
  window.max = row[kMax];
  window.first = {end_ms - static_cast<int64_t>(row[kFirstBefore]), row[kFirst]};
  window.last = {end_ms - static_cast<int64_t>(row[kLastBefore]), row[kLast]};
  window.lost = row[kLost];
  window.ended = row[kEnded] != 0;
  return window;
}

/// The rows of one day while its columns come.
class DayRows {
 public:
  void Put(size_t column, int64_t place, double value) {
    if (column == kCount) {
      places_.push_back(place);
      rows_.push_back({});
      has_.push_back(0);
    }
    const auto found = std::lower_bound(places_.begin(), places_.end(), place);
    if (found == places_.end() || *found != place) return;
    const auto i = static_cast<size_t>(found - places_.begin());
    rows_[i][column] = value;
    has_[i] |= 1u << column;
  }

  void MoveTo(int64_t day, int64_t resolution_ms, std::vector<SampleWindow>& windows) {
    for (size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      for (const size_t column : {kMin, kMax})
        if ((has_[i] >> column & 1) == 0) row[column] = DefaultOf(row, column);
      const bool sound = row[kFirstBefore] >= 0 &&
                         row[kFirstBefore] < static_cast<double>(resolution_ms) &&
                         row[kLastBefore] >= 0 && row[kLastBefore] <= row[kFirstBefore];
      if (sound)
        windows.push_back(WindowOfRow(row, day * kDayMs + (places_[i] + 1) * resolution_ms));
    }
    places_.clear();
    rows_.clear();
    has_.clear();
  }

 private:
  std::vector<int64_t> places_;  ///< Of the windows in their day, ascending.
  std::vector<Row> rows_;
  std::vector<uint32_t> has_;  ///< A bit a column.
};

}  // namespace

Status EncodeWindows(std::span<const SampleWindow> windows, int64_t resolution_ms, Columns columns,
                     const std::function<Status(std::span<const int64_t> at_ms,
                                                std::span<const double> values)>& add) {
  std::vector<Row> rows;
  std::vector<int64_t> at_ms;
  for (const SampleWindow& window : windows) {
    rows.push_back(RowOf(window));
    const int64_t day_ms = DayOfWindow(window.end_ms) * kDayMs;
    at_ms.push_back(day_ms + (window.end_ms - day_ms) / resolution_ms - 1);
  }
  std::vector<double> values(rows.size());
  for (size_t column = 0; column < kColumns; ++column) {
    const bool left_out = columns == Columns::kNeeded && MayBeLeftOut(column) &&
                          std::all_of(rows.begin(), rows.end(),
                                      [&](const Row& row) { return IsDefault(row, column); });
    if (!left_out) {
      for (size_t i = 0; i < rows.size(); ++i) values[i] = rows[i][column];
      HN_TRY_VOID(add(at_ms, values));
    }
    for (int64_t& at : at_ms) at += kColumnMs;
  }
  return {};
}

void DecodeWindows(std::span<const int64_t> at_ms, std::span<const double> values,
                   int64_t resolution_ms, std::vector<SampleWindow>& windows) {
  DayRows rows;
  int64_t day = 0;
  for (size_t i = 0; i < at_ms.size(); ++i) {
    const int64_t its_day = WindowNumber(at_ms[i], kDayMs);
    if (its_day != day) rows.MoveTo(day, resolution_ms, windows);
    day = its_day;
    const int64_t in_day = at_ms[i] - day * kDayMs;
    const int64_t column = in_day / kColumnMs, place = in_day % kColumnMs;
    if (column < int64_t{kColumns} && place < kDayMs / resolution_ms)
      rows.Put(static_cast<size_t>(column), place, values[i]);
  }
  rows.MoveTo(day, resolution_ms, windows);
}

std::vector<TimeWindow> ColumnTimes(int64_t from_ms, int64_t to_ms, int64_t resolution_ms) {
  std::vector<TimeWindow> times;
  const auto add_part = [&](int64_t day, int64_t first, int64_t last) {
    for (int64_t column = 0; column < int64_t{kColumns}; ++column) {
      const int64_t begin = day * kDayMs + column * kColumnMs;
      times.push_back({begin + first, begin + last});
    }
  };
  const int64_t windows = kDayMs / resolution_ms;
  int64_t first_day = DayOfWindow(from_ms), last_day = DayOfWindow(to_ms);
  const auto place = [&](int64_t end_ms, int64_t day) {
    return (end_ms - day * kDayMs + resolution_ms - 1) / resolution_ms - 1;
  };
  const int64_t first = place(from_ms, first_day), last = place(to_ms, last_day);
  if (first_day == last_day && (first > 0 || last < windows - 1)) {
    add_part(first_day, first, last);
    return times;
  }
  if (first > 0) add_part(first_day++, first, windows - 1);
  if (last < windows - 1) add_part(last_day--, 0, last);
  if (first_day <= last_day) times.push_back({first_day * kDayMs, last_day * kDayMs + kDayMs - 1});
  return times;
}

}  // namespace hinomi::metrics
