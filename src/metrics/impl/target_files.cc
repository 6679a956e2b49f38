#include "metrics/impl/target_files.h"

#include "base/json.h"
#include "os/glob.h"

namespace hinomi::metrics {

Result<std::vector<TargetGroup>> ParseTargetFile(const std::string&, std::string_view text) {
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

Result<std::vector<std::pair<std::string, std::string>>> ReadTargetFiles(Files& files,
                                                                         const TargetFiles& of) {
  std::vector<std::pair<std::string, std::string>> contents;
  HN_TRY(const std::vector<std::string> paths, Glob(files, "", of.pattern));
  if (paths.empty() && !of.may_be_missing) {
    // Said by what cannot be read: the file, or the directory where none is.
    if (of.pattern.find_first_of("*?[") == std::string::npos)
      return files.ReadAll(of.pattern).error();
    HN_TRY_VOID(files.List(ParentDirectory(of.pattern)));
  }
  for (const std::string& path : paths) {
    HN_TRY(std::string content, files.ReadAll(path));
    contents.emplace_back(path, std::move(content));
  }
  return contents;
}

bool TargetFileSet::Read(Files& files, const std::vector<TargetFiles>& patterns,
                         const TargetFileParser& parse) {
  changed_ = false;
  error_.clear();
  failed_pattern_.clear();
  std::map<std::string, Known> next;
  for (const TargetFiles& pattern : patterns) ReadPattern(files, pattern, parse, next);
  for (const auto& [path, known] : known_) changed_ |= !next.contains(path);
  known_ = std::move(next);
  return changed_;
}

void TargetFileSet::ReadPattern(Files& files, const TargetFiles& pattern,
                                const TargetFileParser& parse, std::map<std::string, Known>& next) {
  auto contents = ReadTargetFiles(files, pattern);
  if (!contents) {
    for (const auto& [path, known] : known_)
      if (known.pattern == pattern.pattern) next.insert({path, known});
    return Fail(pattern, contents.error().message);
  }
  for (auto& [path, content] : *contents) {
    const auto last = known_.find(path);
    if (last != known_.end() && last->second.content == content) {
      next.insert(*last);
      continue;
    }
    auto groups = parse(path, content);
    if (!groups) {
      if (last != known_.end()) next.insert(*last);
      Fail(pattern, path + ": " + groups.error().message);
      continue;
    }
    changed_ = true;
    next[path] = {pattern.pattern, std::move(content), *std::move(groups)};
  }
}

void TargetFileSet::Fail(const TargetFiles& pattern, std::string message) {
  if (!error_.empty()) return;
  error_ = std::move(message);
  failed_pattern_ = pattern.pattern;
}

std::vector<TargetGroup> TargetFileSet::Groups() const {
  std::vector<TargetGroup> all;
  for (const auto& [path, known] : known_) {
    for (const TargetGroup& group : known.groups) {
      all.push_back(group);
      all.back().labels["__meta_filepath"] = path;
    }
  }
  return all;
}

}  // namespace hinomi::metrics
