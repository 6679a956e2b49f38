#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi::bench {

/// One answer of an exporter, in Prometheus' text format.
struct Page {
  int64_t at_ms = 0;
  std::string text;
};

/// Reads a file of pages: for each a line "#@ <milliseconds> <bytes>", then the page.
/// `limit`: the first so many only; 0 for all. Ends the program where there is none.
std::vector<Page> ReadPages(const std::string& path, size_t limit);

struct PageLine {
  std::string_view series;  // The name, with labels in braces if it has any.
  std::string_view value;
};

/// The lines of a page that are samples.
std::vector<PageLine> SampleLines(std::string_view text);

}  // namespace hinomi::bench
