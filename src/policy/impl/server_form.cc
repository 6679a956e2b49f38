#include "policy/impl/forms.h"

/// hinomi.yml and targets.yml.
namespace hinomi::policy::impl {
namespace {

/// Of what is fetched again and again: one try ends before the next begins.
template <typename Document>
void CheckTimeout(Reader& reader, const yaml::Node&, const std::string& path, Document& document) {
  if (document.timeout <= document.interval) return;
  const std::string at = yaml::PathKey(path, "timeout");
  reader.Mistake(reader.PlaceOf(at), at,
                 "expected at most the interval (" + FormatDuration(document.interval) + "), got " +
                     FormatDuration(document.timeout));
}

FormPtr<ServerDocument> ServerForm() {
  using S = ServerDocument;
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
                "who watches Hinomi: a heartbeat URL or the name of a peer");
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
                "the target's own timestamps count", {"true", "Prometheus' default"});
  form->Then({"targets", "file"},
             [](Reader& reader, const yaml::Node& node, const std::string& path, S& scrape) {
               if (scrape.targets.empty() && scrape.file.empty()) {
                 reader.Mistake(node.span, path, "nothing to scrape: give \"targets\" or \"file\"");
               }
             });
  form->Then({"timeout", "interval"}, CheckTimeout<S>);
  return form;
}

FormPtr<ProbeDocument> ProbeForm() {
  using P = ProbeDocument;
  auto form = std::make_shared<Record<P>>("Something that is asked from outside.");
  form->Required("type", &P::type, OneOf({"http", "tcp"}), "http or tcp")
      .Required("target", &P::target, Text(), "a URL (http) or host:port (tcp)")
      .Optional("interval", &P::interval, Time({.least = Duration::Seconds(1)}), "how often",
                {"15s", "four looks a period of one minute"})
      .Optional("timeout", &P::timeout, Time({.least = Duration::Millis(100)}), "given up after",
                {"5s", "a user would have given up as well"})
      .Optional("body_contains", &P::body_contains, Text(), "http: the answer must contain this")
      .Optional("expected_status", &P::expected_status, Integer(0, 599), "http: 0 is any 2xx",
                {"0", "any 2xx"})
      .Optional("labels", &P::labels, TextMap(), "added to every series");
  form->Then(
      {"type", "target"}, [](Reader& reader, const yaml::Node&, const std::string& path, P& probe) {
        const std::string at = yaml::PathKey(path, "target");
        static const std::vector<std::string> kSchemes = {"http", "https"};
        const auto wrong =
            probe.type == "http" ? CheckUrl(probe.target, kSchemes) : CheckHostPort(probe.target);
        if (wrong) reader.Mistake(reader.PlaceOf(at), at, *wrong);
      });
  form->Then({"timeout", "interval"}, CheckTimeout<P>);
  return form;
}

FormPtr<std::string> SocketPath() {
  TextRules rules;
  rules.what = "an absolute path of at most 107 bytes";
  rules.pattern = "^/.{1,106}$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (text.starts_with('/') && text.size() > 1 && text.size() <= 107) return std::nullopt;
    return "a UNIX socket's path is absolute and has at most 107 bytes";
  };
  return Text(rules);
}

FormPtr<std::string> LogAddress() {
  TextRules rules;
  rules.what = "an absolute path or a port of loopback such as 127.0.0.1:5140";
  rules.pattern = "^(/.{1,106}|127\\.[0-9.]+:[0-9]+)$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (text.starts_with('/') && text.size() > 1 && text.size() <= 107) return std::nullopt;
    const bool loopback = text.starts_with("127.");
    if (loopback && !CheckHostPort(text)) return std::nullopt;
    return "HAProxy's log comes to an absolute path or to a port of loopback such as "
           "127.0.0.1:5140";
  };
  return Text(rules);
}

FormPtr<std::string> BackendName() {
  TextRules rules;
  rules.what = "a backend's name";
  rules.pattern = "^[A-Za-z0-9_.:-]{1,128}$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    const bool good = text.find_first_not_of(
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789_.:-") == text.npos;
    if (good && text.size() <= 128) return std::nullopt;
    return "a backend's name in haproxy.cfg has letters, digits and _-.:, at most 128";
  };
  return Text(rules);
}

FormPtr<LoadBalancerDocument> LoadBalancerForm() {
  using L = LoadBalancerDocument;
  auto form = std::make_shared<Record<L>>("What spreads a service's requests over its replicas.");
  form->Required("driver", &L::driver, OneOf({"haproxy"}), "which balancer")
      .Required("socket", &L::socket, SocketPath(),
                "path of its runtime socket: `stats socket PATH level admin` in haproxy.cfg")
      .Required("backend", &L::backend, BackendName(), "the service's backend in haproxy.cfg")
      .Optional("log", &L::log, LogAddress(),
                "where its log comes, for the times of single requests: `log ADDRESS local0` and "
                "`option httplog` in haproxy.cfg; without it response times are averages")
      .Optional("interval", &L::interval,
                Time({.least = Duration::Seconds(1), .most = Duration::Minutes(5)}), "how often",
                {"5s", "twelve looks a period of one minute"});
  return form;
}

FormPtr<TargetsDocument> TargetsForm() {
  using S = ServiceDocument;
  auto service = std::make_shared<Record<S>>("A service with its driver.");
  service->Required("cluster", &S::cluster, Name(), "the cluster it belongs to")
      .Required("driver", &S::driver, OneOf({"process", "container", "systemd", "ecs"}),
                "what runs it")
      .Optional("load_balancer", &S::load_balancer, LoadBalancerForm(),
                "what spreads its requests over its replicas, and counts them")
      .Optional("probes", &S::probes, ListOf(Name()),
                "without load_balancer: probes that stand for its view of healthy hosts")
      .Optional("settings", &S::settings, TextMap(), "of the driver");
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
      .Optional("services", &T::services, NamedList(FormPtr<S>(service), &S::name),
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
