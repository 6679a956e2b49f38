#include "metrics/impl/scrape_targets.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/result.h"
#include "base/strings.h"

namespace hinomi::metrics {
namespace {

constexpr std::string_view kParam = "__param_";

/// As a form's field writes it (https://url.spec.whatwg.org/#urlencoded-serializing).
std::string FormEncoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

Labels FirstLabels(const ScrapeJob& job, const std::string& address,
                   const std::map<std::string, std::string>& of_group) {
  Labels labels;
  for (const auto& [name, value] : job.labels) labels.Set(name, value);
  for (const auto& [name, value] : of_group) labels.Set(name, value);
  labels.Set("__address__", address);
  const auto fill = [&](std::string_view name, std::string_view value) {
    if (labels.Get(name).empty()) labels.Set(name, value);
  };
  fill("job", job.job);
  fill("__scheme__", job.scheme);
  fill("__metrics_path__", job.path);
  fill("__scrape_interval__", FormatDuration(job.interval));
  fill("__scrape_timeout__", FormatDuration(job.timeout));
  for (const auto& [name, values] : job.params)
    if (!values.empty()) labels.Set(std::string(kParam) + name, values.front());
  return labels;
}

std::string UrlOf(const ScrapeJob& job, const Labels& labels) {
  auto params = job.params;
  for (const auto& [name, value] : labels.pairs()) {
    if (!name.starts_with(kParam)) continue;
    auto& values = params[name.substr(kParam.size())];
    if (values.empty()) values.emplace_back();
    values.front() = value;
  }
  std::string path(labels.Get("__metrics_path__"));
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  char before = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, values] : params) {
    for (const std::string& value : values) {
      path += std::exchange(before, '&') + FormEncoded(name) + "=" + FormEncoded(value);
    }
  }
  return std::string(labels.Get("__scheme__")) + "://" + std::string(labels.Get("__address__")) +
         path;
}

Result<Duration> PositiveDuration(const Labels& labels, std::string_view name) {
  const std::string text(labels.Get(name));
  HN_TRY(const Duration duration, ParseDuration(text));
  if (duration > Duration()) return duration;
  return InvalidArgument(std::string(name) + " is " + text + ", and has to be above 0");
}

Status CheckAddress(const Labels& labels) {
  const std::string_view address = labels.Get("__address__");
  if (address.empty()) return InvalidArgument("relabelling left no __address__");
  if (address.find('/') != std::string_view::npos)
    return InvalidArgument("expected host:port without a path, got \"" + std::string(address) +
                           "\"");
  const std::string_view scheme = labels.Get("__scheme__");
  if (scheme == "http" || scheme == "https") return {};
  return InvalidArgument("expected the scheme http or https, got \"" + std::string(scheme) + "\"");
}

/// Nothing where relabelling drops it.
Result<std::optional<ScrapeTarget>> MakeTarget(const ScrapeJob& job, Labels labels) {
  if (!job.relabel.Apply(labels)) return std::optional<ScrapeTarget>();
  HN_TRY_VOID(CheckAddress(labels));
  ScrapeTarget target;
  HN_TRY(target.interval, PositiveDuration(labels, "__scrape_interval__"));
  HN_TRY(target.timeout, PositiveDuration(labels, "__scrape_timeout__"));
  target.timeout = std::min(target.timeout, target.interval);
  target.url = UrlOf(job, labels);
  for (const auto& [name, value] : labels.pairs())
    if (!name.starts_with("__")) target.labels.Set(name, value);
  if (target.labels.Get("instance").empty())
    target.labels.Set("instance", labels.Get("__address__"));
  return std::optional(std::move(target));
}

}  // namespace

TargetList TargetsOf(const ScrapeJob& job, const std::vector<TargetGroup>& groups) {
  TargetList list;
  std::set<ScrapeTarget> seen;
  const auto add = [&](const TargetGroup& group) {
    for (const std::string& address : group.targets) {
      auto target = MakeTarget(job, FirstLabels(job, address, group.labels));
      if (!target) {
        list.problems.push_back(address + ": " + target.error().message);
      } else if (*target && seen.insert(**target).second) {
        list.targets.push_back(**std::move(target));
      }
    }
  };
  add({job.targets, {}});
  for (const TargetGroup& group : job.groups) add(group);
  for (const TargetGroup& group : groups) add(group);
  if (job.target_limit != 0 && list.targets.size() > job.target_limit) {
    for (ScrapeTarget& target : list.targets)
      target.refusal = "the job has " + std::to_string(list.targets.size()) +
                       " targets, and its target_limit is " + std::to_string(job.target_limit);
  }
  return list;
}

}  // namespace hinomi::metrics
