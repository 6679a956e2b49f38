#ifndef HINOMI_POLICY_POLICY_H_
#define HINOMI_POLICY_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/files.h"
#include "policy/documents.h"

namespace hinomi::policy {

/// A mistake or warning in a document, as the operator sees it.
struct Finding {
  enum class Level { kMistake, kWarning } level = Level::kMistake;
  std::string file;     ///< Relative to the folder.
  int line = 0;         ///< From 1; 0 where it is about the file as a whole.
  int column = 0;       ///< From 1, in characters.
  std::string path;     ///< "alarms[2].threshold"
  std::string message;  ///< What was expected and what to do, with the nearest valid name.
  std::string excerpt;  ///< The line and a caret line under it, or "".
};

/// "file:line:column: message", then the excerpt.
std::string FormatFinding(const Finding& finding);

/// A default that was filled in.
struct FilledDefault {
  std::string file;
  std::string path;   ///< "alarms[0].period"
  std::string value;  ///< "60s"
  std::string why;
};

struct LoadedFolder {
  /// Present only where there is no mistake.
  std::shared_ptr<const OpsFolder> folder;
  std::vector<Finding> findings;  ///< Mistakes and warnings, in order of file and line.
  std::vector<FilledDefault> defaults;
};

/// Reads and checks a whole ops folder: all mistakes at once. The error is for
/// a folder that cannot be read at all..
Result<LoadedFolder> LoadOpsFolder(Files& files, const std::string& directory);

/// JSON Schema (draft 2020-12) of a document, e.g. "alarms.yml".
Result<std::string> JsonSchema(const std::string& file);
std::vector<std::string> DocumentFiles();

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_POLICY_H_
