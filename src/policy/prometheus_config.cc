#include "policy/prometheus_config.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "metrics/scrape.h"
#include "os/glob.h"
#include "policy/impl/prometheus_forms.h"
#include "policy/impl/prometheus_jobs.h"
#include "policy/rule_files.h"

namespace hinomi::policy {
namespace {

constexpr size_t kMostReported = 200;  // Mistakes, and as many warnings.

/// Reads one document; false where its form is not known for a syntax error.
template <typename T>
bool ReadDocument(Reader& reader, const SourceText& source, const FormPtr<T>& form, T& out) {
  yaml::Document document = yaml::Parse(source);
  for (const yaml::Problem& problem : document.problems)
    reader.Mistake(problem.span, problem.path, problem.message);
  if (!document.complete) return false;
  if (document.root.kind == yaml::Kind::kNull) document.root.span = {{1, 1}, {1, 1}};
  (void)form->Read(reader, document.root, "", out);
  return true;
}

/// `$NAME` and `${NAME}` from the environment, `$$` for a dollar.
std::string Expanded(std::string_view text, const Environment& environment) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    const bool braces = text.substr(i + 1).starts_with('{');
    const size_t begin = i + (braces ? 2 : 1);
    size_t end = begin;
    const auto in_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    while (end < text.size() && (braces ? text[end] != '}' : in_name(text[end]))) ++end;
    if (text.substr(begin).starts_with('$') && !braces) {
      out += '$';
      i = begin;
    } else {
      out += environment(std::string(text.substr(begin, end - begin))).value_or("");
      i = braces ? std::min(end, text.size() - 1) : end - 1;
    }
  }
  return out;
}

/// A configuration while it is being read.
class Loading {
 public:
  Loading(Files& files, std::string path, const Environment& environment)
      : files_(files), path_(std::move(path)), environment_(environment) {
    config_.directory = ParentDirectory(path_);
  }

  Result<LoadedPrometheusConfig> Load() {
    HN_TRY(std::string text, files_.ReadAll(path_));
    const SourceText source(std::move(text));
    Reader reader(path_, source);
    impl::PrometheusDocument document;
    if (ReadDocument(reader, source, impl::PrometheusForm(), document)) Take(reader, document);
    KeepFindings(reader);
    LoadedPrometheusConfig loaded;
    loaded.findings = std::move(findings_);
    if (mistakes_ == 0)
      loaded.config = std::make_shared<const PrometheusConfig>(std::move(config_));
    return loaded;
  }

 private:
  void Take(Reader& reader, const impl::PrometheusDocument& document) {
    defaults_ = impl::CompleteDefaults(reader, document.global);
    for (const auto& [name, value] : document.global.external_labels)
      config_.external_labels[name] = Expanded(value, environment_);
    TakeRules(reader, document);
    TakeJobs(reader, document);
    for (size_t i = 0; i < document.scrape_config_files.size(); ++i)
      ReadMoreJobs(reader, yaml::PathIndex("scrape_config_files", i),
                   document.scrape_config_files[i]);
  }

  void TakeRules(Reader& reader, const impl::PrometheusDocument& document) {
    RuleDefaults defaults;
    const Duration interval = document.global.evaluation_interval.value_or(Duration());
    if (interval > Duration()) defaults.interval = interval;
    defaults.query_offset = document.global.rule_query_offset.value_or(Duration());
    LoadedRuleFiles rules = LoadRuleFiles(files_, config_.directory, document.rule_files, defaults);
    std::vector<Finding> within;
    for (Finding& finding : rules.findings) {
      if (finding.line == 0) {
        ReportRuleFile(reader, document.rule_files, finding);
        continue;
      }
      if (finding.level == Finding::Level::kMistake) ++mistakes_;
      within.push_back(std::move(finding));
    }
    KeepFindings(within);
    config_.rule_groups = std::move(rules.groups);
  }

  /// What concerns a pattern or a file as a whole stands where the configuration names it.
  static void ReportRuleFile(Reader& reader, const std::vector<std::string>& patterns,
                             const Finding& finding) {
    const auto pattern = std::find(patterns.begin(), patterns.end(), finding.file);
    const auto place = static_cast<size_t>(pattern - patterns.begin());
    const std::string path =
        pattern == patterns.end() ? "rule_files" : yaml::PathIndex("rule_files", place);
    const std::string message = finding.file + ": " + finding.message;
    if (finding.level == Finding::Level::kMistake) {
      reader.Mistake(reader.PlaceOf(path), path, message);
    } else {
      reader.Warning(reader.PlaceOf(path), path, message);
    }
  }

  void TakeJobs(Reader& reader, const impl::PrometheusDocument& document) {
    for (size_t i = 0; i < document.scrape_configs.size(); ++i) {
      const impl::PrometheusScrapeDocument& scrape = document.scrape_configs[i];
      const std::string path = yaml::PathIndex("scrape_configs", i);
      config_.jobs.push_back(impl::JobOf(reader, path, scrape, defaults_, config_.directory));
      if (scrape.job_name.empty() || names_.insert(scrape.job_name).second) continue;
      const std::string key = yaml::PathKey(path, "job_name");
      reader.Mistake(reader.PlaceOf(key), key,
                     "another job has the name \"" + scrape.job_name + "\" already");
    }
  }

  void ReadMoreJobs(Reader& from, const std::string& place, const std::string& pattern) {
    const auto found = Glob(files_, config_.directory, pattern);
    if (!found) return from.Mistake(from.PlaceOf(place), place, found.error().message);
    for (const std::string& name : *found) {
      const std::string file = impl::FileIn(config_.directory, name);
      auto text = files_.ReadAll(file);
      if (!text) {
        from.Mistake(from.PlaceOf(place), place, text.error().message);
        continue;
      }
      const SourceText source(*std::move(text));
      Reader reader(file, source);
      impl::PrometheusDocument document;
      if (ReadDocument(reader, source, impl::ScrapeConfigFileForm(), document))
        TakeJobs(reader, document);
      KeepFindings(reader);
    }
  }

  void KeepFindings(Reader& reader) {
    mistakes_ += reader.mistakes();
    KeepFindings(reader.findings());
  }
  void KeepFindings(std::vector<Finding>& findings) {
    for (Finding& finding : findings) {
      size_t& kept = finding.level == Finding::Level::kMistake ? kept_mistakes_ : kept_warnings_;
      if (kept++ < kMostReported) findings_.push_back(std::move(finding));
    }
  }

  Files& files_;
  std::string path_;
  const Environment& environment_;
  impl::ScrapeDefaults defaults_;
  std::set<std::string> names_;
  PrometheusConfig config_;
  std::vector<Finding> findings_;
  size_t mistakes_ = 0;
  size_t kept_mistakes_ = 0, kept_warnings_ = 0;
};

}  // namespace

Result<LoadedPrometheusConfig> LoadPrometheusConfig(Files& files, const std::string& path,
                                                    const Environment& environment) {
  return Loading(files, path, environment).Load();
}

Result<std::vector<metrics::TargetGroup>> ParseTargetGroups(const std::string& path,
                                                            std::string_view text) {
  const size_t dot = path.rfind('.');
  const std::string_view ending =
      dot == std::string::npos ? "" : std::string_view(path).substr(dot);
  if (!EqualsIgnoreCase(ending, ".yml") && !EqualsIgnoreCase(ending, ".yaml"))
    return metrics::ParseTargetFile(path, text);
  const SourceText source{std::string(text)};
  Reader reader(path, source);
  std::vector<metrics::TargetGroup> groups;
  ReadDocument(reader, source, impl::TargetGroupsForm(), groups);
  for (const Finding& finding : reader.findings())
    if (finding.level == Finding::Level::kMistake)
      return InvalidArgument(std::to_string(finding.line) + ":" + std::to_string(finding.column) +
                             ": " + (finding.path.empty() ? "" : finding.path + ": ") +
                             finding.message);
  return groups;
}

}  // namespace hinomi::policy
