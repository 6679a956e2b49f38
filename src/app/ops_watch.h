#ifndef HINOMI_APP_OPS_WATCH_H_
#define HINOMI_APP_OPS_WATCH_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/console/folder_source.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "os/files.h"
#include "policy/policy.h"
#include "policy/watch.h"

namespace hinomi::app {

/// Keeps the ops folder in use: looks once a second, loads a change that has
/// stood still, and takes it into use only if it has no mistake. A folder with
/// a mistake changes nothing; its findings are kept for the page.
class OpsWatch : public api::FolderSource {
 public:
  using Apply = std::function<void(std::shared_ptr<const policy::OpsFolder>)>;

  OpsWatch(Files& files, std::string directory, Telemetry& telemetry, Log& log);
  ~OpsWatch() override { Stop(); }

  /// Loads the folder for the first time. Null, with `findings`, if it has
  /// mistakes. Errors: the folder cannot be read.
  Result<std::shared_ptr<const policy::OpsFolder>> LoadFirst();

  /// Watches from now on; `apply` is called on the watch's thread.
  void Start(Apply apply);
  void Stop();
  /// Looks again at once and loads whatever is there (SIGHUP, /-/reload).
  void Reload();

  std::vector<policy::Finding> findings() const;

  api::FolderState state() const override;
  Result<policy::LoadedFolder> TryWith(
      const std::map<std::string, std::string>& replaced) const override;
  Status ReloadAndWait() override;

 private:
  Result<std::shared_ptr<const policy::OpsFolder>> Load();
  void Run();

  Files& files_;
  std::string directory_;
  Telemetry& telemetry_;
  Log& log_;
  Apply apply_;
  policy::FolderDigester digester_;
  std::string tried_;  ///< Digest of the state that was loaded last.
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  policy::LoadedFolder newest_;
  std::vector<policy::FolderFile> in_force_;
  bool reload_ = false;
  uint64_t asked_ = 0;   ///< Reloads that were asked for,
  uint64_t loaded_ = 0;  ///< and of them those that are over.
  std::condition_variable over_;
  bool stopping_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_OPS_WATCH_H_
