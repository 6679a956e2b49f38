#include "policy/testing.h"

#include <stdlib.h>

#include <filesystem>

#include "base/check.h"

namespace hinomi::policy {

TestFolder::TestFolder() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/hinomi-policy-XXXXXX";
  HN_CHECK(::mkdtemp(pattern.data()) != nullptr);
  root_ = pattern;
  path_ = root_ + "/ops";
  HN_CHECK(files_.MakeDirectories(path_).has_value());
  HN_CHECK(files_.MakeDirectories(root_ + "/zoneinfo/Asia").has_value());
  HN_CHECK(files_.WriteAtomically(root_ + "/zoneinfo/UTC", "TZif2").has_value());
  HN_CHECK(files_.WriteAtomically(root_ + "/zoneinfo/Asia/Tokyo", "TZif2").has_value());
  const std::string table = "# version test\nZ Asia/Tokyo 9:18:59 - LMT\nL Asia/Tokyo Japan\n";
  HN_CHECK(files_.WriteAtomically(root_ + "/zoneinfo/tzdata.zi", table).has_value());
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void TestFolder::Write(const std::string& name, std::string_view content) {
  const std::string path = path_ + "/" + name;
  HN_CHECK(files_.MakeDirectories(path.substr(0, path.rfind('/'))).has_value());
  HN_CHECK(files_.WriteAtomically(path, content).has_value());
}

LoadOptions TestFolder::options() const {
  LoadOptions options;
  options.zoneinfo = root_ + "/zoneinfo";
  options.environment = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  };
  return options;
}

Result<LoadedFolder> TestFolder::Load() {
  return LoadOpsFolder(files_, path_, options());
}

}  // namespace hinomi::policy
