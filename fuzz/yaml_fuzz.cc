// modules: hn_policy
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/check.h"
#include "base/strings.h"
#include "policy/policy.h"

/// Arbitrary bytes as a whole ops folder: "=== NAME" on a line begins a file,
/// as in src/policy/testdata/broken. Nothing may crash or grow without bound,
/// and every finding must point into its file.
namespace {

using namespace hinomi;

class MemoryFile : public File {
 public:
  explicit MemoryFile(std::string content) : content_(std::move(content)) {}
  Result<std::string> ReadAt(uint64_t offset, size_t size) override {
    return content_.substr(std::min<size_t>(offset, content_.size()), size);
  }
  Result<uint64_t> Size() override { return uint64_t{content_.size()}; }
  Status WriteAt(uint64_t, std::string_view) override { return Denied("read only"); }
  Status Append(std::string_view) override { return Denied("read only"); }
  Status Sync() override { return {}; }
  Status Truncate(uint64_t) override { return Denied("read only"); }

 private:
  std::string content_;
};

class MemoryFiles : public Files {
 public:
  std::map<std::string, std::string> content;  ///< By name inside "ops".

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode) override {
    HN_TRY(std::string text, ReadAll(path));
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(std::move(text)));
  }
  Result<std::string> ReadAll(const std::string& path) override {
    if (!path.starts_with("ops/")) return NotFound(path);
    const auto found = content.find(path.substr(4));
    if (found == content.end()) return NotFound(path);
    return found->second;
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    std::vector<std::string> names;
    for (const auto& [name, text] : content) {
      const size_t slash = name.find('/');
      if (path == "ops") {
        names.push_back(name.substr(0, slash));
      } else if (slash != std::string::npos && path == "ops/" + name.substr(0, slash)) {
        names.push_back(name.substr(slash + 1));
      }
    }
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }
  bool Exists(const std::string&) override { return false; }
  Status WriteAtomically(const std::string&, std::string_view, uint32_t) override { return {}; }
  Status Rename(const std::string&, const std::string&) override { return {}; }
  Status Remove(const std::string&) override { return {}; }
  Status MakeDirectories(const std::string&) override { return {}; }
  Status SyncDirectory(const std::string&) override { return {}; }
  Result<DiskSpace> Space(const std::string&) override { return DiskSpace{1, 1}; }
};

MemoryFiles ParseFolder(std::string_view text) {
  MemoryFiles files;
  std::string* into = &files.content["alarms.yml"];
  for (const std::string_view line : Split(text, '\n')) {
    if (line.starts_with("=== ")) {
      into = &files.content[std::string(line.substr(4))];
    } else {
      *into += std::string(line) + "\n";
    }
  }
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MemoryFiles files = ParseFolder(text);
  policy::LoadOptions options;
  options.environment = [](const std::string&) { return std::nullopt; };
  const auto loaded = policy::LoadOpsFolder(files, "ops", options);
  HN_CHECK(loaded.has_value());
  bool mistake = false;
  for (const policy::Finding& finding : loaded->findings) {
    mistake = mistake || finding.level == policy::Finding::Level::kMistake;
    HN_CHECK(!finding.message.empty());
    HN_CHECK(!policy::FormatFinding(finding).empty());
    HN_CHECK(finding.line == 0 || files.content.contains(finding.file));
  }
  HN_CHECK(mistake == (loaded->folder == nullptr));
  return 0;
}
