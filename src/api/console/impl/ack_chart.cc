#include "api/console/impl/ack_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "api/console/impl/words.h"
#include "base/strings.h"

namespace hinomi::api::impl {
namespace {

using text::Format;

constexpr double kWidth = 358, kTop = 8, kBottom = 78;
/// Enough for a phone's pixels; more points would only cost bytes.
constexpr size_t kMaxPoints = 360;
constexpr size_t kMaxName = 90;

std::string Coordinate(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1f", value);
  return buffer;
}

struct Scale {
  Instant from, to;
  double low, high;

  std::string X(Instant at) const {
    const double span = std::max(1.0, (to - from).ToSeconds());
    return Coordinate((at - from).ToSeconds() / span * kWidth);
  }
  double Y(double value) const { return kBottom - (value - low) / (high - low) * (kBottom - kTop); }
};

/// One move for each run of values; a gap stays a gap.
std::string LinePath(const std::vector<AckPoint>& points, const Scale& scale) {
  std::string path;
  bool pen_down = false;
  const size_t stride = points.size() / kMaxPoints + 1;
  for (size_t i = 0; i < points.size(); i += stride) {
    const AckPoint& point = points[i];
    if (!point.value) {
      pen_down = false;
      continue;
    }
    path += (pen_down ? "L" : "M") + scale.X(point.at) + " " + Coordinate(scale.Y(*point.value));
    pen_down = true;
  }
  return path;
}

std::string AxisText(double x, const char* anchor, const std::string& text) {
  return "<text x=\"" + Coordinate(x) + "\" y=\"93\" text-anchor=\"" + anchor + "\">" + text +
         "</text>";
}

std::string SpanText(Duration span, text::Language language) {
  const int64_t minutes = std::max<int64_t>(1, (span.seconds() + 30) / 60);
  if (minutes < 60) return Format(language, "time.minutes", {{"m", std::to_string(minutes)}});
  return Format(language, "time.hours_minutes",
                {{"h", std::to_string(minutes / 60)}, {"m", std::to_string(minutes % 60)}});
}

}  // namespace

std::string ClockOf(Instant at, Duration utc_offset) {
  // "2026-11-24T03:12:04Z" without its date and zone.
  return FormatRfc3339(Instant::FromSeconds((at + utc_offset).seconds())).substr(11, 8);
}

std::string MinuteOf(Instant at, Duration utc_offset) {
  return ClockOf(at, utc_offset).substr(0, 5);
}

std::string CutText(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return std::string(text.substr(0, limit)) + "…";
}

std::string RenderChart(const AckChart& chart, text::Language language, Duration utc_offset) {
  double low = std::min(0.0, chart.threshold), high = chart.threshold;
  std::optional<double> last, highest;
  for (const AckPoint& point : chart.points) {
    if (!point.value || !std::isfinite(*point.value)) continue;
    low = std::min(low, *point.value);
    high = std::max(high, *point.value);
    highest = std::max(highest.value_or(*point.value), *point.value);
    last = point.value;
  }
  if (!last) return "";
  if (high <= low) high = low + 1;
  const Scale scale{chart.points.front().at, chart.points.back().at, low, high};
  const std::string limit = Quantity(chart.threshold, chart.unit);
  const std::string limit_y = Coordinate(scale.Y(chart.threshold));
  const Duration span = scale.to - scale.from;

  std::string out = "<h2>";
  out += HtmlEscape(
      Format(language, "ack.chart",
             {{"metric", CutText(chart.metric, kMaxName)}, {"span", SpanText(span, language)}}));
  out += "</h2>\n<svg class=\"plot\" viewBox=\"0 0 358 96\" role=\"img\" aria-label=\"";
  out += HtmlEscape(Format(language, "ack.chart_label",
                           {{"high", Quantity(*highest, chart.unit)},
                            {"last", Quantity(*last, chart.unit)},
                            {"limit", limit}}));
  out += "\"><path class=\"ax\" d=\"M0 78.5H358\"/><path class=\"lim\" d=\"M0 " + limit_y +
         "H358\"/><path class=\"ln\" d=\"" + LinePath(chart.points, scale) + "\"/>";
  // Above its line, or below where the line is at the very top.
  const double text_y = scale.Y(chart.threshold) - 5;
  out += "<text class=\"tl\" x=\"0\" y=\"" + Coordinate(text_y < 12 ? text_y + 20 : text_y) +
         "\">" + HtmlEscape(Format(language, "ack.limit", {{"limit", limit}})) + "</text>";
  out += AxisText(0, "start", MinuteOf(scale.from, utc_offset));
  out += AxisText(kWidth / 2, "middle", MinuteOf(scale.from + span / 2, utc_offset));
  out += AxisText(kWidth, "end", MinuteOf(scale.to, utc_offset));
  return out + "</svg>\n";
}

}  // namespace hinomi::api::impl
