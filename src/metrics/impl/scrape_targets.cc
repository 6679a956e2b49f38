#include "metrics/impl/scrape_targets.h"

#include <set>

#include "base/json.h"

namespace hinomi::metrics {
namespace {

ScrapeTarget MakeTarget(const ScrapeJob& job, const std::string& address,
                        const std::map<std::string, std::string>& group_labels) {
  std::string scheme = job.scheme;
  std::string path = job.path;
  std::string host = address;
  Labels labels;
  const auto add = [&](const std::map<std::string, std::string>& source) {
    for (const auto& [name, value] : source) {
      if (name == "__scheme__") {
        scheme = value;
      } else if (name == "__metrics_path__") {
        path = value;
      } else if (name == "__address__") {
        host = value;
      } else if (!name.starts_with("__")) {
        labels.Set(name, value);
      }
    }
  };
  add(job.labels);
  add(group_labels);
  if (labels.Get("job").empty()) labels.Set("job", job.job);
  if (labels.Get("instance").empty()) labels.Set("instance", host);
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  return {std::move(labels), scheme + "://" + host + path};
}

}  // namespace

Result<std::vector<TargetGroup>> ParseTargetFile(std::string_view text) {
  HN_TRY(const Json document, Json::Parse(text));
  const auto expected = [](const char* what) {
    return InvalidArgument(std::string("expected ") + what);
  };
  if (!document.is_array()) return expected("a list of target groups");
  std::vector<TargetGroup> groups;
  for (const Json& entry : document.as_array()) {
    if (!entry.is_object() || !entry["targets"].is_array())
      return expected("each group to have a list \"targets\"");
    TargetGroup& group = groups.emplace_back();
    for (const Json& target : entry["targets"].as_array()) {
      if (!target.is_string() || target.as_string().empty())
        return expected("each target to be a text such as \"host:port\"");
      group.targets.push_back(target.as_string());
    }
    if (entry.contains("labels") && !entry["labels"].is_object())
      return expected("\"labels\" to be an object");
    for (const auto& [name, value] : entry["labels"].as_object()) {
      if (!value.is_string()) return expected("each label's value to be a text");
      group.labels[name] = value.as_string();
    }
  }
  return groups;
}

Result<std::vector<std::pair<std::string, std::string>>> ReadTargetFiles(
    Files& files, const std::string& pattern) {
  std::vector<std::pair<std::string, std::string>> contents;
  const size_t star = pattern.rfind('*');
  if (star == std::string::npos) {
    HN_TRY(std::string content, files.ReadAll(pattern));
    contents.emplace_back(pattern, std::move(content));
    return contents;
  }
  const size_t slash = pattern.rfind('/', star);
  const std::string folder = slash == std::string::npos ? "." : pattern.substr(0, slash);
  const std::string before = pattern.substr(slash == std::string::npos ? 0 : slash + 1,
                                            star - (slash == std::string::npos ? 0 : slash + 1));
  const std::string after = pattern.substr(star + 1);
  HN_TRY(const auto names, files.List(folder));
  for (const std::string& name : names) {
    if (name.size() < before.size() + after.size() || !name.starts_with(before) ||
        !name.ends_with(after))
      continue;
    HN_TRY(std::string content, files.ReadAll(folder + "/" + name));
    contents.emplace_back(folder + "/" + name, std::move(content));
  }
  return contents;
}

std::vector<ScrapeTarget> TargetsOf(const ScrapeJob& job, const std::vector<TargetGroup>& groups) {
  std::vector<ScrapeTarget> targets;
  std::set<ScrapeTarget> seen;
  const auto add = [&](ScrapeTarget target) {
    if (seen.insert(target).second) targets.push_back(std::move(target));
  };
  for (const std::string& address : job.targets) add(MakeTarget(job, address, {}));
  for (const TargetGroup& group : groups)
    for (const std::string& address : group.targets) add(MakeTarget(job, address, group.labels));
  return targets;
}

}  // namespace hinomi::metrics
