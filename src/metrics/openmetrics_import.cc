#include "metrics/openmetrics_import.h"

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/impl/exposition_line.h"
#include "metrics/impl/metadata_line.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

constexpr LineStyle kImportStyle{.openmetrics = true, .strict = false};

class Importer {
 public:
  Importer(const TextSource& source, Appender& appender, const OpenMetricsImportLimits& limits)
      : source_(source), appender_(appender), limits_(limits) {}

  Result<OpenMetricsImport> Run() {
    Status status = ReadAll();
    // What came before a mistake is kept, so that the message can say so.
    Status stored = Store();
    if (status) status = std::move(stored);
    if (status) return done_;
    const std::string kept =
        stored_line_ == 0 ? "; nothing of it is stored"
                          : "; all up to line " + std::to_string(stored_line_) + " is stored";
    Error error = std::move(status).error();
    error.message += kept;
    return error;
  }

 private:
  Status ReadAll() {
    std::string rest;  // Of a line that goes on in the next piece.
    for (;;) {
      HN_TRY(const std::string piece, source_());
      if (piece.empty()) break;
      std::string_view text = piece;
      for (size_t end; (end = text.find('\n')) != std::string_view::npos;) {
        if (rest.empty()) {
          HN_TRY_VOID(NumberedLine(text.substr(0, end)));
        } else {
          rest += text.substr(0, end);
          HN_TRY_VOID(NumberedLine(rest));
          rest.clear();
        }
        text.remove_prefix(end + 1);
      }
      rest += text;
      if (rest.size() > limits_.max_line_bytes) return NumberedLine(rest);
    }
    if (!rest.empty()) HN_TRY_VOID(NumberedLine(rest));
    if (ended_) return {};
    return InvalidArgument("line " + std::to_string(done_.lines + 1) +
                           ": the text ends without # EOF; it may have been cut");
  }

  Status NumberedLine(std::string_view line) {
    ++done_.lines;
    Status status = Line(line);
    if (status) {
      taken_line_ = done_.lines;
      return {};
    }
    return std::move(status).error().WithContext("line " + std::to_string(done_.lines));
  }

  Status Line(std::string_view line) {
    if (line.size() > limits_.max_line_bytes)
      return InvalidArgument("it has more than " + std::to_string(limits_.max_line_bytes) +
                             " bytes; a sample's line is shorter");
    if (ended_) return InvalidArgument("text after # EOF");
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "# EOF") {
      ended_ = true;
      return {};
    }
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (line.empty()) return {};
    return line[0] == '#' ? Comment(line) : Sample(line);
  }

  Status Comment(std::string_view line) {
    const auto metadata = SplitMetadataLine(line, kImportStyle);
    if (!metadata) return {};
    if (metadata->name != family_) {
      TellMetadata();
      family_ = metadata->name;
    }
    HN_TRY_VOID(ApplyMetadataLine(*metadata, kImportStyle, metadata_));
    return {};
  }

  void TellMetadata() {
    if (!family_.empty()) appender_.SetMetadata(family_, metadata_);
    family_.clear();
    metadata_ = {};
  }

  Status Sample(std::string_view text) {
    HN_TRY(SampleLine line, ParseSampleLine(text, kImportStyle));
    if (!line.at_ms)
      return InvalidArgument("the sample has no time; expected it in seconds behind the value");
    line.labels.emplace_back("__name__", line.name);
    Labels labels(std::move(line.labels));
    if (line.exemplar) TakeExemplar(labels, *line.exemplar, *line.at_ms);
    if (batch_.empty() || batch_.back().labels != labels) batch_.push_back({std::move(labels), {}});
    batch_.back().samples.push_back({*line.at_ms, line.value});
    if (++batched_samples_ < limits_.batch_samples) return {};
    taken_line_ = done_.lines;
    return Store();
  }

  void TakeExemplar(const Labels& series, ExemplarLine& line, int64_t sample_at_ms) {
    RawBatch::Exemplar& exemplar = exemplars_.exemplars.emplace_back();
    exemplar.series = exemplar_labels_.emplace_back(LabelBytesOf(series));
    exemplar.labels = exemplar_labels_.emplace_back(LabelBytesOf(Labels(std::move(line.labels))));
    // Without a time it stood beside this sample; told again, that is the same one.
    exemplar.sample = {line.at_ms().value_or(sample_at_ms), line.value};
  }

  /// Once it has failed nothing more is stored: "up to line N" must hold.
  Status Store() {
    if (store_failed_) return {};
    TellMetadata();
    store_failed_ = true;
    if (!batch_.empty()) HN_TRY_VOID(appender_.Append(batch_));
    if (!exemplars_.exemplars.empty()) HN_TRY_VOID(appender_.AppendRaw(exemplars_));
    store_failed_ = false;
    batch_.clear();
    done_.exemplars += exemplars_.exemplars.size();
    exemplars_.exemplars.clear();
    exemplar_labels_.clear();
    done_.samples += std::exchange(batched_samples_, 0);
    stored_line_ = taken_line_;
    return {};
  }

  const TextSource& source_;
  Appender& appender_;
  const OpenMetricsImportLimits& limits_;
  std::vector<WriteSeries> batch_;
  RawBatch exemplars_;                       ///< Of the batch; nothing else is in it.
  std::deque<std::string> exemplar_labels_;  ///< What it borrows.
  size_t batched_samples_ = 0;
  std::string family_;  ///< Whose metadata is being read; empty if none is.
  Metadata metadata_;
  bool ended_ = false;
  bool store_failed_ = false;
  size_t taken_line_ = 0;   ///< Up to here all is in the batch or stored.
  size_t stored_line_ = 0;  ///< Up to here all is stored.
  OpenMetricsImport done_;
};

}  // namespace

Result<OpenMetricsImport> ImportOpenMetrics(const TextSource& source, Appender& appender,
                                            const OpenMetricsImportLimits& limits) {
  return Importer(source, appender, limits).Run();
}

}  // namespace hinomi::metrics
