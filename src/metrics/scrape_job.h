#ifndef HINOMI_METRICS_SCRAPE_JOB_H_
#define HINOMI_METRICS_SCRAPE_JOB_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "metrics/exposition.h"
#include "metrics/relabel.h"

namespace hinomi::metrics {

/// Targets with the same labels: an entry of static_configs or of a file_sd document.
struct TargetGroup {
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;

  bool operator==(const TargetGroup&) const = default;
};

/// Files with target groups, read again every few seconds.
struct TargetFiles {
  std::string pattern;  ///< Of os/glob.h.
  /// A file that is not there has no targets; else that is an error, and the last good
  /// targets stay. (A pattern with `*` may match nothing in any case.)
  bool may_be_missing = false;
  Duration refresh;  ///< Zero: as the scraper's options say.

  bool operator==(const TargetFiles&) const = default;
};

/// How a scrape says who it is. Secrets in files are read for each scrape, as they may
/// be exchanged at any time.
struct ScrapeCredentials {
  enum class Kind { kNone, kBasic, kHeader } kind = Kind::kNone;
  std::string type;  ///< Of kHeader, the word in front of the secret: "Bearer".
  std::string user, user_file;
  std::string secret, secret_file;

  bool operator==(const ScrapeCredentials&) const = default;
};

/// How an https target is talked to. Files are PEM; "" for none.
struct ScrapeTls {
  std::string ca_file;  ///< "" for the system's.
  std::string certificate_file, key_file;
  std::string server_name;  ///< "": the host of the address.
  bool verify = true;

  bool operator==(const ScrapeTls&) const = default;
};

/// Of a series with all its labels; 0 for none. Beyond one the whole page is refused.
struct LabelLimits {
  size_t count = 0;
  size_t name_bytes = 0;
  size_t value_bytes = 0;

  bool operator==(const LabelLimits&) const = default;
};

/// Targets that are scraped alike.
struct ScrapeJob {
  std::string job;
  std::vector<std::string> targets;  ///< host:port
  std::vector<TargetGroup> groups;   ///< Further ones, with labels of their own.
  std::vector<TargetFiles> files;    ///< And those of files in file_sd's form.
  std::map<std::string, std::string> labels;
  std::string scheme = "http";
  std::string path = "/metrics";                           ///< With its query, if any.
  std::map<std::string, std::vector<std::string>> params;  ///< Of the query.
  Duration interval = Duration::Seconds(15);
  Duration timeout = Duration::Seconds(10);  ///< For the whole exchange; at most the interval.
  uint64_t body_limit_bytes = 16u << 20;
  uint64_t sample_limit = 100'000;  ///< Samples that relabelling leaves; 0 for none.
  LabelLimits label_limits;
  uint64_t target_limit = 0;  ///< With more targets none is scraped; 0 for none.
  bool honor_labels = false;
  bool honor_timestamps = true;
  /// Asks the targets for protobuf pages first, the only ones that have native
  /// histograms, and takes those instead of the classic ones beside them. (Prometheus'
  /// `scrape_native_histograms`.)
  bool scrape_native_histograms = false;
  /// Both, where a histogram is exposed as both.
  bool keep_classic_histograms = false;
  std::optional<ExpositionRules> rules;  ///< Without: those of `ScraperOptions`.
  std::string accept;                    ///< "" for what Hinomi likes best.
  /// Of answers whose Content-Type says none of the formats; without: text.
  std::optional<ExpositionFormat> fallback_format;
  bool accept_gzip = true;
  int redirects = 0;  ///< So many are followed.
  std::vector<std::pair<std::string, std::string>> headers;
  ScrapeCredentials credentials;
  ScrapeTls tls;
  RelabelRules relabel;         ///< Of targets; they may drop one.
  RelabelRules metric_relabel;  ///< Of series, after the target's labels have joined.

  bool operator==(const ScrapeJob&) const = default;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPE_JOB_H_
