#include "store/reserve.h"

#include <algorithm>

#include "base/random.h"

namespace hinomi::store {
namespace {

// Piece of the reserve that is written with one turn: short enough for the
// control thread, some 64 turns for the whole.
constexpr uint64_t kPiece = uint64_t{1} << 20;

// Bytes that no file system compresses away.
std::string Noise(uint64_t size, uint64_t seed) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Next() >> 56);
  return bytes;
}

}  // namespace

DiskReserve::DiskReserve(ReserveConfig config, Files& files, Log& log, Telemetry& telemetry)
    : config_(std::move(config)),
      files_(files),
      log_(log),
      held_bytes_(telemetry.Gauge("hinomi_store_reserve_bytes")),
      events_left_metric_(telemetry.Gauge("hinomi_store_reserve_events_left")),
      read_only_(telemetry.Gauge("hinomi_store_read_only")) {}

void DiskReserve::Publish() {
  held_bytes_.Set(static_cast<double>(size_));
  events_left_metric_.Set(held() ? -1 : static_cast<double>(events_left_));
  read_only_.Set(config_.bytes > 0 && !held() && events_left_ == 0 ? 1 : 0);
}

void DiskReserve::Prepare() {
  if (config_.bytes == 0) return;
  if (files_.Exists(config_.path)) {
    auto file = files_.Open(config_.path, OpenMode::kReadWrite);
    if (file) size_ = (*file)->Size().value_or(0);
  }
  events_left_ = config_.events;
  if (size_ >= config_.bytes || (HasRoom() && Grow(config_.bytes))) {
    state_ = State::kHeld;
  } else {
    log_.Failed("the disk is too full for the state store's reserve: free some space",
                {{"file", config_.path}, {"bytes", std::to_string(config_.bytes)}});
  }
  Publish();
}

bool DiskReserve::Release() {
  if (config_.bytes == 0 || size_ == 0) return false;
  const Status removed = files_.Remove(config_.path);
  if (!removed) {
    log_.Failed("the disk is full, and the reserve cannot be removed",
                {{"reason", removed.error().message}});
    return false;
  }
  size_ = 0;
  if (held()) {
    state_ = State::kReleased;
    events_left_ = config_.events;
    read_only_said_ = false;
    log_.Failed("THE DISK IS FULL: the state store has given up its reserve; free some space now",
                {{"file", config_.path}, {"events_left", std::to_string(events_left_)}});
  }
  Publish();
  return true;
}

// Twice what is missing, so that building it up does not fill the disk again.
bool DiskReserve::HasRoom() {
  const std::string directory = config_.path.substr(0, config_.path.rfind('/'));
  const auto space = files_.Space(directory);
  return space && space->free_bytes / 2 >= config_.bytes - std::min(size_, config_.bytes);
}

bool DiskReserve::Grow(uint64_t at_most) {
  auto file = files_.Open(config_.path, OpenMode::kCreate);
  if (!file) return false;
  const uint64_t end = std::min(config_.bytes, size_ + at_most);
  while (size_ < end) {
    const uint64_t piece = std::min(kPiece, end - size_);
    if (!(*file)->WriteAt(size_, Noise(piece, size_))) return false;
    size_ += piece;
  }
  return size_ < config_.bytes || (*file)->Sync().has_value();
}

Status DiskReserve::Admit(uint64_t events) {
  if (config_.bytes == 0 || held()) return {};
  if (HasRoom() && Grow(kPiece) && size_ >= config_.bytes) {
    state_ = State::kHeld;
    log_.Info("the state store holds its reserve again", {{"file", config_.path}});
    Publish();
    return {};
  }
  if (events_left_ == 0 || events > events_left_) {
    BecomeReadOnly();
    return Exhausted(
        "the disk is full and the state store's reserve is used up, so it is read-only: free space "
        "where " +
        config_.path + " lies; it goes on by itself then");
  }
  events_left_ -= events;
  if (events_left_ == 0) BecomeReadOnly();
  Publish();
  return {};
}

void DiskReserve::BecomeReadOnly() {
  if (!read_only_said_) {
    log_.Failed("THE DISK IS FULL and the reserve is used up: the state store is read-only",
                {{"file", config_.path}});
  }
  read_only_said_ = true;
  events_left_ = 0;
  Publish();
}

}  // namespace hinomi::store
