#ifndef HINOMI_POLICY_WATCH_H_
#define HINOMI_POLICY_WATCH_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/files.h"

namespace hinomi::policy {

namespace impl {
struct RawFile;
}

/// Says over and over, for little, what a folder's content is. A file is read again where its
/// stamp is another one; a young stamp is not believed yet (times are coarse), and for file systems
/// whose stamps lie all is read now and then.
class FolderDigester {
 public:
  /// Looks during which a stamp has to stand until it is believed: longer than file systems'
  /// times are coarse, at a look a second.
  static constexpr int kLooksUntilBelieved = 3;
  static constexpr int kLooksUntilReadAnyway = 60;

  FolderDigester(Files& files, std::string directory);
  ~FolderDigester();

  /// The digest that `OpsFolder::digest` has for the present content: SHA-256 over names and
  /// contents, hex. Parses nothing but where rule files are. Errors: the directory's own.
  Result<std::string> Digest();

 private:
  struct Known {
    std::optional<FileStamp> stamp;  ///< From before it was read.
    int stood = 0;                   ///< Looks since.
    std::shared_ptr<const impl::RawFile> file;
  };

  std::shared_ptr<const impl::RawFile> Read(const std::string& path, uint64_t most_bytes);

  Files& files_;
  std::string directory_;
  std::map<std::string, Known> known_;   ///< By path, of the last look.
  std::map<std::string, Known> former_;  ///< While looking: of the look before, not yet met.
};

/// Decides when a watched folder is to be loaded again. Pure: the caller asks
/// `FolderDigester`, say once a second, and hands the answer in. A change counts
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
