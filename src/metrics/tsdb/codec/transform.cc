#include "metrics/tsdb/codec/transform.h"

#include <algorithm>
#include <array>

#include "metrics/tsdb/codec/wrap.h"

namespace hinomi::metrics::codec {
namespace {

// The median of a few steps spread over the column.
int64_t UsualStep(std::span<const int64_t> x) {
  constexpr size_t kLooks = 15;
  std::array<int64_t, kLooks> steps;
  const size_t looks = std::min(kLooks, x.size() - 1);
  for (size_t k = 0; k < looks; ++k) {
    const size_t i = k * (x.size() - 1) / looks;
    steps[k] = WrapSub(x[i + 1], x[i]);
  }
  const auto middle = steps.begin() + static_cast<long>(looks / 2);
  std::nth_element(steps.begin(), middle, steps.begin() + static_cast<long>(looks));
  return *middle;
}

}  // namespace

Start StartOf(Transform transform, std::span<const int64_t> x) {
  Start start{x[0], 0};
  if (x.size() < 2) return start;
  if (transform == Transform::kDeltaDelta) start.slope = WrapSub(x[1], x[0]);
  if (transform == Transform::kLine) start.slope = UsualStep(x);
  return start;
}

void TakeResiduals(Transform transform, Start start, std::span<const int64_t> x,
                   int64_t* residuals) {
  switch (transform) {
    case Transform::kPlain:
      for (size_t i = 1; i < x.size(); ++i) residuals[i - 1] = WrapSub(x[i], start.origin);
      return;
    case Transform::kDelta:
      for (size_t i = 1; i < x.size(); ++i) residuals[i - 1] = WrapSub(x[i], x[i - 1]);
      return;
    case Transform::kDeltaDelta:
      for (size_t i = 2; i < x.size(); ++i)
        residuals[i - 2] = WrapSub(WrapSub(x[i], x[i - 1]), WrapSub(x[i - 1], x[i - 2]));
      return;
    case Transform::kLine: {
      int64_t line = start.origin;
      for (size_t i = 1; i < x.size(); ++i) {
        line = WrapAdd(line, start.slope);
        residuals[i - 1] = WrapSub(x[i], line);
      }
      return;
    }
  }
}

void AddResiduals(Transform transform, Start start, std::span<int64_t> x) {
  int64_t last = start.origin;
  x[0] = last;
  switch (transform) {
    case Transform::kPlain:
      for (size_t i = 1; i < x.size(); ++i) x[i] = WrapAdd(x[i], last);
      return;
    case Transform::kDelta:
      for (size_t i = 1; i < x.size(); ++i) x[i] = last = WrapAdd(last, x[i]);
      return;
    case Transform::kDeltaDelta: {
      int64_t step = start.slope;
      if (x.size() > 1) x[1] = last = WrapAdd(last, step);
      for (size_t i = 2; i < x.size(); ++i) {
        step = WrapAdd(step, x[i]);
        x[i] = last = WrapAdd(last, step);
      }
      return;
    }
    case Transform::kLine:
      for (size_t i = 1; i < x.size(); ++i) {
        last = WrapAdd(last, start.slope);
        x[i] = WrapAdd(x[i], last);
      }
      return;
  }
}

void AddResidualsOfEnd(Transform transform, Start start, size_t first, int64_t last,
                       std::span<int64_t> x) {
  if (transform == Transform::kDelta) {
    for (size_t i = x.size(); i-- > 0;) {
      const int64_t step = x[i];
      x[i] = last;
      last = WrapSub(last, step);
    }
    return;
  }
  const int64_t slope = transform == Transform::kLine ? start.slope : 0;
  int64_t line = WrapAdd(start.origin, WrapMul(slope, static_cast<int64_t>(first)));
  for (int64_t& number : x) {
    number = WrapAdd(number, line);
    line = WrapAdd(line, slope);
  }
}

}  // namespace hinomi::metrics::codec
