// modules: hn_metrics_testing hn_http_testing hn_os_testing hn_http
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "metrics/scrape_page_testing.h"

// A byte of options, then pages of one target behind each other, a zero byte between
// two: each gives what the reader without memory gives, or the helper aborts.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  PageOptions options;
  options.target = Labels({{"job", "app"}, {"instance", "a:1"}});
  options.honor_labels = (data[0] & 1) != 0;
  options.honor_timestamps = (data[0] & 2) == 0;
  options.rules = (data[0] & 4) != 0 ? ExpositionRules::kStrict : ExpositionRules::kLenient;
  options.sample_limit = (data[0] & 8) != 0 ? 5 : 0;
  if ((data[0] & 32) != 0)
    options.relabel = *RelabelRules::Compile(
        {{.action = RelabelAction::kDrop, .source_labels = {"__name__"}, .regex = "[a-f].*"},
         {.source_labels = {"le", "__name__"}, .regex = "(.).*", .target_label = "x$1"},
         {.action = RelabelAction::kLabelDrop, .regex = "[n-z]|__name__x"}});
  const auto format =
      (data[0] & 16) != 0 ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
  ComparedPageReaders readers(options);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (int64_t at_ms = 0; !rest.empty(); ++at_ms) {
    const std::string_view page = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(page.size() < rest.size() ? page.size() + 1 : rest.size());
    // Of some lengths they are not stored.
    const auto fate = page.size() % 8 == 7 ? ComparedPageReaders::Fate::kNotStored
                                           : ComparedPageReaders::Fate::kStored;
    readers.Scrape(page, format, Instant::FromMillis(at_ms), fate);
  }
  return 0;
}
