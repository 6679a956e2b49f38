#ifndef HINOMI_POLICY_POLICY_H_
#define HINOMI_POLICY_POLICY_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/files.h"
#include "policy/documents.h"
#include "policy/secrets.h"

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

/// "file:line:column: path: message" (with "warning: " before the path of one),
/// then the excerpt under it. Line and path are left out where there are none.
std::string FormatFinding(const Finding& finding);

/// A default that was filled in.
struct FilledDefault {
  std::string file;
  std::string path;   ///< "alarms[0].period"
  std::string value;  ///< "60s"
  std::string why;
};

/// A file of the folder that Hinomi reads, as it was when it was read.
struct FolderFile {
  std::string name;    ///< Relative to the folder.
  std::string digest;  ///< SHA-256 of its content, hex.
  uint64_t bytes = 0;
  bool operator==(const FolderFile&) const = default;
};

struct LoadedFolder {
  /// Present only where there is no mistake.
  std::shared_ptr<const OpsFolder> folder;
  std::vector<Finding> findings;  ///< Mistakes and warnings, in order of file and line.
  std::vector<FilledDefault> defaults;
  std::vector<FolderFile> files;  ///< By name.
  std::string digest;             ///< As OpsFolder::digest, also with mistakes.
};

struct LoadOptions {
  /// Where `${env:NAME}` is looked up.
  Environment environment = ProcessEnvironment();
  /// Files of the folder that count as having this content, by name: what if?
  std::map<std::string, std::string> replaced = {};
  /// Time zones of the system; "" accepts every name.
  std::string zoneinfo = "/usr/share/zoneinfo";
  /// From when on the coming year is looked at; nothing: what depends on the time is not checked.
  std::optional<Instant> now = std::nullopt;
};

/// Reads and checks a whole ops folder: all mistakes at once. What changes
/// while it is read is read again, so that the answer is one state of the
/// folder. The error is for a folder that cannot be read at all.
Result<LoadedFolder> LoadOpsFolder(Files& files, const std::string& directory,
                                   const LoadOptions& options = {});

/// JSON Schema (draft 2020-12) of a document, e.g. "alarms.yml" or
/// "runbooks/*.yml", indented; from the declarations that also read it.
Result<std::string> JsonSchema(const std::string& file);
/// The typed documents of a folder; "runbooks/*.yml" stands for any number.
std::vector<std::string> DocumentFiles();

/// Writes the example folder (the operations document whole) that is built
/// into the program, for `hinomi init`. Refuses (kConflict) a directory in
/// which one of its files exists. Answers the names of the files written.
Result<std::vector<std::string>> WriteExampleFolder(Files& files, const std::string& directory);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_POLICY_H_
