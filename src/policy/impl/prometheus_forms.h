#ifndef HINOMI_POLICY_IMPL_PROMETHEUS_FORMS_H_
#define HINOMI_POLICY_IMPL_PROMETHEUS_FORMS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/scrape_job.h"
#include "policy/binder.h"

/// The documents of a Prometheus configuration as they are written, and their forms.
/// What is absent is std::nullopt where another value stands in for it.
namespace hinomi::policy::impl {

/// Keys that Prometheus knows and Hinomi does not do; each has been reported.
using NotDone = std::vector<std::string>;

struct BasicAuthDocument {
  std::string username, username_file, password, password_file;
  NotDone not_done;
};

struct AuthorizationDocument {
  std::string type = "Bearer";
  std::string credentials, credentials_file;
  NotDone not_done;
};

struct TlsDocument {
  std::string ca_file, cert_file, key_file, server_name;
  bool insecure_skip_verify = false;
  NotDone not_done;
};

struct HttpHeaderDocument {
  std::vector<std::string> values, secrets;
  NotDone not_done;
};

/// What `global` says for all jobs, and each job for itself.
struct ScrapeDefaults {
  std::optional<Duration> interval, timeout;
  std::optional<uint64_t> body_size_limit, sample_limit, target_limit;
  std::optional<uint64_t> label_limit, label_name_length_limit, label_value_length_limit;
  std::optional<bool> native_histograms, classic_histograms;
  std::optional<std::vector<std::string>> protocols;
  NotDone not_done;
};

struct GlobalDocument : ScrapeDefaults {
  std::optional<Duration> evaluation_interval, rule_query_offset;
  std::map<std::string, std::string> external_labels;
};

struct FileSdDocument {
  std::vector<std::string> files;
  std::optional<Duration> refresh_interval;
};

struct PrometheusScrapeDocument : ScrapeDefaults {
  std::string job_name;
  std::string path = "/metrics";
  std::string scheme = "http";
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool enable_compression = true;
  bool follow_redirects = true;
  std::string fallback_protocol;
  std::vector<metrics::TargetGroup> static_configs;
  std::vector<FileSdDocument> file_sd_configs;
  std::vector<metrics::RelabelRule> relabel_configs, metric_relabel_configs;
  std::optional<BasicAuthDocument> basic_auth;
  std::optional<AuthorizationDocument> authorization;
  std::string bearer_token, bearer_token_file;
  TlsDocument tls;
  std::vector<std::pair<std::string, HttpHeaderDocument>> http_headers;
};

/// A whole configuration, or one of its scrape_config_files.
struct PrometheusDocument {
  GlobalDocument global;
  std::vector<std::string> rule_files, scrape_config_files;
  std::vector<PrometheusScrapeDocument> scrape_configs;
  NotDone not_done;
};

FormPtr<PrometheusDocument> PrometheusForm();
FormPtr<PrometheusDocument> ScrapeConfigFileForm();
FormPtr<PrometheusScrapeDocument> PrometheusScrapeForm();
/// basic_auth, authorization, tls_config and the rest of an HTTP client's keys.
void AddHttpClientKeys(Record<PrometheusScrapeDocument>& form);
FormPtr<metrics::RelabelRule> RelabelForm();
FormPtr<std::vector<metrics::TargetGroup>> TargetGroupsForm();

// --- forms of values as Prometheus writes them -------------------------------

/// A form whose value may be left empty: then nothing is read.
template <typename T>
class GivenForm : public Form<T> {
 public:
  explicit GivenForm(FormPtr<T> form) : form_(std::move(form)) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            T& out) const override {
    return node.kind == yaml::Kind::kNull || form_->Read(reader, node, path, out);
  }
  Json Schema() const override { return form_->Schema(); }

 private:
  FormPtr<T> form_;
};

/// The same, so that what is absent can be told apart.
template <typename T>
class MaybeForm : public Form<std::optional<T>> {
 public:
  explicit MaybeForm(FormPtr<T> form) : form_(std::move(form)) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            std::optional<T>& out) const override {
    if (node.kind == yaml::Kind::kNull) return true;
    return form_->Read(reader, node, path, out.emplace());
  }
  Json Schema() const override { return form_->Schema(); }

 private:
  FormPtr<T> form_;
};
template <typename T>
FormPtr<std::optional<T>> Maybe(FormPtr<T> form) {
  return std::make_shared<MaybeForm<T>>(std::move(form));
}

/// Any scalar as it is written; also an empty one.
FormPtr<std::string> PlainText();
FormPtr<std::vector<std::string>> Texts();
/// true, false and YAML 1.1's other words for them.
FormPtr<bool> Switch();
/// 15s, 1m30s, 1d.
FormPtr<Duration> PrometheusDuration();
/// 0, or a number with B, KB, MB, GB, TB and their like, all by powers of 1,024.
FormPtr<uint64_t> PrometheusBytes();
FormPtr<uint64_t> Count();
/// Takes any value, and reports at its place that Hinomi does not do what it says:
/// `what` follows the key. `harmless` values ask for nothing.
FormPtr<NotDone> Undone(std::string what, std::vector<std::string> harmless = {});

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_PROMETHEUS_FORMS_H_
