#include "policy/impl/prometheus_jobs.h"

#include <algorithm>

#include "base/strings.h"

namespace hinomi::policy::impl {
namespace {

constexpr Duration kInterval = Duration::Minutes(1);
constexpr Duration kTimeout = Duration::Seconds(10);
constexpr int kRedirects = 10;  // As Go's HTTP client.
// Prometheus' "no limit": no page of metrics comes near it.
constexpr uint64_t kUnlimitedBytes = uint64_t{1} << 40;

template <typename T>
T Chosen(const std::optional<T>& own, const std::optional<T>& general, T otherwise) {
  return own ? *own : general.value_or(otherwise);
}

/// Zero stands for absent, as Prometheus reads it.
template <typename T>
T ChosenLimit(const std::optional<T>& own, const std::optional<T>& general) {
  const T chosen = own.value_or(T());
  return chosen != T() ? chosen : general.value_or(T());
}

struct Protocol {
  const char* word;
  const char* media_type;
  metrics::ExpositionFormat format;
};

constexpr Protocol kProtocols[] = {
    {"PrometheusProto",
     "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
     metrics::ExpositionFormat::kProtobuf},
    {"OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1",
     metrics::ExpositionFormat::kOpenMetrics},
    {"OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0",
     metrics::ExpositionFormat::kOpenMetrics},
    {"PrometheusText0.0.4", "text/plain;version=0.0.4", metrics::ExpositionFormat::kText},
    {"PrometheusText1.0.0", "text/plain;version=1.0.0", metrics::ExpositionFormat::kText}};

const Protocol* ProtocolOf(const std::string& word) {
  const auto* const found = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                         [&](const Protocol& one) { return word == one.word; });
  return found == std::end(kProtocols) ? nullptr : found;
}

/// An Accept header in which the first protocol is liked best; "" for Hinomi's own.
std::string AcceptOf(const std::optional<std::vector<std::string>>& words) {
  std::string accept;
  if (!words) return accept;
  size_t weight = words->size() + 1;
  for (const std::string& word : *words) {
    if (const Protocol* protocol = ProtocolOf(word))
      accept += std::string(protocol->media_type) + ";q=0." + std::to_string(weight--) + ",";
  }
  return accept + "*/*;q=0." + std::to_string(weight);
}

metrics::ScrapeCredentials CredentialsOf(const PrometheusScrapeDocument& scrape,
                                         const std::string& directory) {
  using Kind = metrics::ScrapeCredentials::Kind;
  metrics::ScrapeCredentials who;
  if (scrape.basic_auth) {
    who.kind = Kind::kBasic;
    who.user = scrape.basic_auth->username;
    who.user_file = FileIn(directory, scrape.basic_auth->username_file);
    who.secret = scrape.basic_auth->password;
    who.secret_file = FileIn(directory, scrape.basic_auth->password_file);
  } else if (scrape.authorization) {
    who.kind = Kind::kHeader;
    const std::string type(Trim(scrape.authorization->type));
    who.type = type.empty() ? "Bearer" : type;
    who.secret = scrape.authorization->credentials;
    who.secret_file = FileIn(directory, scrape.authorization->credentials_file);
  } else if (!scrape.bearer_token.empty() || !scrape.bearer_token_file.empty()) {
    who.kind = Kind::kHeader;
    who.type = "Bearer";
    who.secret = scrape.bearer_token;
    who.secret_file = FileIn(directory, scrape.bearer_token_file);
  }
  // An Authorization without anything to say is none.
  if (who.kind == Kind::kHeader && who.secret.empty() && who.secret_file.empty()) return {};
  return who;
}

/// Interval and timeout: the own ones, else the general ones.
void SetTimes(Reader& reader, const std::string& path, const PrometheusScrapeDocument& scrape,
              const ScrapeDefaults& defaults, metrics::ScrapeJob& job) {
  job.interval = ChosenLimit(scrape.interval, defaults.interval);
  const Duration own = scrape.timeout.value_or(Duration());
  if (own > job.interval) {
    const std::string key = yaml::PathKey(path, "scrape_timeout");
    reader.Mistake(reader.PlaceOf(key), key,
                   "expected at most the job's scrape_interval of " + FormatDuration(job.interval) +
                       ", got " + FormatDuration(own));
  }
  job.timeout = own > Duration() ? own : std::min(*defaults.timeout, job.interval);
}

void SetLimits(const PrometheusScrapeDocument& scrape, const ScrapeDefaults& defaults,
               metrics::ScrapeJob& job) {
  const uint64_t body = ChosenLimit(scrape.body_size_limit, defaults.body_size_limit);
  job.body_limit_bytes = body == 0 ? kUnlimitedBytes : body;
  job.sample_limit = ChosenLimit(scrape.sample_limit, defaults.sample_limit);
  job.target_limit = ChosenLimit(scrape.target_limit, defaults.target_limit);
  job.label_limits = {
      ChosenLimit(scrape.label_limit, defaults.label_limit),
      ChosenLimit(scrape.label_name_length_limit, defaults.label_name_length_limit),
      ChosenLimit(scrape.label_value_length_limit, defaults.label_value_length_limit)};
}

void SetFormats(const PrometheusScrapeDocument& scrape, const ScrapeDefaults& defaults,
                metrics::ScrapeJob& job) {
  job.scrape_native_histograms =
      Chosen(scrape.native_histograms, defaults.native_histograms, false);
  job.keep_classic_histograms =
      Chosen(scrape.classic_histograms, defaults.classic_histograms, false);
  job.accept = AcceptOf(scrape.protocols ? scrape.protocols : defaults.protocols);
  if (const Protocol* fallback = ProtocolOf(scrape.fallback_protocol))
    job.fallback_format = fallback->format;
}

metrics::RelabelRules Compiled(const std::vector<metrics::RelabelRule>& rules) {
  // A rule with a mistake has been reported where it stands.
  auto compiled = metrics::RelabelRules::Compile(rules);
  return compiled ? *std::move(compiled) : metrics::RelabelRules();
}

}  // namespace

std::string FileIn(const std::string& directory, const std::string& file) {
  if (file.empty() || file.starts_with('/') || directory.empty()) return file;
  return directory + "/" + file;
}

ScrapeDefaults CompleteDefaults(Reader& reader, const GlobalDocument& global) {
  ScrapeDefaults defaults = global;
  const Duration interval = global.interval.value_or(Duration());
  defaults.interval = interval > Duration() ? interval : kInterval;
  const Duration timeout = global.timeout.value_or(Duration());
  if (timeout > *defaults.interval)
    reader.Mistake(reader.PlaceOf("global.scrape_timeout"), "global.scrape_timeout",
                   "expected at most the scrape_interval of " + FormatDuration(*defaults.interval) +
                       ", got " + FormatDuration(timeout));
  defaults.timeout = timeout > Duration() ? timeout : std::min(kTimeout, *defaults.interval);
  return defaults;
}

metrics::ScrapeJob JobOf(Reader& reader, const std::string& path,
                         const PrometheusScrapeDocument& scrape, const ScrapeDefaults& defaults,
                         const std::string& directory) {
  metrics::ScrapeJob job;
  job.job = scrape.job_name;
  job.groups = scrape.static_configs;
  for (const FileSdDocument& discovery : scrape.file_sd_configs)
    for (const std::string& pattern : discovery.files)
      job.files.push_back(
          {FileIn(directory, pattern), true, discovery.refresh_interval.value_or(Duration())});
  job.scheme = scrape.scheme;
  job.path = scrape.path;
  job.params = scrape.params;
  SetTimes(reader, path, scrape, defaults, job);
  SetLimits(scrape, defaults, job);
  SetFormats(scrape, defaults, job);
  job.honor_labels = scrape.honor_labels;
  job.honor_timestamps = scrape.honor_timestamps;
  job.accept_gzip = scrape.enable_compression;
  job.redirects = scrape.follow_redirects ? kRedirects : 0;
  for (const auto& [name, header] : scrape.http_headers) {
    for (const std::string& value : header.values) job.headers.emplace_back(name, value);
    for (const std::string& value : header.secrets) job.headers.emplace_back(name, value);
  }
  job.credentials = CredentialsOf(scrape, directory);
  job.tls = {FileIn(directory, scrape.tls.ca_file), FileIn(directory, scrape.tls.cert_file),
             FileIn(directory, scrape.tls.key_file), scrape.tls.server_name,
             !scrape.tls.insecure_skip_verify};
  job.relabel = Compiled(scrape.relabel_configs);
  job.metric_relabel = Compiled(scrape.metric_relabel_configs);
  return job;
}

}  // namespace hinomi::policy::impl
