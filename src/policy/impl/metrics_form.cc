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

}  // namespace

FormPtr<MetricsDocument> MetricsForm() {
  using M = MetricsDocument;
  const FormPtr<MetricsRetentionDocument> retention = RetentionForm();
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
      .Optional("retention", &M::retention, retention, "what is kept");
  form->Then(
      {}, [retention](Reader& reader, const yaml::Node& node, const std::string& path, M& metrics) {
        // Its defaults are listed also where it is absent.
        if (node.Find("retention") == nullptr)
          (void)retention->Read(reader, {}, yaml::PathKey(path, "retention"), metrics.retention);
      });
  return form;
}

}  // namespace hinomi::policy::impl
