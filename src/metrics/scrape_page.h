#ifndef HINOMI_METRICS_SCRAPE_PAGE_H_
#define HINOMI_METRICS_SCRAPE_PAGE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/exposition.h"
#include "metrics/scrape_job.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// How the labels and times of a page are taken.
struct PageOptions {
  Labels target;  ///< job, instance and what the configuration adds.
  /// True: the page's labels win. False: a label of the page that the target
  /// has as well is renamed to exported_LABEL.
  bool honor_labels = false;
  bool honor_timestamps = true;
  size_t sample_limit = 0;  ///< Of what relabelling leaves; 0: none. More is kExhausted.
  ExpositionRules rules = ExpositionRules::kLenient;
  uint64_t seed = 0;  ///< Of hash tables; random in earnest.
  /// Of protobuf pages: native histograms are taken where there are any.
  bool native_histograms = false;
  bool classic_histograms = false;  ///< Beside the native ones, not in their place.
  RelabelRules relabel;             ///< Of a series' labels with the target's.
  LabelLimits label_limits;         ///< Beyond one the page is kDenied.
};

/// What one page gives to the store. Label bytes are the reader's: they stay
/// until `PageReader::Stored` or `NotStored`.
struct PageSamples {
  /// The page's samples, then markers for what vanished. Exemplars without a time of
  /// their own have that of their sample.
  RawBatch batch;
  /// Everything that the page says, if that is not what the last page said.
  std::map<std::string, Metadata> metadata;
  size_t scraped = 0;  ///< Samples on the page,
  size_t kept = 0;     ///< and of them those that relabelling left.
  size_t added = 0;    ///< Series that the page before did not have.
};

/// Reads the pages of one target, one after the other. A line that the last page
/// had as well is found by comparing its text: what stands in front of its value is
/// taken apart once. (Strict OpenMetrics pages are read whole each time, as their
/// rules concern the lines together.) What it keeps is bounded by the last page:
/// its lines' texts, its series' label bytes, and 16 bytes for each of both.
///
/// Series without times of their own have to go on with the next page, or get a
/// stale marker; a page's own times mean that it knows when a series ends.
/// Threads: one at a time.
class PageReader {
 public:
  explicit PageReader(PageOptions options);
  ~PageReader();
  PageReader(PageReader&&) noexcept;
  PageReader& operator=(PageReader&&) noexcept;

  /// The page as taken at `at`. A page that cannot be read is an error as a whole
  /// (see `ParseExposition`) and changes nothing.
  Result<PageSamples> Read(std::string_view page, ExpositionFormat format, Instant at);
  /// Markers for all series: the target failed or is gone.
  PageSamples End(Instant at);
  /// What was given out last is in the store.
  void Stored();
  /// It is not: what vanished is marked again next time, what came as well.
  void NotStored();

  size_t memory_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A stale marker for each series.
std::vector<WriteSeries> StaleMarkers(const std::set<Labels>& series, Instant at);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPE_PAGE_H_
