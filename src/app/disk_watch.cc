#include "app/disk_watch.h"

#include <algorithm>

namespace hinomi::app {

DiskWatch::DiskWatch(Files& files, std::string directory, Telemetry& telemetry, Log& log)
    : files_(files), directory_(std::move(directory)), telemetry_(telemetry), log_(log) {}

void DiskWatch::SetReserve(std::string path, uint64_t bytes) {
  reserve_path_ = std::move(path);
  reserve_bytes_ = bytes;
}

uint64_t DiskWatch::MissingReserve() const {
  if (reserve_bytes_ == 0) return 0;
  const auto file = files_.Open(reserve_path_, OpenMode::kRead);
  const uint64_t held = file ? (*file)->Size().value_or(0) : 0;
  return reserve_bytes_ - std::min(reserve_bytes_, held);
}

void DiskWatch::Look() {
  const Result<DiskSpace> space = files_.Space(directory_);
  if (!space) {
    log_.Warning("free disk space cannot be read", {{"error", space.error().message}});
    return;
  }
  const uint64_t least = std::min<uint64_t>(space->total_bytes / 20, uint64_t{1} << 30);
  const bool low = space->free_bytes < least + MissingReserve();
  telemetry_.Gauge("hinomi_disk_free_bytes").Set(static_cast<double>(space->free_bytes));
  telemetry_.Gauge("hinomi_disk_low").Set(low ? 1 : 0);
  if (low != low_.exchange(low)) {
    if (low) {
      log_.Failed("the disk is nearly full: metrics are refused, pages go on",
                  {{"directory", directory_}, {"free_bytes", std::to_string(space->free_bytes)}});
    } else {
      log_.Info("the disk has room again", {{"directory", directory_}});
    }
  }
}

}  // namespace hinomi::app
