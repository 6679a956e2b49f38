#ifndef HINOMI_POLICY_TESTING_H_
#define HINOMI_POLICY_TESTING_H_

#include <map>
#include <string>

#include "os/files.h"
#include "policy/policy.h"

namespace hinomi::policy {

/// An ops folder in a temporary directory, removed at the end, with an
/// environment and time zones (UTC, Asia/Tokyo) of its own. One thread.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  /// `name` is relative; folders in it are made. Aborts where it cannot.
  void Write(const std::string& name, std::string_view content);
  LoadOptions options() const;
  Result<LoadedFolder> Load();

  std::map<std::string, std::string> environment;

 private:
  PosixFiles files_;
  std::string root_;
  std::string path_;
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_TESTING_H_
