#include <algorithm>

#include "base/strings.h"
#include "policy/impl/prometheus_forms.h"

/// scrape_configs: which targets, how often, what of their pages.
namespace hinomi::policy::impl {
namespace {

/// A member of what a record has in common with others.
template <typename R, typename M>
M R::* In(M ScrapeDefaults::* member) {
  return member;
}

class RelabelActionForm : public Form<metrics::RelabelAction> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            metrics::RelabelAction& out) const override {
    std::vector<std::string> words;
    for (const auto& [word, action] : metrics::RelabelActions()) {
      words.push_back(word);
      if (!node.is_scalar() || !EqualsIgnoreCase(node.text, word)) continue;
      out = action;
      return true;
    }
    reader.Mistake(
        node.span, path,
        "expected an action of relabelling, got " + Describe(node) + Suggest(node.text, words));
    return false;
  }
  Json Schema() const override { return Json::MakeObject(); }
};

FormPtr<std::string> TargetAddress() {
  TextRules rules;
  rules.what = "host:port";
  rules.any_scalar = true;
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (text.find('/') == std::string_view::npos) return std::nullopt;
    return "expected host:port without scheme and path, got \"" + std::string(text) +
           "\"; they go into \"scheme\" and \"metrics_path\"";
  };
  return Text(std::move(rules));
}

FormPtr<metrics::TargetGroup> TargetGroupForm() {
  using G = metrics::TargetGroup;
  auto form = std::make_shared<Record<G>>("Targets with the same labels.");
  form->Optional("targets", &G::targets, ListOf(TargetAddress()), "host:port of each")
      .Optional("labels", &G::labels, TextMap(), "of every series of theirs");
  return form;
}

/// Prometheus' rule: the last part may hold one `*`.
std::optional<std::string> CheckTargetFilePattern(std::string_view text) {
  const size_t slash = text.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? "" : text.substr(0, slash);
  const bool stars =
      folder.find('*') == std::string_view::npos && std::count(text.begin(), text.end(), '*') <= 1;
  for (const std::string_view ending : {".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"})
    if (stars && text.ends_with(ending)) return std::nullopt;
  return "expected a file that ends in .json, .yml or .yaml, with one * in its last part at most";
}

FormPtr<FileSdDocument> FileSdForm() {
  using F = FileSdDocument;
  TextRules pattern;
  pattern.what = "a file";
  pattern.check = CheckTargetFilePattern;
  auto form = std::make_shared<Record<F>>("Files with target groups.");
  form->Required("files", &F::files, ListOf(Text(std::move(pattern)), 1), "the files' patterns")
      .Optional("refresh_interval", &F::refresh_interval, Maybe(PrometheusDuration()),
                "read again at least so often");
  return form;
}

const std::vector<std::string>& ProtocolWords() {
  static const std::vector<std::string> words = {"PrometheusProto", "OpenMetricsText0.0.1",
                                                 "OpenMetricsText1.0.0", "PrometheusText0.0.4",
                                                 "PrometheusText1.0.0"};
  return words;
}

/// What global and jobs have in common.
template <typename R>
void AddScrapeDefaults(Record<R>& form) {
  using D = ScrapeDefaults;
  const auto not_done = In<R>(&D::not_done);
  form.Optional("scrape_interval", In<R>(&D::interval), Maybe(PrometheusDuration()), "how often")
      .Optional("scrape_timeout", In<R>(&D::timeout), Maybe(PrometheusDuration()), "given up after")
      .Optional("scrape_protocols", In<R>(&D::protocols), Maybe(ListOf(OneOf(ProtocolWords()), 1)),
                "the formats that are asked for")
      .Optional("scrape_native_histograms", In<R>(&D::native_histograms), Maybe(Switch()),
                "native histograms are taken")
      .Optional("always_scrape_classic_histograms", In<R>(&D::classic_histograms), Maybe(Switch()),
                "and the classic ones beside them")
      .Optional("body_size_limit", In<R>(&D::body_size_limit), Maybe(PrometheusBytes()),
                "of a page, unpacked")
      .Optional("sample_limit", In<R>(&D::sample_limit), Maybe(Count()), "of a page")
      .Optional("target_limit", In<R>(&D::target_limit), Maybe(Count()), "of a job")
      .Optional("label_limit", In<R>(&D::label_limit), Maybe(Count()), "of a series")
      .Optional("label_name_length_limit", In<R>(&D::label_name_length_limit), Maybe(Count()),
                "in bytes")
      .Optional("label_value_length_limit", In<R>(&D::label_value_length_limit), Maybe(Count()),
                "in bytes")
      .Optional("keep_dropped_targets", not_done,
                Undone("targets that relabelling drops are not listed", {"0"}), "")
      .Optional("metric_name_validation_scheme", not_done,
                Undone("names are taken as UTF-8", {"utf8", ""}), "")
      .Optional("metric_name_escaping_scheme", not_done,
                Undone("names are asked for as they are", {"allow-utf-8", ""}), "")
      .Optional("convert_classic_histograms_to_nhcb", not_done,
                Undone("classic histograms stay classic", {"false"}), "")
      .Optional("scrape_failure_log_file", not_done,
                Undone("failures of scrapes go to the log and the targets' page", {""}), "")
      .Optional("extra_scrape_metrics", not_done,
                Undone("no further series are written about a scrape", {"false"}), "");
}

/// Services that Prometheus finds targets in, and Hinomi does not.
void AddOtherDiscoveries(Record<PrometheusScrapeDocument>& form) {
  NotDone PrometheusScrapeDocument::* const not_done = &PrometheusScrapeDocument::not_done;
  for (const char* service :
       {"aws",         "azure",      "consul",    "digitalocean", "dns",      "docker",
        "dockerswarm", "ec2",        "eureka",    "gce",          "hetzner",  "http",
        "ionos",       "kubernetes", "kuma",      "lightsail",    "linode",   "marathon",
        "nerve",       "nomad",      "openstack", "outscale",     "ovhcloud", "puppetdb",
        "scaleway",    "serverset",  "stackit",   "triton",       "uyuni",    "vultr"})
    form.Optional(std::string(service) + "_sd_configs", not_done,
                  Undone("its targets are not scraped; static_configs and file_sd_configs are"),
                  "");
}

}  // namespace

FormPtr<metrics::RelabelRule> RelabelForm() {
  using R = metrics::RelabelRule;
  auto form = std::make_shared<Record<R>>("A step of relabelling.");
  form->Optional("source_labels", &R::source_labels, Texts(), "whose values are joined")
      .Optional("separator", &R::separator, PlainText(), "between them")
      .Optional("target_label", &R::target_label, PlainText(), "which label is set")
      .Optional("regex", &R::regex, PlainText(), "what the values are held against")
      .Optional("modulus", &R::modulus, std::make_shared<GivenForm<uint64_t>>(Count()),
                "of the hash")
      .Optional("replacement", &R::replacement, PlainText(), "the label's value")
      .Optional("action", &R::action,
                std::make_shared<GivenForm<metrics::RelabelAction>>(
                    std::make_shared<RelabelActionForm>()),
                "what is done");
  form->Then(
      {"source_labels", "separator", "target_label", "regex", "modulus", "replacement", "action"},
      [](Reader& reader, const yaml::Node& node, const std::string& path, R& rule) {
        const auto mistake = metrics::FindRelabelMistake(rule);
        if (!mistake) return;
        const std::string key = yaml::PathKey(path, mistake->key);
        const bool written = node.Find(mistake->key) != nullptr;
        reader.Mistake(written ? reader.PlaceOf(key) : node.span, written ? key : path,
                       mistake->message);
      });
  return form;
}

FormPtr<std::vector<metrics::TargetGroup>> TargetGroupsForm() {
  return ListOf(TargetGroupForm());
}

FormPtr<PrometheusScrapeDocument> PrometheusScrapeForm() {
  using S = PrometheusScrapeDocument;
  NotDone S::* const not_done = &S::not_done;
  auto form = std::make_shared<Record<S>>("Targets that are scraped alike.");
  form->Required("job_name", &S::job_name, Text({.what = "a name", .any_scalar = true}),
                 "the label job");
  AddScrapeDefaults(*form);
  form->Optional("scrape_classic_histograms", In<S>(&ScrapeDefaults::classic_histograms),
                 Maybe(Switch()), "an older name of always_scrape_classic_histograms")
      .Optional("fallback_scrape_protocol", &S::fallback_protocol, OneOf(ProtocolWords()),
                "of pages without a good Content-Type")
      .Optional("metrics_path", &S::path, PlainText(), "of the page")
      .Optional("scheme", &S::scheme, OneOf({"http", "https"}), "http or https")
      .Optional("params", &S::params,
                std::make_shared<NamedForm<decltype(S::params), std::vector<std::string>>>(
                    Texts(),
                    [](auto& out, const std::string& name, std::vector<std::string> values) {
                      out[name] = std::move(values);
                    },
                    Name()),
                "of the URL")
      .Optional("honor_labels", &S::honor_labels, Switch(), "the page's labels win")
      .Optional("honor_timestamps", &S::honor_timestamps, Switch(), "the page's times count")
      .Optional("track_timestamps_staleness", not_done,
                Undone("series with times of their own get no stale markers", {"false"}), "")
      .Optional("enable_compression", &S::enable_compression, Switch(), "gzip is asked for")
      .Optional("native_histogram_bucket_limit", not_done,
                Undone("native histograms are not made coarser", {"0"}), "")
      .Optional("native_histogram_min_bucket_factor", not_done,
                Undone("native histograms are not made coarser", {"0"}), "")
      .Optional("static_configs", &S::static_configs, TargetGroupsForm(), "targets")
      .Optional("file_sd_configs", &S::file_sd_configs, ListOf(FileSdForm()), "files with targets")
      .Optional("relabel_configs", &S::relabel_configs, ListOf(RelabelForm()), "of targets")
      .Optional("metric_relabel_configs", &S::metric_relabel_configs, ListOf(RelabelForm()),
                "of series");
  AddHttpClientKeys(*form);
  AddOtherDiscoveries(*form);
  return form;
}

FormPtr<PrometheusDocument> ScrapeConfigFileForm() {
  using P = PrometheusDocument;
  auto form = std::make_shared<Record<P>>("One of scrape_config_files.");
  form->Optional("scrape_configs", &P::scrape_configs, ListOf(PrometheusScrapeForm()), "jobs");
  return form;
}

FormPtr<PrometheusDocument> PrometheusForm() {
  using G = GlobalDocument;
  auto global = std::make_shared<Record<G>>("What all jobs have in common.");
  AddScrapeDefaults(*global);
  global
      ->Optional("evaluation_interval", &G::evaluation_interval, Maybe(PrometheusDuration()),
                 "of rules")
      .Optional("rule_query_offset", &G::rule_query_offset, Maybe(PrometheusDuration()), "of rules")
      .Optional("query_log_file", In<G>(&ScrapeDefaults::not_done),
                Undone("queries are not logged", {""}), "")
      .Optional("external_labels", &G::external_labels, TextMap(),
                "of this server, where it is asked by others");
  using P = PrometheusDocument;
  NotDone P::* const not_done = &P::not_done;
  auto form = std::make_shared<Record<P>>("A Prometheus configuration.");
  form->Optional("global", &P::global, global, "what all jobs have in common")
      .Optional("rule_files", &P::rule_files, Texts(), "files with rules")
      .Optional("scrape_config_files", &P::scrape_config_files, Texts(), "files with more jobs")
      .Optional("scrape_configs", &P::scrape_configs, ListOf(PrometheusScrapeForm()), "jobs")
      .Optional("alerting", not_done,
                Undone("alerts are not sent to an Alertmanager; Hinomi pages by itself"), "")
      .Optional("remote_write", not_done, Undone("samples are not sent elsewhere"), "")
      .Optional("remote_read", not_done, Undone("queries read what is stored here only"), "")
      .Optional("storage", not_done, Undone("the store is set up in hinomi.yml"), "")
      .Optional("tracing", not_done, Undone("no traces are sent"), "")
      .Optional("otlp", not_done, Undone("OTLP is taken without settings"), "")
      .Optional("runtime", not_done, Undone("these are settings of Go's runtime"), "");
  return form;
}

}  // namespace hinomi::policy::impl
