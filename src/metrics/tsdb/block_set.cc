#include "metrics/tsdb/block_set.h"

#include <algorithm>

namespace hinomi::metrics {

Result<std::unique_ptr<BlockSet>> BlockSet::Open(Files& files, Log& log, std::string directory) {
  std::unique_ptr<BlockSet> set(new BlockSet(files, log, std::move(directory)));
  HN_TRY_VOID(set->OpenAll());
  return set;
}

std::shared_ptr<const BlockSet::Members> BlockSet::Snapshot() const {
  const MutexLock lock(mutex_);
  return members_;
}

std::string BlockSet::PathOf(uint64_t sequence) const {
  std::string digits = std::to_string(sequence);
  if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
  return directory_ + "/block-" + digits;
}

BlockSet::Beginning BlockSet::Begin() {
  return {next_sequence_++, last_delete_, Snapshot()};
}

Status BlockSet::Write(const TimeWindow& window, const std::function<Status(BlockWriter&)>& add) {
  const MutexLock one_at_a_time(write_mutex_);
  MutexLock change(change_mutex_);
  const Beginning beginning = Begin();
  writing_ = true;
  change.Unlock();

  const std::string path = PathOf(beginning.sequence);
  const auto write = [&]() -> Result<std::shared_ptr<const Block>> {
    const BlockOrigin origin{
        window, beginning.sequence, beginning.sequence, beginning.deletes_through, {}};
    HN_TRY(const auto writer, BlockWriter::Create(files_, path, origin));
    HN_TRY_VOID(add(*writer));
    if (writer->empty()) return std::shared_ptr<const Block>();
    return FinishBlock(*writer, path);
  };
  auto written = write();

  change.Lock();
  writing_ = false;
  if (!written) return std::move(written).error();
  if (*written != nullptr) Publish(*written, {});
  return {};
}

Result<std::shared_ptr<const Block>> BlockSet::FinishBlock(BlockWriter& writer,
                                                           const std::string& path) {
  const auto finish = [&]() -> Result<std::shared_ptr<const Block>> {
    HN_TRY_VOID(writer.Finish());
    return Block::Open(files_, path);
  };
  auto block = finish();
  if (!block) AddGarbage(path, false);
  return block;
}

void BlockSet::Publish(std::shared_ptr<const Block> added, const std::vector<uint64_t>& removed) {
  Members members = *Snapshot();
  std::erase_if(members, [&](const Member& member) {
    return std::find(removed.begin(), removed.end(), member.info().sequence) != removed.end();
  });
  if (added != nullptr) {
    Member member{{std::move(added), std::make_shared<Erasures>()}};
    for (const LiveTombstone& tombstone : tombstones_) Hide(member, tombstone);
    members.push_back(std::move(member));
  }
  Exchange(std::move(members));
}

void BlockSet::Exchange(Members members) {
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.info().newest < b.info().newest; });
  auto exchanged = std::make_shared<const Members>(std::move(members));
  const MutexLock lock(mutex_);
  members_.swap(exchanged);
  empty_ = members_->empty();
}

void BlockSet::Hide(Member& member, const LiveTombstone& live) {
  const Block& block = member.block();
  const Tombstone& tombstone = live.tombstone;
  if (tombstone.number <= block.info().deletes_through ||
      !tombstone.window.Overlaps(block.info().samples_window()))
    return;
  if (auto prepared = block.Prepare(); !prepared) {
    Report(block.path(), prepared.error().message);
    has_unread_blocks_ = true;
    return;
  }
  Postings ids = block.index().Match(*live.matchers);
  if (ids.empty()) return;
  auto erasures = std::make_shared<Erasures>(*member.visible.erasures);
  erasures->Add(std::move(ids), block.info().series, tombstone.window, tombstone.number);
  if (auto erased = EstimateErased(block, *erasures)) member.erased = *erased;
  member.visible.erasures = std::move(erasures);
}

Status BlockSet::Delete(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) {
  HN_TRY(auto compiled, CompileAll(matchers));
  if (from_ms > to_ms) return {};
  const MutexLock change(change_mutex_);
  LiveTombstone added{{++last_delete_, {from_ms, to_ms}, matchers},
                      std::make_shared<std::vector<CompiledMatcher>>(std::move(compiled))};
  std::vector<Tombstone> saved;
  for (const LiveTombstone& live : tombstones_) saved.push_back(live.tombstone);
  saved.push_back(added.tombstone);
  if (auto written = SaveTombstones(files_, directory_ + "/tombstones", saved); !written) {
    tombstones_unsure_ = true;
    return written;
  }
  Members members = *Snapshot();
  for (Member& member : members) Hide(member, added);
  tombstones_.push_back(std::move(added));
  Exchange(std::move(members));
  return {};
}

void BlockSet::Report(const std::string& file, const std::string& what) const {
  constexpr size_t kMostKept = 10'000;
  MutexLock lock(mutex_);
  if (damages_.size() >= kMostKept || !damages_.insert({file, what}).second) return;
  lock.Unlock();
  log_.Failed("samples cannot be read; the others are served", {{"file", file}, {"what", what}});
}

void BlockSet::AddGarbage(const std::string& path, bool damaged) {
  const MutexLock lock(mutex_);
  garbage_.push_back({path, damaged});
}

Status BlockSet::ClearGarbage() {
  MutexLock lock(mutex_);
  const std::vector<Garbage> garbage = garbage_;
  lock.Unlock();
  if (garbage.empty()) return {};
  for (const auto& [path, damaged] : garbage) {
    if (!files_.Exists(path)) continue;
    HN_TRY_VOID(damaged ? files_.Rename(path, path + ".damaged") : files_.Remove(path));
  }
  HN_TRY_VOID(files_.SyncDirectory(directory_));
  lock.Lock();
  std::erase_if(garbage_, [&](const Garbage& each) {
    return std::find(garbage.begin(), garbage.end(), each) != garbage.end();
  });
  return {};
}

BlockSetStats BlockSet::stats() const {
  MutexLock change(change_mutex_);
  const uint64_t deletes = tombstones_.size();
  change.Unlock();
  const MutexLock lock(mutex_);
  BlockSetStats stats = counters_;
  stats.deletes = deletes;
  stats.damages = damages_.size();
  for (const Member& member : *members_) {
    const BlockInfo& info = member.info();
    stats.min_ms = stats.blocks == 0 ? info.min_ms : std::min(stats.min_ms, info.min_ms);
    stats.max_ms = stats.blocks == 0 ? info.max_ms : std::max(stats.max_ms, info.max_ms);
    stats.blocks += 1;
    stats.series += info.series;
    stats.samples += info.samples;
    stats.bytes += member.block().file_bytes();
  }
  return stats;
}

std::vector<BlockInfo> BlockSet::infos() const {
  std::vector<BlockInfo> infos;
  const auto members = Snapshot();
  for (const Member& member : *members) infos.push_back(member.info());
  return infos;
}

std::vector<FileDamage> BlockSet::VerifyAll() const {
  const auto members = Snapshot();
  for (const Member& member : *members)
    if (const Status whole = member.block().Verify(); !whole)
      Report(member.block().path(), whole.error().message);
  return damages();
}

std::vector<FileDamage> BlockSet::damages() const {
  const MutexLock lock(mutex_);
  return {damages_.begin(), damages_.end()};
}

}  // namespace hinomi::metrics
