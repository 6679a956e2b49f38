#ifndef HINOMI_METRICS_SCRAPE_PAGE_TESTING_H_
#define HINOMI_METRICS_SCRAPE_PAGE_TESTING_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/scrape_page.h"

namespace hinomi::metrics {

/// `PageReader` as plain as can be: every page is taken apart whole, by sets of
/// labels. What the fast one is compared with.
class PlainPageReader {
 public:
  struct Page {
    std::vector<WriteSeries> series;
    std::vector<std::string> exemplars;
    size_t scraped = 0;
    size_t added = 0;
  };
  explicit PlainPageReader(PageOptions options) : options_(std::move(options)) {}

  Result<Page> Read(std::string_view page, ExpositionFormat format, Instant at);
  Page End(Instant at);
  void Stored();
  void NotStored();
  /// Everything that stored pages have said, the last word counts.
  const std::map<std::string, Metadata>& metadata() const { return metadata_; }

 private:
  PageOptions options_;
  std::set<Labels> live_;
  std::set<Labels> given_live_;
  std::map<std::string, Metadata> given_metadata_;
  std::map<std::string, Metadata> metadata_;
};

/// Both readers on the same pages. Aborts where they differ.
class ComparedPageReaders {
 public:
  enum class Fate { kStored, kNotStored };

  explicit ComparedPageReaders(const PageOptions& options) : fast_(options), plain_(options) {}

  /// As a scraper does it: a page that cannot be read ends all series. False for those.
  bool Scrape(std::string_view page, ExpositionFormat format, Instant at, Fate fate);
  PageReader& fast() { return fast_; }
  /// How many series a store would have found by what it left with the reader.
  size_t followed_handles() const { return followed_; }

 private:
  /// As a store does: what a handle leads to has the labels that stand beside it.
  void FollowHandles(const RawBatch& batch);

  PageReader fast_;
  PlainPageReader plain_;
  std::map<std::string, Metadata> metadata_;
  std::vector<std::string> stored_;  ///< Label bytes by the handles' numbers.
  size_t followed_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPE_PAGE_TESTING_H_
