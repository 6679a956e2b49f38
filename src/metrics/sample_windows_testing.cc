#include "metrics/sample_windows_testing.h"

#include <bit>
#include <cmath>

namespace hinomi::metrics {

WrittenSamples AnyWritten(Random& random, int64_t resolution_ms) {
  WrittenSamples written;
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random.Below(static_cast<uint64_t>(n)));
  };
  int64_t at_ms = below(4 * resolution_ms) - 2 * resolution_ms;
  double value = static_cast<double>(random.Below(1000));
  const bool gauge = random.Percent(50), odd = random.Percent(25);
  for (uint64_t left = random.Below(300); left > 0; --left) {
    at_ms += 1 + below(random.Percent(5) ? 5 * resolution_ms : resolution_ms / 10);
    if (random.Percent(10)) at_ms = WindowEnd(at_ms, resolution_ms);
    value += static_cast<double>(random.Below(100)) / 8 * (gauge && random.Percent(50) ? -1 : 1);
    if (random.Percent(4)) value = static_cast<double>(random.Below(3));
    double said = value;
    if (odd && random.Percent(10)) said = random.Percent(50) ? std::nan("") : -0.0;
    if (random.Percent(3)) said = StaleMarker();
    written.at_ms.push_back(at_ms);
    written.values.push_back(said);
  }
  return written;
}

std::vector<SampleWindow> AnyWindows(Random& random, int64_t resolution_ms) {
  const WrittenSamples written = AnyWritten(random, resolution_ms);
  std::vector<SampleWindow> windows;
  AppendWindows(written.at_ms, written.values, resolution_ms, windows);
  return windows;
}

std::string ShowWindows(const std::vector<SampleWindow>& windows) {
  std::string text;
  for (const SampleWindow& window : windows) {
    text += std::to_string(window.end_ms) + (window.ended ? " ended" : "");
    if (window.count > 0) {
      for (const double value : {window.count, window.sum, window.min, window.max,
                                 window.first.value, window.last.value, window.lost})
        text += " " + std::to_string(std::bit_cast<uint64_t>(value));
      text += " " + std::to_string(window.first.at_ms) + " " + std::to_string(window.last.at_ms);
    }
    text += "\n";
  }
  return text;
}

}  // namespace hinomi::metrics
