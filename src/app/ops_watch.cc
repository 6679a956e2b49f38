#include "app/ops_watch.h"

#include <chrono>

namespace hinomi::app {

OpsWatch::OpsWatch(Files& files, std::string directory, Telemetry& telemetry, Log& log)
    : files_(files),
      directory_(std::move(directory)),
      telemetry_(telemetry),
      log_(log),
      digester_(files_, directory_) {}

Result<std::shared_ptr<const policy::OpsFolder>> OpsWatch::LoadFirst() {
  return Load();
}

Result<std::shared_ptr<const policy::OpsFolder>> OpsWatch::Load() {
  if (const auto digest = digester_.Digest()) tried_ = *digest;
  HN_TRY(policy::LoadedFolder loaded, policy::LoadOpsFolder(files_, directory_));
  telemetry_.Gauge("hinomi_ops_folder_sound").Set(loaded.folder ? 1 : 0);
  const std::lock_guard lock(mutex_);
  newest_ = std::move(loaded);
  if (newest_.folder) in_force_ = newest_.files;
  return newest_.folder;
}

void OpsWatch::Start(Apply apply) {
  apply_ = std::move(apply);
  thread_ = std::thread([this] { Run(); });
}

void OpsWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    over_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void OpsWatch::Reload() {
  const std::lock_guard lock(mutex_);
  reload_ = true;
  ++asked_;
  wake_.notify_all();
}

Status OpsWatch::ReloadAndWait() {
  Reload();
  std::unique_lock lock(mutex_);
  const uint64_t mine = asked_;
  const bool over =
      over_.wait_for(lock, std::chrono::seconds(10), [&] { return stopping_ || loaded_ >= mine; });
  if (over && !stopping_) return {};
  return Timeout("the ops folder is still being read; look again in a moment");
}

api::FolderState OpsWatch::state() const {
  const std::lock_guard lock(mutex_);
  return {directory_, newest_, in_force_};
}

Result<policy::LoadedFolder> OpsWatch::TryWith(
    const std::map<std::string, std::string>& replaced) const {
  policy::LoadOptions options;
  options.replaced = replaced;
  return policy::LoadOpsFolder(files_, directory_, options);
}

std::vector<policy::Finding> OpsWatch::findings() const {
  const std::lock_guard lock(mutex_);
  return newest_.findings;
}

void OpsWatch::Run() {
  policy::FolderWatch watch(tried_);
  for (;;) {
    bool asked = false;
    uint64_t serves = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_ || reload_; });
      if (stopping_) return;
      asked = std::exchange(reload_, false);
      serves = asked_;
    }
    const auto digest = digester_.Digest();
    if (!asked && (!digest || !watch.Observe(*digest))) continue;
    const auto folder = Load();
    watch = policy::FolderWatch(tried_);
    if (!folder) {
      log_.Failed("the ops folder cannot be read; the former one stays in force",
                  {{"error", folder.error().message}});
    } else if (*folder == nullptr) {
      for (const policy::Finding& finding : findings())
        if (finding.level == policy::Finding::Level::kMistake)
          log_.Failed("mistake in the ops folder; the former one stays in force",
                      {{"finding", policy::FormatFinding(finding)}});
    } else {
      log_.Info("ops folder in force", {{"digest", (*folder)->digest.substr(0, 8)}});
      apply_(*folder);
    }
    const std::lock_guard lock(mutex_);
    loaded_ = serves;
    over_.notify_all();
  }
}

}  // namespace hinomi::app
