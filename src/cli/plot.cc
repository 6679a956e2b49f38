#include "cli/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

namespace hinomi::cli {
namespace {

constexpr size_t kMargin = 10;

/// Dots of braille: two across and four down a character (Unicode, block "Braille Patterns").
class Canvas {
 public:
  explicit Canvas(const PlotSize& size) : size_(size), cells_(size.columns * size.rows) {}

  size_t width() const { return size_.columns * 2; }
  size_t height() const { return size_.rows * 4; }

  /// `y` counts from below.
  void Dot(size_t x, size_t y) {
    static constexpr std::array<std::array<uint8_t, 4>, 2> kBits{
        {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}};
    const size_t row = size_.rows - 1 - y / 4;
    cells_[row * size_.columns + x / 2] |= kBits[x % 2][y % 4];
  }

  std::string Row(size_t row) const {
    std::string text;
    for (size_t column = 0; column < size_.columns; ++column) {
      const uint8_t dots = cells_[row * size_.columns + column];
      if (dots == 0) {
        text += ' ';
        continue;
      }
      // U+2800 and up as UTF-8.
      text += "\xE2";
      text += static_cast<char>(0xA0 | dots >> 6);
      text += static_cast<char>(0x80 | (dots & 0x3F));
    }
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }

 private:
  PlotSize size_;
  std::vector<uint8_t> cells_;
};

struct Stretch {
  double low = 0;
  double high = 0;
  double last = 0;
};

/// What the values that one column of dots stands for reach; nothing if none is finite.
std::optional<Stretch> StretchOf(std::span<const double> values, size_t x, size_t width) {
  const size_t begin = x * values.size() / width;
  const size_t end = std::max(begin + 1, (x + 1) * values.size() / width);
  std::optional<Stretch> stretch;
  for (const double value : values.subspan(begin, end - begin)) {
    if (!std::isfinite(value)) continue;
    if (!stretch) stretch = Stretch{value, value, value};
    stretch->low = std::min(stretch->low, value);
    stretch->high = std::max(stretch->high, value);
    stretch->last = value;
  }
  return stretch;
}

size_t HeightOf(double value, const PlotScale& scale, size_t height) {
  const double share = (value - scale.low) / (scale.high - scale.low);
  const double dots = std::clamp(share, 0.0, 1.0) * static_cast<double>(height - 1);
  return static_cast<size_t>(std::lround(dots));
}

void DrawLine(std::span<const double> values, const PlotScale& scale, Canvas& canvas) {
  double before = NAN;
  for (size_t x = 0; x < canvas.width(); ++x) {
    auto stretch = StretchOf(values, x, canvas.width());
    if (!stretch) {
      before = NAN;
      continue;
    }
    // A steep line stays one.
    if (!std::isnan(before)) {
      stretch->low = std::min(stretch->low, before);
      stretch->high = std::max(stretch->high, before);
    }
    before = stretch->last;
    const size_t top = HeightOf(stretch->high, scale, canvas.height());
    for (size_t y = HeightOf(stretch->low, scale, canvas.height()); y <= top; ++y) canvas.Dot(x, y);
  }
}

std::string Margin(std::string_view label) {
  return fmt::format("{:>{}} │", label, kMargin);
}

}  // namespace

PlotScale ScaleOf(std::span<const double> values) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return {};
  if (low < high) return {low, high};
  const double apart = std::max(std::abs(low), 1.0) / 2;
  return {low - apart, high + apart};
}

std::string DrawPlot(std::span<const double> values, const PlotScale& scale, const PlotSize& size) {
  Canvas canvas(size);
  if (!values.empty()) DrawLine(values, scale, canvas);
  std::string text;
  for (size_t row = 0; row < size.rows; ++row) {
    std::string label;
    if (row == 0) label = fmt::format("{:.4g}", scale.high);
    if (row + 1 == size.rows && size.rows > 1) label = fmt::format("{:.4g}", scale.low);
    text += Margin(label) + canvas.Row(row) + "\n";
  }
  return text;
}

}  // namespace hinomi::cli
