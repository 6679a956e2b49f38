#include "policy/impl/snapshot.h"

#include <utility>

#include "base/digest.h"
#include "os/glob.h"
#include "policy/impl/forms.h"
#include "policy/rule_files.h"
#include "policy/watch.h"
#include "policy/yaml.h"

namespace hinomi::policy {
namespace impl {
namespace {

constexpr size_t kMaxFiles = 2'000;

bool IsHidden(std::string_view name) {
  return name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
}

/// The texts below `rule_files` of a hinomi.yml; what else stands there is for its form.
std::vector<std::string> RulePatternsOf(const std::string& hinomi_yml) {
  std::vector<std::string> patterns;
  if (hinomi_yml.find("rule_files") == std::string::npos) return patterns;
  const SourceText source(hinomi_yml);
  const yaml::Document document = yaml::Parse(source);
  const yaml::Member* member = document.root.Find("rule_files");
  if (member == nullptr) return patterns;
  for (const yaml::Node& item : member->value.items)
    if (item.kind == yaml::Kind::kText) patterns.push_back(item.text);
  return patterns;
}

void AddRuleFiles(Files& files, const std::string& directory, const FileReader& read,
                  Snapshot& snapshot) {
  const auto server = snapshot.files.find("hinomi.yml");
  if (server == snapshot.files.end()) return;
  snapshot.rule_patterns = FindRuleFiles(files, directory, RulePatternsOf(server->second->content));
  for (const RulePattern& pattern : snapshot.rule_patterns) {
    for (const std::string& name : pattern.files) {
      if (TypeOfFile(name) != nullptr || snapshot.rule_files.contains(name)) continue;
      const std::string path = name.starts_with('/') ? name : directory + "/" + name;
      snapshot.rule_files[name] = read(path, kMaxRuleFileBytes);
      snapshot.files.erase(name);
    }
  }
}

/// Files of a folder inside the folder, if it is there.
void AddFolder(Files& files, const std::string& directory, const std::string& name,
               std::string_view ending, const FileReader& read, Snapshot& snapshot) {
  const Result<std::vector<std::string>> names = files.List(directory + "/" + name);
  if (!names) {
    snapshot.others.push_back(name);
    return;
  }
  for (const std::string& file : *names) {
    const std::string path = name + "/" + file;
    if (IsHidden(file)) continue;
    if (!file.ends_with(ending)) {
      snapshot.others.push_back(path);
    } else if (snapshot.files.size() < kMaxFiles) {
      snapshot.files[path] = read(directory + "/" + path, kMaxFileBytes);
    }
  }
}

std::string DigestOf(const Snapshot& snapshot) {
  std::string all;
  for (const auto* part : {&snapshot.files, &snapshot.rule_files}) {
    for (const auto& [name, file] : *part) {
      all += std::to_string(name.size()) + ":" + name + file->digest + file->problem + "\n";
    }
  }
  return ToHex(Sha256(all));
}

}  // namespace

RawFile ReadRawFile(Files& files, const std::string& path, uint64_t most_bytes) {
  RawFile raw;
  const auto fail = [&raw](std::string problem) {
    raw.problem = std::move(problem);
    return raw;
  };
  Result<std::unique_ptr<File>> file = files.Open(path, OpenMode::kRead);
  if (!file) return fail("cannot be read: " + file.error().message);
  const Result<uint64_t> size = (*file)->Size();
  if (!size) return fail("cannot be read: " + size.error().message);
  if (*size > most_bytes) {
    return fail("is larger than " + std::to_string(most_bytes >> 20) +
                " MiB; such a file is never that large");
  }
  Result<std::string> content = (*file)->ReadAt(0, *size);
  if (!content) return fail("cannot be read: " + content.error().message);
  raw.content = *std::move(content);
  raw.digest = ToHex(Sha256(raw.content));
  return raw;
}

std::vector<RulePattern> FindRuleFiles(Files& files, const std::string& base,
                                       const std::vector<std::string>& patterns) {
  std::vector<RulePattern> found;
  for (const std::string& pattern : patterns) {
    RulePattern& one = found.emplace_back();
    one.pattern = pattern;
    Result<std::vector<std::string>> paths = Glob(files, base, pattern);
    if (paths) {
      one.files = *std::move(paths);
    } else {
      one.problem = paths.error().message;
    }
  }
  return found;
}

Result<Snapshot> ReadOnce(Files& files, const std::string& directory, const FileReader& read) {
  Result<std::vector<std::string>> names = files.List(directory);
  if (!names) {
    return std::move(names).error().WithContext("the ops folder " + directory + " cannot be read");
  }
  Snapshot snapshot;
  for (const std::string& name : *names) {
    if (IsHidden(name)) continue;
    if (name == "runbooks") {
      AddFolder(files, directory, name, ".yml", read, snapshot);
    } else if (name == "scripts") {
      AddFolder(files, directory, name, "", read, snapshot);
    } else if (name.ends_with(".yml") || name == "dns-failover.json") {
      snapshot.files[name] = read(directory + "/" + name, kMaxFileBytes);
    } else {
      snapshot.others.push_back(name);
    }
  }
  AddRuleFiles(files, directory, read, snapshot);
  snapshot.digest = DigestOf(snapshot);
  return snapshot;
}

Result<Snapshot> TakeSnapshot(Files& files, const std::string& directory) {
  const FileReader read = [&files](const std::string& path, uint64_t most_bytes) {
    return std::make_shared<const RawFile>(ReadRawFile(files, path, most_bytes));
  };
  HN_TRY(Snapshot before, ReadOnce(files, directory, read));
  for (int i = 0; i < 4; ++i) {
    HN_TRY(Snapshot after, ReadOnce(files, directory, read));
    if (after.digest == before.digest) return after;
    before = std::move(after);
  }
  return Conflict("the ops folder " + directory +
                  " keeps changing while it is read; try again when it is at rest");
}

}  // namespace impl

FolderDigester::FolderDigester(Files& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

FolderDigester::~FolderDigester() = default;

Result<std::string> FolderDigester::Digest() {
  former_ = std::exchange(known_, {});
  HN_TRY(impl::Snapshot snapshot,
         impl::ReadOnce(files_, directory_, [this](const std::string& path, uint64_t most_bytes) {
           return Read(path, most_bytes);
         }));
  return std::move(snapshot.digest);
}

std::shared_ptr<const impl::RawFile> FolderDigester::Read(const std::string& path,
                                                          uint64_t most_bytes) {
  // A rule file beside the folder's own files is met as both.
  if (const auto met = known_.find(path); met != known_.end()) return met->second.file;
  Known now{.stamp = files_.Stamp(path), .stood = 0, .file = nullptr};
  if (const auto found = former_.find(path); found != former_.end()) {
    Known& before = found->second;
    if (now.stamp && now.stamp == before.stamp) now.stood = before.stood + 1;
    if (now.stood > kLooksUntilBelieved && now.stood % kLooksUntilReadAnyway != 0)
      now.file = std::move(before.file);
  }
  if (now.file == nullptr)
    now.file = std::make_shared<const impl::RawFile>(impl::ReadRawFile(files_, path, most_bytes));
  return (known_[path] = std::move(now)).file;
}

}  // namespace hinomi::policy
