#include "policy/impl/forms.h"
#include "policy/impl/probe_form.h"

/// hinomi.yml and targets.yml.
namespace hinomi::policy::impl {
namespace {

FormPtr<AlertRulesDocument> AlertRulesForm() {
  using A = AlertRulesDocument;
  auto form = std::make_shared<Record<A>>("What follows from alerts of rule files.");
  form->Optional("alerts", &A::alerts, TextMap(),
                 "the action of routes.yml for a severity label; \"other\" for all the rest. A "
                 "label \"action\" goes before")
      .Optional("for_outage_tolerance", &A::for_outage_tolerance, Time({.most = Duration::Days(7)}),
                "after a longer outage the time of \"for\" begins anew",
                {"1h", "as Prometheus has it"})
      .Optional("for_grace_period", &A::for_grace_period, Time({.most = Duration::Days(1)}),
                "a pending alert fires so long after a start at the earliest; a \"for\" below it "
                "begins anew",
                {"10m", "as Prometheus has it"});
  return form;
}

FormPtr<ServerDocument> ServerForm() {
  using S = ServerDocument;
  const FormPtr<MetricsDocument> metrics = MetricsForm();
  const FormPtr<AlertRulesDocument> rules = AlertRulesForm();
  auto form = std::make_shared<Record<S>>("Hinomi itself.");
  form->Optional("listen", &S::listen, ListOf(HostPort(), 1), "addresses to listen on, host:port")
      .Optional("external_url", &S::external_url, Url({"https", "http"}),
                "the address people use, for links in pages")
      .Optional("data", &S::data, Text(), "data directory", {"data", "beside the folder"})
      .Optional("time_zone", &S::time_zone, Name(), "IANA name, for hours and reports",
                {"Asia/Tokyo", "the zone of the operations document"})
      .Optional("language", &S::language, OneOf({"ja", "en"}), "of pages and reports",
                {"ja", "the language of the operations document"})
      .Optional("database", &S::database, Text({.may_be_empty = true}),
                "PostgreSQL connection string; empty: SQLite in the data directory")
      .Optional("lease", &S::lease,
                Time({.least = Duration::Seconds(20), .most = Duration::Minutes(10)}),
                "with several servers on one database: how long after the leader fell silent "
                "another takes over; a page whose channel needs longer than two thirds of it to "
                "answer may go out again then, under the same id",
                {"90s", "longer than any channel may take to answer"})
      .Optional("insecure", &S::insecure, Boolean(), "true: no TLS beyond loopback",
                {"false", "what leaves the machine is encrypted"})
      .Optional("tls_certificate", &S::tls_certificate, Text(),
                "path of the certificate chain (PEM)")
      .Optional("tls_key", &S::tls_key, Text(), "path of the private key (PEM)")
      .Optional("observe_new_alarms", &S::observe_new_alarms, Time({.most = Duration::Days(7)}),
                "after a fresh install alarms only observe for this long",
                {"10m", "a first look is not a night call"})
      .Optional("host_names", &S::host_names, ListOf(Name()),
                "names accepted in Host beside IP addresses and localhost")
      .Optional("watched_by", &S::watched_by, Text({.may_be_empty = true}),
                "who watches Hinomi: a heartbeat URL or the name of a peer")
      .Optional("metrics", &S::metrics, metrics, "the time-series store")
      .Optional("rule_files", &S::rule_files, ListOf(Text({.what = "a pattern of file names"})),
                "Prometheus' rule files, e.g. rules/*.yml, relative to the folder")
      .Optional("rule_catch_up", &S::rule_catch_up, Time({.most = Duration::Days(7)}),
                "so far back recording rules are evaluated for the time that Hinomi was down; 0: "
                "not at all",
                {"4h", "a restart or a short outage leaves no gap"})
      .Optional("rules", &S::rules, rules, "what follows from alerts of rule files");
  form->Then({}, [metrics, rules](Reader& reader, const yaml::Node& node, const std::string& path,
                                  S& server) {
    // Their defaults are listed also where they are absent.
    if (node.Find("metrics") == nullptr)
      (void)metrics->Read(reader, {}, yaml::PathKey(path, "metrics"), server.metrics);
    if (node.Find("rules") == nullptr)
      (void)rules->Read(reader, {}, yaml::PathKey(path, "rules"), server.rules);
  });
  form->Then({"tls_certificate", "tls_key"}, [](Reader& reader, const yaml::Node& node,
                                                const std::string&, S& server) {
    if (server.tls_certificate.empty() != server.tls_key.empty()) {
      const std::string have = server.tls_key.empty() ? "tls_certificate" : "tls_key";
      const std::string lack = server.tls_key.empty() ? "tls_key" : "tls_certificate";
      reader.Mistake(reader.PlaceOf(have), have, "\"" + lack + "\" is needed as well");
    }
    if (node.Find("listen") == nullptr) {
      reader.Filled("listen", server.listen.front(), "only this machine, until TLS is set up");
    }
  });
  return form;
}

FormPtr<ScrapeDocument> ScrapeForm() {
  using S = ScrapeDocument;
  auto form = std::make_shared<Record<S>>("Targets that are scraped like Prometheus does.");
  form->Required("job", &S::job, Name(), "the label job")
      .Optional("targets", &S::targets, ListOf(HostPort()), "host:port of each")
      .Optional("file", &S::file, Text(), "file with targets (file_sd JSON), read again on change")
      .Optional("labels", &S::labels, TextMap(), "added to every series")
      .Optional("scheme", &S::scheme, OneOf({"http", "https"}), "http or https",
                {"http", "Prometheus' default"})
      .Optional("path", &S::path, Text(), "path of the metrics",
                {"/metrics", "Prometheus' default"})
      .Optional("interval", &S::interval, Time({.least = Duration::Seconds(1)}), "how often",
                {"15s", "four samples a period of one minute"})
      .Optional("timeout", &S::timeout, Time({.least = Duration::Millis(100)}), "given up after",
                {"10s", "Prometheus' default"})
      .Optional("body_limit_bytes", &S::body_limit_bytes, Size(1'024, 1u << 30),
                "a larger answer is refused", {"16777216", "16 MiB, far above a real exporter"})
      .Optional("sample_limit", &S::sample_limit, Size(1, 10'000'000), "more samples are refused",
                {"100000", "far above a real exporter"})
      .Optional("honor_labels", &S::honor_labels, Boolean(), "the target's own labels win",
                {"false", "Prometheus' default"})
      .Optional("honor_timestamps", &S::honor_timestamps, Boolean(),
                "the target's own timestamps count", {"true", "Prometheus' default"})
      .Optional("scrape_native_histograms", &S::scrape_native_histograms, Boolean(),
                "asks for protobuf, and takes native histograms instead of classic ones",
                {"false", "Prometheus' default"})
      .Optional("openmetrics", &S::openmetrics, OneOf({"lenient", "strict"}),
                "strict refuses OpenMetrics pages that break a rule of the specification; without "
                "the key what --openmetrics of serve says");
  form->Then({"targets", "file"},
             [](Reader& reader, const yaml::Node& node, const std::string& path, S& scrape) {
               if (scrape.targets.empty() && scrape.file.empty()) {
                 reader.Mistake(node.span, path, "nothing to scrape: give \"targets\" or \"file\"");
               }
             });
  form->Then({"timeout", "interval"}, CheckTimeout<S>);
  return form;
}

FormPtr<TargetsDocument> TargetsForm() {
  using R = ResourceDocument;
  auto resource = std::make_shared<Record<R>>("A database, DNS zone, host or log group.");
  resource
      ->Required("kind", &R::kind, OneOf({"database", "zone", "host", "log_group"}), "what it is")
      .Required("driver", &R::driver,
                OneOf({"postgres", "rds", "rfc2136", "route53", "local", "cloudwatch_logs"}),
                "who knows how to act on it")
      .Optional("settings", &R::settings, TextMap(), "of the driver");
  using T = TargetsDocument;
  auto form = std::make_shared<Record<T>>("What is watched and acted on.");
  form->Optional("host_collector", &T::host_collector, Boolean(), "watch this machine itself",
                 {"true", "the machine Hinomi runs on is worth watching"})
      .Optional("host_interval", &T::host_interval, Time({.least = Duration::Seconds(1)}),
                "how often", {"15s", "four samples a period of one minute"})
      .Optional("scrape", &T::scrapes, ListOf(ScrapeForm()), "Prometheus targets")
      .Optional("probes", &T::probes, NamedList(ProbeForm(), &ProbeDocument::name),
                "probes by name")
      .Optional("services", &T::services, NamedList(ServiceForm(), &ServiceDocument::name),
                "services by name")
      .Optional("resources", &T::resources, NamedList(FormPtr<R>(resource), &R::name),
                "databases, zones, hosts and log groups by name");
  return form;
}

/// A document that fills one member of the folder.
template <typename M>
DocumentType MemberDocument(std::string file, std::string title, FormPtr<M> form,
                            M OpsFolder::* member) {
  DocumentType type;
  type.file = std::move(file);
  type.title = std::move(title);
  type.read = [form, member](Reader& reader, const yaml::Node& node, const std::string&,
                             OpsFolder& folder) { form->Read(reader, node, "", folder.*member); };
  type.schema = [form] { return form->Schema(); };
  return type;
}

}  // namespace

DocumentType ServerType() {
  return MemberDocument("hinomi.yml", "Server", ServerForm(), &OpsFolder::server);
}

DocumentType TargetsType() {
  return MemberDocument("targets.yml", "Targets", TargetsForm(), &OpsFolder::targets);
}

}  // namespace hinomi::policy::impl
