#ifndef HINOMI_METRICS_STORAGE_H_
#define HINOMI_METRICS_STORAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"
#include "metrics/query_memory.h"
#include "metrics/sample_windows.h"

namespace hinomi::metrics {

/// The label by which a store tells the columns of native histograms apart
/// (docs/formats/metrics-histograms.md). No series that is written or read has it: a
/// matcher finds it absent.
inline constexpr std::string_view kHistogramLabel = "__histogram__";

/// What a query may cost. Exceeding it is kExhausted, naming the limit.
struct SelectLimits {
  size_t max_series = 100'000;
  size_t max_samples = 50'000'000;
  /// What is selected is taken from it, and given back by whoever has it. Null:
  /// not counted.
  QueryMemory::Share* memory = nullptr;
};

/// kExhausted that names the limit which these numbers pass.
Status CheckLimits(const SelectLimits& limits, size_t series, size_t samples);
/// About the memory that one selected series with so many samples needs.
size_t SelectedBytes(size_t samples);
/// One more series with so many samples: takes that.
Status TakeMemory(const SelectLimits& limits, size_t samples);
/// What TakeMemory took for such a series.
void GiveBackMemory(const SelectLimits& limits, size_t samples);

/// Examples of what was counted or measured (OpenMetrics 1.0, "Exemplars"): their
/// labels often name a trace.
struct SeriesExemplars {
  struct Exemplar {
    Labels labels;
    Sample sample;
  };
  Labels series;
  std::vector<Exemplar> exemplars;  ///< By time.
};

/// Takes one series that was selected. What it holds may be moved from; it is
/// overwritten by the next.
using SeriesVisitor = std::function<Status(SeriesColumns& series)>;

/// What is done to a series, and to it alone, on the thread that has read it; what becomes of it
/// is visited then, unless it has no samples any more.
using SeriesStep = std::function<void(SeriesColumns& series)>;
/// Called once on each thread that reads; the step is used there only.
using SeriesStepMaker = std::function<SeriesStep()>;

/// Everything that `visit_all` calls its visitor with; within the limits as a whole.
Result<std::vector<SeriesColumns>> Gather(
    const SelectLimits& limits, const std::function<Status(const SeriesVisitor&)>& visit_all);

/// A resolution in which a store has something of a range of time.
struct Resolution {
  int64_t window_ms = 0;
  bool alone = false;  ///< There are days of which nothing finer may be left.
};

/// What a selection would read, told from indexes and the heads of chunks. What is written
/// meanwhile is not in it.
struct SelectEstimate {
  size_t series = 0;  ///< At most.
  /// At most: of one time in two chunks both samples count, and what a delete took out of a
  /// chunk does, too.
  size_t samples = 0;
  size_t least_series = 0;  ///< At least, damage aside.
  size_t least_samples = 0;
};

/// The reading side of a time-series store: all that PromQL and alarms see.
/// Threads: any.
class Queryable {
 public:
  virtual ~Queryable() = default;
  /// Series that match all of `matchers` with their samples in [from, to]
  /// (milliseconds, both inclusive), sorted by labels. Series without a
  /// sample in the range are left out.
  virtual Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers,
                                                    int64_t from_ms, int64_t to_ms,
                                                    const SelectLimits& limits) const = 0;
  /// The same, one series after the other, which need not be in memory together. False,
  /// without a visit, where native histograms are among what matches: those are read by
  /// Select. `limits.memory` is taken from for what the store itself holds meanwhile. An error
  /// of the visitor ends it and is the answer; memory may be left taken then. Visits are made on
  /// the calling thread, `prepare` (may be empty) works beside it where there is much to read.
  virtual Result<bool> VisitFloats(const std::vector<Matcher>& matchers, int64_t from_ms,
                                   int64_t to_ms, const SelectLimits& limits,
                                   const SeriesVisitor& visit,
                                   const SeriesStepMaker& prepare) const;
  /// What Select or VisitFloats would read, or VisitWindows where `window_ms` is not 0 (then a
  /// window counts as some samples, and the least is 0); no values are decoded. Nothing where the
  /// store cannot tell. Errors: those of the matchers.
  virtual Result<std::optional<SelectEstimate>> Estimate(const std::vector<Matcher>& matchers,
                                                         int64_t from_ms, int64_t to_ms,
                                                         int64_t window_ms) const;
  /// About how many samples that are, within microseconds: from tables of counts, as if all series
  /// had as many as the average one. SIZE_MAX where the store cannot tell.
  virtual size_t GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                              int64_t to_ms) const;
  /// In which resolutions something of [from_ms, to_ms] is downsampled, for who wants the
  /// series that match; the finest first.
  virtual std::vector<Resolution> Resolutions(const std::vector<Matcher>& matchers, int64_t from_ms,
                                              int64_t to_ms) const;
  /// The windows that end in [from_ms, to_ms], whole multiples of `window_ms`, of the
  /// series that match, by labels: those that are downsampled, and those of the samples
  /// otherwise. False, without a visit, as VisitFloats. As there, an error of the visitor
  /// ends it. `limits.max_samples` is of one series.
  virtual Result<bool> VisitWindows(const std::vector<Matcher>& matchers, int64_t from_ms,
                                    int64_t to_ms, int64_t window_ms, const SelectLimits& limits,
                                    const WindowsVisitor& visit) const;
  /// Label sets only, for /api/v1/series.
  virtual Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers,
                                                   int64_t from_ms, int64_t to_ms) const = 0;
  virtual Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const = 0;
  virtual Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                                       int64_t to_ms) const = 0;
  virtual std::map<std::string, Metadata> MetricMetadata() const = 0;
  /// The exemplars in [from, to] of the series that match, by series. Here none.
  virtual Result<std::vector<SeriesExemplars>> SelectExemplars(const std::vector<Matcher>& matchers,
                                                               int64_t from_ms,
                                                               int64_t to_ms) const;
};

/// One series' new samples.
struct WriteSeries {
  /// A native histogram at a time.
  struct HistogramSample {
    int64_t at_ms = 0;
    NativeHistogramPtr histogram;
  };
  Labels labels;
  std::vector<Sample> samples;
  std::vector<HistogramSample> histograms;
};

/// What whoever appends a batch is told with "stored".
enum class Promise {
  kDurable,  ///< It survives a power cut.
  kSoon,     ///< It does with the next batch that must, or some seconds later. Visible at once.
};

/// What a store leaves with a sender that writes the same series again and again: where it is
/// found without its labels. Only the store that wrote it reads it; anybody may forget it.
struct SeriesHandle {
  uint32_t store = 0;   ///< 0: none.
  uint32_t series = 0;  ///< By that store's numbers.
};

/// The same for a whole request, with labels as the bytes that came: a store
/// finds a series that it knows by them and never takes them apart.
struct RawBatch {
  struct Series {
    std::string_view label_bytes;  ///< See metrics/tsdb/label_bytes.h; borrowed.
    uint32_t first = 0;            ///< In `samples`.
    uint32_t count = 0;
    /// Of these labels and no others; borrowed until the batch is stored. Null: none is kept.
    SeriesHandle* handle = nullptr;
  };
  /// An example beside the samples; its series need not be among `series`.
  struct Exemplar {
    std::string_view series;  ///< Label bytes as above; borrowed.
    std::string_view labels;  ///< Its own, the same way, in any order; borrowed.
    Sample sample;
    /// False: `sample.at_ms` is when it was read; as long as it stands there it is one.
    bool own_time = true;
  };
  /// A native histogram; its series need not be among `series`.
  struct Histogram {
    std::string_view label_bytes;  ///< As those of `Series`; borrowed.
    int64_t at_ms = 0;
    NativeHistogramPtr histogram;  ///< Never null.
  };
  std::vector<Series> series;
  std::vector<Sample> samples;
  std::vector<Histogram> histograms;
  std::vector<Exemplar> exemplars;
  Promise promise = Promise::kDurable;
  /// What kind of sender it is, for warnings; a constant.
  std::string_view sender = "collector";
  /// Asked for the valid label bytes of a series that is not known: its own may
  /// be in another form, or refused (kInvalidArgument). None: all are valid.
  std::function<Result<std::string>(std::string_view label_bytes)> canonical;
};

/// Errors: those of `canonical`.
Result<std::vector<WriteSeries>> Expand(const RawBatch& batch);

/// The writing side. Threads: any.
class Appender {
 public:
  virtual ~Appender() = default;
  /// Returns when the whole batch is durable (written and synced, perhaps
  /// together with other batches): only then may a sender hear 2xx. Any
  /// timestamp is taken; of two samples with one time the later write wins, and of a
  /// histogram and a float the histogram.
  /// Errors: kExhausted below the disk's `min_free` or at the memory limit;
  /// kInvalidArgument for a histogram that `CheckHistogram` refuses, and for labels that
  /// name `kHistogramLabel`.
  virtual Status Append(const std::vector<WriteSeries>& batch) = 0;
  /// The same; here by `Expand`, without exemplars.
  virtual Status AppendRaw(const RawBatch& batch);
  virtual void SetMetadata(const std::string& metric, const Metadata& metadata) = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_STORAGE_H_
