#ifndef HINOMI_API_CONSOLE_FOLDER_SOURCE_H_
#define HINOMI_API_CONSOLE_FOLDER_SOURCE_H_

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/policy.h"

namespace hinomi::api {

/// The ops folder as it lies on disk; what is in force is Picture::policy.
struct FolderState {
  std::string directory;
  policy::LoadedFolder newest;               ///< Of the newest try to load it.
  std::vector<policy::FolderFile> in_force;  ///< Of the newest try without a mistake.
};

/// What keeps the ops folder in use, as the console asks it. Threads: any.
class FolderSource {
 public:
  virtual ~FolderSource() = default;
  virtual FolderState state() const = 0;
  /// Reads and checks the folder as it lies there now, and changes nothing.
  virtual Result<policy::LoadedFolder> Try() const { return TryWith({}); }
  /// The same as if some of its files, by name, had this content.
  virtual Result<policy::LoadedFolder> TryWith(
      const std::map<std::string, std::string>& replaced) const = 0;
  /// Reads it again and takes it into use if it has no mistake; returns after
  /// that. kTimeout after 10 s.
  virtual Status ReloadAndWait() = 0;
};

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_FOLDER_SOURCE_H_
