#include "metrics/scrape_page.h"

#include <optional>
#include <utility>

#include "metrics/impl/line_reading.h"
#include "metrics/protobuf_exposition.h"

namespace hinomi::metrics {

struct PageReader::State {
  /// What was given out and waits to be stored.
  struct Given {
    SampleTaker taker;
    std::optional<std::vector<PageMemory::Id>>
        order;              ///< Of the lines, where the memory has others.
    bool metadata = false;  ///< That of the lines was given.
  };

  explicit State(PageOptions page_options)
      : options(std::move(page_options)), memory(options.seed) {}

  Result<PageSamples> ReadByLines(std::string_view page, Instant at);
  Result<PageSamples> ReadWhole(std::string_view page, Instant at);
  Result<Exposition> Parse(std::string_view page) const;

  PageOptions options;
  PageMemory memory;
  ExpositionFormat format = ExpositionFormat::kText;
  std::optional<Given> given;
  bool metadata_owed = true;  ///< The store does not have that of these lines.
};

PageReader::PageReader(PageOptions options) : state_(std::make_unique<State>(std::move(options))) {}
PageReader::~PageReader() = default;
PageReader::PageReader(PageReader&&) noexcept = default;
PageReader& PageReader::operator=(PageReader&&) noexcept = default;

Result<PageSamples> PageReader::Read(std::string_view page, ExpositionFormat format, Instant at) {
  State& state = *state_;
  // The same line may mean another thing in the other format.
  if (std::exchange(state.format, format) != format) state.memory.ForgetLines();
  const bool whole =
      format == ExpositionFormat::kProtobuf ||
      (format == ExpositionFormat::kOpenMetrics && state.options.rules == ExpositionRules::kStrict);
  const PageMemory::Mark mark = state.memory.End();
  auto samples = whole ? state.ReadWhole(page, at) : state.ReadByLines(page, at);
  if (!samples) {
    state.given.reset();
    state.memory.CutTo(mark);
  }
  state.memory.DropIndexes();
  return samples;
}

Result<PageSamples> PageReader::State::ReadByLines(std::string_view page, Instant at) {
  given.emplace(Given{SampleTaker(options, memory, at), {}, true});
  const LineStyle style{format == ExpositionFormat::kOpenMetrics, false};
  LineReading lines(options, style, memory, given->taker);
  HN_TRY_VOID(PageWalk(style, lines).Run(page));
  PageSamples samples = given->taker.Finish();
  metadata_owed |= !lines.SameComments();
  if (metadata_owed) samples.metadata = lines.MetadataOfPage();
  if (!lines.SameLines() || given->taker.vanished() > 0) given->order = lines.TakeOrder();
  return samples;
}

Result<Exposition> PageReader::State::Parse(std::string_view page) const {
  // What relabelling drops does not count.
  const size_t most = options.relabel.empty() ? options.sample_limit : 0;
  if (format != ExpositionFormat::kProtobuf)
    return ParseExposition(page, format, options.rules, most);
  HistogramForm form = HistogramForm::kClassic;
  if (options.native_histograms)
    form = options.classic_histograms ? HistogramForm::kBoth : HistogramForm::kNative;
  return ParseProtobufExposition(page, form, most);
}

Result<PageSamples> PageReader::State::ReadWhole(std::string_view page, Instant at) {
  given.emplace(Given{SampleTaker(options, memory, at), std::vector<PageMemory::Id>(), true});
  HN_TRY(Exposition exposition, Parse(page));
  const auto series_of = [&](const Labels& labels) {
    return SeriesOfScraped(labels, options, memory);
  };
  auto next = exposition.exemplars.begin();
  const auto take_exemplars = [&](size_t of, PageMemory::Id series, int64_t at_ms,
                                  const auto& end) {
    for (; next != end && next->sample == of; ++next)
      given->taker.TakeExemplar(series, next->labels, next->value, at_ms, next->at_ms);
  };
  for (size_t i = 0; i < exposition.samples.size(); ++i) {
    const ExposedSample& sample = exposition.samples[i];
    HN_TRY(const PageMemory::Id series, series_of(sample.labels));
    const int64_t at_ms = given->taker.Take(series, sample.value, sample.at_ms);
    take_exemplars(i, series, at_ms, exposition.exemplars.end());
  }
  next = exposition.histogram_exemplars.begin();
  for (size_t i = 0; i < exposition.histograms.size(); ++i) {
    ExposedHistogram& exposed = exposition.histograms[i];
    HN_TRY(const PageMemory::Id series, series_of(exposed.labels));
    const int64_t at_ms =
        given->taker.TakeHistogram(series, std::move(exposed.histogram), exposed.at_ms);
    take_exemplars(i, series, at_ms, exposition.histogram_exemplars.end());
  }
  if (options.sample_limit != 0 && given->taker.kept() > options.sample_limit)
    return TooManySamples(options.sample_limit);
  PageSamples samples = given->taker.Finish();
  samples.metadata = std::move(exposition.metadata);
  return samples;
}

PageSamples PageReader::End(Instant at) {
  State& state = *state_;
  state.given.emplace(State::Given{SampleTaker(state.options, state.memory, at), {}, false});
  return state.given->taker.Finish();
}

void PageReader::Stored() {
  State& state = *state_;
  if (!state.given) return;
  for (PageMemory::Id series = 0; series < state.memory.series_count(); ++series)
    state.memory.SetLife(series, state.given->taker.LifeOf(series));
  if (state.given->metadata) state.metadata_owed = false;
  if (state.given->order) state.memory.Keep(*state.given->order);
  state.given.reset();
}

void PageReader::NotStored() {
  State& state = *state_;
  if (!state.given) return;
  for (PageMemory::Id series = 0; series < state.memory.series_count(); ++series)
    if (state.given->taker.LifeOf(series) != SeriesLife::kOver)
      state.memory.SetLife(series, state.given->taker.LifeOf(series));
  if (state.given->order) state.memory.Keep(*state.given->order);
  state.given.reset();
}

size_t PageReader::memory_bytes() const {
  return sizeof(State) - sizeof(PageMemory) + state_->memory.memory_bytes();
}

std::vector<WriteSeries> StaleMarkers(const std::set<Labels>& series, Instant at) {
  std::vector<WriteSeries> markers;
  markers.reserve(series.size());
  for (const Labels& labels : series) markers.push_back({labels, {{at.millis(), StaleMarker()}}});
  return markers;
}

}  // namespace hinomi::metrics
