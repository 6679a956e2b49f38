#include "metrics/matcher.h"
#include "policy/impl/forms.h"
#include "promql/parser.h"

/// The key `metrics` of hinomi.yml.
namespace hinomi::policy::impl {
namespace {

constexpr uint64_t kMiB = 1u << 20;
constexpr uint64_t kTiB = uint64_t{1} << 40;
// Less would refuse the series of one host.
constexpr uint64_t kLeastHeadBytes = 64 * kMiB;
constexpr uint64_t kLeastQueryBytes = 16 * kMiB;
// Less than a few blocks would be dropped as soon as they are written.
constexpr uint64_t kLeastStoreBytes = 64 * kMiB;
constexpr int kMostPercent = 90;

/// "25%" of the disk, or a size.
class DiskShareForm : public Form<DiskShareDocument> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            DiskShareDocument& out) const override {
    if (node.kind != yaml::Kind::kText || !node.text.ends_with('%')) {
      if (!bytes_->Read(reader, node, path, out.bytes)) return false;
      out.percent = 0;
      return true;
    }
    const auto percent = ParseUint(std::string_view(node.text).substr(0, node.text.size() - 1));
    if (!percent || *percent < 1 || *percent > kMostPercent) {
      reader.Expected(node, path, "a share of the disk from 1% to 90%, or a size such as 50GiB");
      return false;
    }
    out = {static_cast<int>(*percent), 0};
    return true;
  }
  Json Schema() const override {
    return Json::MakeObject().Set("type", "string").Set("pattern", "^[0-9]+([KMGT]iB|%)$");
  }

 private:
  FormPtr<uint64_t> bytes_ = Bytes(kLeastStoreBytes, 1024 * kTiB);
};

Status CheckSelector(std::string_view text) {
  HN_TRY(const auto matchers, promql::ParseSelector(text));
  HN_TRY_VOID(metrics::CompileAll(matchers));
  return {};
}

FormPtr<std::string> SelectorForm() {
  TextRules rules;
  rules.what = "a PromQL selector such as {job=\"node\"}";
  rules.check = [what = rules.what](std::string_view text) -> std::optional<std::string> {
    const Status sound = CheckSelector(text);
    if (sound) return std::nullopt;
    return "expected " + what + ", got \"" + std::string(text) + "\": " + sound.error().message;
  };
  return Text(std::move(rules));
}

FormPtr<Duration> AgeForm() {
  return Time({.least = Duration::Hours(1),
               .most = Duration::Days(36'500),
               .long_form = true,
               .forever = true});
}

FormPtr<MetricsRetentionDocument> RetentionForm() {
  using Rule = RetentionRuleDocument;
  auto rule =
      std::make_shared<Record<Rule>>("Series that are kept for another time than the rest.");
  rule->Required("match", &Rule::match, SelectorForm(),
                 "a PromQL selector, e.g. {__name__=~\"debug_.*\"}")
      .Required("time", &Rule::time, AgeForm(), "older samples of these series go, e.g. 7d");
  using R = MetricsRetentionDocument;
  auto form = std::make_shared<Record<R>>("What is kept of the metrics.");
  form->Optional("size", &R::size, std::make_shared<DiskShareForm>(),
                 "all blocks together; beyond it the oldest go: 50GiB, or a share of the disk",
                 {"25%", "the oldest go before the disk is full of metrics"})
      .Optional("time", &R::time, AgeForm(), "older samples go, e.g. 90d",
                {"forever", "the size decides"})
      .Optional("rules", &R::rules, ListOf(FormPtr<Rule>(rule)),
                "other times for some series; the first rule that matches decides");
  return form;
}

/// "off", or an age.
class KeptWindowsForm : public Form<KeptWindowsDocument> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            KeptWindowsDocument& out) const override {
    if (node.kind == yaml::Kind::kText && node.text == "off") {
      out = {};
      return true;
    }
    const bool word = node.kind == yaml::Kind::kText && !node.text.empty() &&
                      (node.text[0] < '0' || node.text[0] > '9') && node.text != "forever";
    if (word) {
      reader.Expected(node, path, "off, forever, or a duration such as 400d");
      return false;
    }
    out.made = age_->Read(reader, node, path, out.time);
    return out.made;
  }
  Json Schema() const override {
    return Json::MakeObject().Set(
        "anyOf",
        Json::MakeArray().Append(Json::MakeObject().Set("const", "off")).Append(age_->Schema()));
  }

 private:
  FormPtr<Duration> age_ = Time({.least = Duration::Days(1),
                                 .most = Duration::Days(36'500),
                                 .long_form = true,
                                 .forever = true});
};

FormPtr<DownsamplingDocument> DownsamplingForm() {
  using D = DownsamplingDocument;
  auto kept = std::make_shared<KeptWindowsForm>();
  auto form = std::make_shared<Record<D>>(
      "What is kept of numbers in coarser steps when their samples are gone.");
  form->Optional("5m", &D::five_minutes, kept, "steps of five minutes: off, 400d, forever",
                 {"off", "samples are kept for ever, within retention.size"})
      .Optional("1h", &D::hour, kept, "steps of one hour: off, 3650d, forever",
                {"off", "samples are kept for ever, within retention.size"});
  return form;
}

/// Windows that go before their samples would never be of use where samples are gone.
void CheckKeptWindows(Reader& reader, const yaml::Node&, const std::string& path,
                      MetricsDocument& metrics) {
  const Duration samples = metrics.retention.time;
  const auto check = [&](const char* key, const KeptWindowsDocument& kept) {
    if (!kept.made || kept.time == Duration()) return;
    if (samples != Duration() && kept.time > samples) return;
    const std::string place = yaml::PathKey(yaml::PathKey(path, "downsampling"), key);
    reader.Mistake(reader.PlaceOf(place), place,
                   samples == Duration()
                       ? "expected forever or off: retention.time keeps the samples for ever"
                       : "expected longer than retention.time (" + FormatDuration(samples) +
                             "), which keeps the samples themselves, got " +
                             FormatDuration(kept.time));
  };
  check("5m", metrics.downsampling.five_minutes);
  check("1h", metrics.downsampling.hour);
}

}  // namespace

FormPtr<MetricsDocument> MetricsForm() {
  using M = MetricsDocument;
  const FormPtr<MetricsRetentionDocument> retention = RetentionForm();
  const FormPtr<DownsamplingDocument> downsampling = DownsamplingForm();
  auto form = std::make_shared<Record<M>>("How the time-series store works.");
  form->Optional("durability", &M::durability, OneOf({"sync", "interval"}),
                 "when a write is answered: once it is on the disk (sync), or before, and on the "
                 "disk within about two seconds (interval)",
                 {"sync", "what was accepted survives a power cut"})
      .Optional("head_memory", &M::head_memory_bytes, Bytes(kLeastHeadBytes, kTiB),
                "for the newest samples and the labels of all series; beyond it writes are refused",
                {"1GiB", "room for two million series"})
      .Optional("query_memory", &M::query_memory_bytes, Bytes(kLeastQueryBytes, kTiB),
                "for the samples of all queries that run at a time; a query beyond it is refused",
                {"1GiB", "room for 50 million samples and their labels"})
      .Optional("retention", &M::retention, retention, "what is kept")
      .Optional("downsampling", &M::downsampling, downsampling,
                "what is kept in coarser steps beside the samples");
  form->Then({}, [retention, downsampling](Reader& reader, const yaml::Node& node,
                                           const std::string& path, M& metrics) {
    // Their defaults are listed also where they are absent.
    if (node.Find("retention") == nullptr)
      (void)retention->Read(reader, {}, yaml::PathKey(path, "retention"), metrics.retention);
    if (node.Find("downsampling") == nullptr)
      (void)downsampling->Read(reader, {}, yaml::PathKey(path, "downsampling"),
                               metrics.downsampling);
  });
  form->Then({"retention", "downsampling"}, CheckKeptWindows);
  return form;
}

}  // namespace hinomi::policy::impl
