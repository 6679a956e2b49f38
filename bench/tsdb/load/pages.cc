#include "pages.h"

#include <cinttypes>
#include <cstdio>
#include <fstream>

#include "options.h"

namespace hinomi::bench {

std::vector<Page> ReadPages(const std::string& path, size_t limit) {
  std::ifstream file(path, std::ios::binary);
  std::vector<Page> pages;
  std::string header;
  while ((limit == 0 || pages.size() < limit) && std::getline(file, header)) {
    Page page;
    size_t bytes = 0;
    if (std::sscanf(header.c_str(), "#@ %" SCNd64 " %zu", &page.at_ms, &bytes) != 2) {
      Die(path + ": page " + std::to_string(pages.size() + 1) +
          " does not begin with '#@ ms bytes'");
    }
    page.text.resize(bytes);
    if (!file.read(page.text.data(), static_cast<std::streamsize>(bytes))) {
      Die(path + " is cut off within page " + std::to_string(pages.size() + 1));
    }
    pages.push_back(std::move(page));
  }
  if (pages.empty()) Die("no pages in " + path);
  return pages;
}

std::vector<PageLine> SampleLines(std::string_view text) {
  std::vector<PageLine> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const size_t blank = line.rfind(' ');
    if (line.empty() || line[0] == '#' || blank == line.npos) continue;
    lines.push_back({line.substr(0, blank), line.substr(blank + 1)});
  }
  return lines;
}

}  // namespace hinomi::bench
