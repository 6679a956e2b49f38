#include "metrics/scrape_page.h"

#include <optional>
#include <utility>

#include "metrics/impl/line_reading.h"

namespace hinomi::metrics {

Labels JoinTarget(const Labels& scraped, const PageOptions& options) {
  Labels joined = scraped;
  for (const auto& [name, value] : options.target.pairs())
    if (!options.honor_labels || scraped.Get(name).empty()) joined.Set(name, value);
  if (options.honor_labels) return joined;
  // Once all of the target's are there: one of them may be called exported_ itself.
  for (const auto& [name, value] : options.target.pairs()) {
    const std::string_view theirs = scraped.Get(name);
    if (theirs.empty()) continue;
    std::string renamed = "exported_" + name;
    while (!joined.Get(renamed).empty()) renamed = "exported_" + renamed;
    joined.Set(renamed, theirs);
  }
  return joined;
}

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
  const bool strict =
      format == ExpositionFormat::kOpenMetrics && state.options.rules == ExpositionRules::kStrict;
  const PageMemory::Mark mark = state.memory.End();
  auto samples = strict ? state.ReadWhole(page, at) : state.ReadByLines(page, at);
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

Result<PageSamples> PageReader::State::ReadWhole(std::string_view page, Instant at) {
  given.emplace(Given{SampleTaker(options, memory, at), std::vector<PageMemory::Id>(), true});
  HN_TRY(Exposition exposition, ParseExposition(page, format, options.rules, options.sample_limit));
  auto exemplar = exposition.exemplars.begin();
  for (size_t i = 0; i < exposition.samples.size(); ++i) {
    const ExposedSample& sample = exposition.samples[i];
    HN_TRY(const PageMemory::Id series,
           memory.SeriesOfLabels(LabelBytesOf(JoinTarget(sample.labels, options))));
    const int64_t at_ms = given->taker.Take(series, sample.value, sample.at_ms);
    if (exemplar == exposition.exemplars.end() || exemplar->sample != i) continue;
    given->taker.TakeExemplar(series, exemplar->labels, exemplar->value, at_ms, exemplar->at_ms);
    ++exemplar;
  }
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
    state.memory.SetLive(series, state.given->taker.IsLive(series));
  if (state.given->metadata) state.metadata_owed = false;
  if (state.given->order) state.memory.Keep(*state.given->order);
  state.given.reset();
}

void PageReader::NotStored() {
  State& state = *state_;
  if (!state.given) return;
  for (PageMemory::Id series = 0; series < state.memory.series_count(); ++series)
    if (state.given->taker.IsLive(series)) state.memory.SetLive(series, true);
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
