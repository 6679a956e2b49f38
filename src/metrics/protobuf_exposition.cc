#include "metrics/protobuf_exposition.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "base/strings.h"
#include "metrics/impl/exposed_family.h"
#include "metrics/impl/page_walk.h"

namespace hinomi::metrics {
namespace {

/// As Go writes the shortest form of a number, with ".0" where it would look whole: what
/// Prometheus gives to bounds and quantiles.
std::string BoundText(double value) {
  if (!std::isfinite(value)) return FormatDouble(value);
  std::array<char, 400> text{};
  const auto write = [&](std::chars_format format) {
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format);
    return std::string(text.data(), end.ptr);
  };
  const std::string scientific = write(std::chars_format::scientific);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < -4 || exponent >= 6) return scientific;
  const std::string plain = write(std::chars_format::fixed);
  return plain.find('.') == std::string::npos ? plain + ".0" : plain;
}

/// Collects one page, family by family.
class FamilyCollector {
 public:
  FamilyCollector(HistogramForm form, size_t max_samples)
      : form_(form), max_samples_(max_samples) {}

  Status Family(protozero::pbf_reader message) {
    FamilyMessage family = ReadFamily(message);
    name_ = std::move(family.name);
    if (name_.empty()) return InvalidArgument("a metric family has no name");
    if (!IsValidUtf8(name_)) return InvalidArgument("a metric family has a name that is not UTF-8");
    if (!IsValidUtf8(family.metadata.help) || !IsValidUtf8(family.metadata.unit))
      return Refuse("has a help text or a unit that is not UTF-8");
    is_gauge_ = family.metadata.type == MetricType::kGaugeHistogram;
    page_.metadata[name_] = std::move(family.metadata);
    while (message.next(kMetricTag, protozero::pbf_wire_type::length_delimited))
      HN_TRY_VOID(Metric(ReadMetric(message.get_message())));
    return {};
  }

  Exposition Take() { return std::move(page_); }

 private:
  Error Refuse(const std::string& why) const {
    return InvalidArgument("the metric family " + name_ + ' ' + why);
  }

  Status Metric(MetricMessage metric) {
    HN_TRY_VOID(CheckLabels(metric.labels));
    labels_ = std::move(metric.labels);
    at_ms_ = metric.at_ms;
    if (metric.values.size() + (metric.summary ? 1 : 0) + (metric.histogram ? 1 : 0) != 1)
      return Refuse("has a metric without a value, or with several; expected one");
    if (metric.summary) return Summary(*metric.summary);
    if (metric.histogram) return Histogram(std::move(*metric.histogram));
    HN_TRY_VOID(Add("", metric.values[0].value));
    return AddExemplar(metric.values[0].exemplar);
  }

  Status CheckLabels(const std::vector<Labels::Pair>& labels) const {
    if (labels.size() > kMostRepeated)
      return Refuse("has a metric of more than " + std::to_string(kMostRepeated) + " labels");
    for (const auto& [name, value] : labels) {
      if (name.empty()) return Refuse("has a label without a name");
      if (!IsValidUtf8(name) || !IsValidUtf8(value)) return Refuse("has a label that is not UTF-8");
      if (name == "__name__") return Refuse("has a label __name__; expected the name apart");
    }
    const size_t named = Labels(Named(labels)).pairs().size();
    return named == labels.size() ? Status() : Refuse("has a metric with a label twice");
  }

  /// So that labels without a value are not taken for repeated ones.
  static std::vector<Labels::Pair> Named(std::vector<Labels::Pair> labels) {
    for (auto& [name, value] : labels) value = "x";
    return labels;
  }

  Status Add(const char* suffix, double value, const char* label = nullptr, double bound = 0) {
    HN_TRY_VOID(CountSample());
    ExposedSample& sample = page_.samples.emplace_back();
    sample.labels = LabelsOf(suffix);
    if (label != nullptr) sample.labels.Set(label, BoundText(bound));
    sample.value = value;
    sample.at_ms = at_ms_;
    return {};
  }

  Labels LabelsOf(const char* suffix) const {
    std::vector<Labels::Pair> pairs = labels_;
    pairs.emplace_back("__name__", name_ + suffix);
    return Labels(std::move(pairs));
  }

  Status CountSample() const {
    if (max_samples_ != 0 && page_.samples.size() + page_.histograms.size() >= max_samples_)
      return TooManySamples(max_samples_);
    return {};
  }

  /// Of the sample added last.
  Status AddExemplar(const std::optional<ExemplarWire>& exemplar) {
    if (!exemplar) return {};
    HN_TRY_VOID(CheckLabels(exemplar->labels));
    page_.exemplars.push_back(
        {page_.samples.size() - 1, Labels(exemplar->labels), exemplar->value, exemplar->at_ms});
    return {};
  }

  Status Summary(const SummaryWire& summary) {
    if (summary.quantiles.size() > kMostRepeated)
      return Refuse("has a summary of more than " + std::to_string(kMostRepeated) + " quantiles");
    for (const auto& [quantile, value] : summary.quantiles)
      HN_TRY_VOID(Add("", value, "quantile", quantile));
    HN_TRY_VOID(Add("_sum", summary.sum));
    return Add("_count", summary.count);
  }

  Status Histogram(HistogramMessage message) {
    if (form_ == HistogramForm::kClassic || !message.is_native()) return Classic(message.classic);
    if (form_ == HistogramForm::kBoth) {
      HN_TRY_VOID(Classic(message.classic));
    }
    return Native(std::move(message));
  }

  Status Classic(const ClassicWire& classic) {
    if (classic.buckets.size() > kMostRepeated)
      return Refuse("has a histogram of more than " + std::to_string(kMostRepeated) + " buckets");
    bool has_infinite = false;
    for (const BucketWire& bucket : classic.buckets) {
      HN_TRY_VOID(Add("_bucket", bucket.cumulative_count, "le", bucket.upper_bound));
      HN_TRY_VOID(AddExemplar(bucket.exemplar));
      has_infinite |= std::isinf(bucket.upper_bound) && bucket.upper_bound > 0;
    }
    if (!has_infinite)
      HN_TRY_VOID(Add("_bucket", classic.count, "le", std::numeric_limits<double>::infinity()));
    HN_TRY_VOID(Add("_sum", classic.sum));
    return Add("_count", classic.count);
  }

  Status Native(HistogramMessage message) {
    HN_TRY_VOID(CountSample());
    if (is_gauge_)
      message.native.reset_hint = static_cast<int32_t>(NativeHistogram::ResetHint::kGauge);
    auto histogram = FromWire(message.native);
    if (!histogram)
      return Refuse("has a native histogram that cannot be: " + histogram.error().message);
    page_.histograms.push_back(
        {LabelsOf(""), std::make_shared<const NativeHistogram>(*std::move(histogram)), at_ms_});
    for (BucketWire& bucket : message.classic.buckets)
      if (bucket.exemplar) message.exemplars.push_back(*std::move(bucket.exemplar));
    for (const ExemplarWire& exemplar : message.exemplars) {
      HN_TRY_VOID(CheckLabels(exemplar.labels));
      page_.histogram_exemplars.push_back(
          {page_.histograms.size() - 1, Labels(exemplar.labels), exemplar.value, exemplar.at_ms});
    }
    return {};
  }

  const HistogramForm form_;
  const size_t max_samples_;
  std::string name_;  ///< Of the family; then of its metric:
  bool is_gauge_ = false;
  std::vector<Labels::Pair> labels_;
  std::optional<int64_t> at_ms_;
  Exposition page_;
};

}  // namespace

Result<Exposition> ParseProtobufExposition(std::string_view page, HistogramForm form,
                                           size_t max_samples) {
  FamilyCollector collector(form, max_samples);
  const char* at = page.data();
  const char* const end = at + page.size();
  try {
    while (at != end) {
      const uint64_t length = protozero::decode_varint(&at, end);
      if (length > static_cast<uint64_t>(end - at)) throw protozero::end_of_buffer_exception();
      HN_TRY_VOID(collector.Family(protozero::pbf_reader(at, static_cast<size_t>(length))));
      at += length;
    }
  } catch (const protozero::exception& broken) {
    return InvalidArgument("the protobuf page is cut or malformed near byte " +
                           std::to_string(at - page.data()) + ": " + broken.what());
  }
  return collector.Take();
}

}  // namespace hinomi::metrics
