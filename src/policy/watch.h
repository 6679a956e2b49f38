#ifndef HINOMI_POLICY_WATCH_H_
#define HINOMI_POLICY_WATCH_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/files.h"

namespace hinomi::policy {

/// The digest that `OpsFolder::digest` has for the present content: SHA-256
/// over names and contents, hex. Reads the files, but does not parse them.
Result<std::string> FolderDigest(Files& files, const std::string& directory);

/// Decides when a watched folder is to be loaded again. Pure: the caller polls
/// `FolderDigest`, say once a second, and hands the answer in. A change counts
/// once it has stood for two looks, so that an editor or a `git pull` that is
/// half done is not loaded; a state that was refused is not tried again until
/// it changes.
class FolderWatch {
 public:
  /// `digest` is that of the state in use (or last tried).
  explicit FolderWatch(std::string digest) : tried_(std::move(digest)) {}

  /// True: load now. The state counts as tried then, whatever comes of it.
  bool Observe(std::string_view digest) {
    if (digest == tried_) {
      seen_.clear();
      return false;
    }
    if (digest != seen_) {
      seen_ = digest;
      return false;
    }
    tried_ = seen_;
    seen_.clear();
    return true;
  }

 private:
  std::string tried_;
  std::string seen_;
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_WATCH_H_
