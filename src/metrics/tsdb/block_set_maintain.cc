#include <algorithm>

#include "metrics/tsdb/block_set.h"

namespace hinomi::metrics {
namespace {

bool Holds(const std::vector<uint64_t>& sequences, uint64_t sequence) {
  return std::find(sequences.begin(), sequences.end(), sequence) != sequences.end();
}

template <typename Members>
std::vector<BlockOutline> OutlinesOf(const Members& members) {
  std::vector<BlockOutline> outlines;
  for (const auto& member : members)
    outlines.push_back({member.info().window, member.info().samples_window(),
                        member.block().file_bytes(), member.info().samples, member.erased,
                        member.info().series});
  return outlines;
}

/// The block without what is too old.
VisibleBlock WithoutExpired(VisibleBlock visible, const AgeLimits& limits, int64_t now_ms) {
  auto erasures = std::make_shared<Erasures>(*visible.erasures);
  for (AgeLimits::Expired& expired : limits.Of(*visible.block, now_ms))
    erasures->Add(std::move(expired.ids), visible.block->info().series,
                  {INT64_MIN, expired.before_ms - 1});
  visible.erasures = std::move(erasures);
  return visible;
}

}  // namespace

Result<bool> BlockSet::MaintainOne(const Upkeep& upkeep) {
  HN_TRY(const AgeLimits limits, AgeLimits::Compile(upkeep.retention));
  const MutexLock one_at_a_time(maintain_mutex_);
  // First of all, so that nothing that was replaced or deleted comes back when
  // what knows of it goes.
  HN_TRY_VOID(ClearGarbage());
  HN_TRY_VOID(SettleTombstones());
  HN_TRY(const bool dropped, DropForSpace(upkeep));
  if (dropped) return true;

  const auto members = Snapshot();
  const bool passed = std::any_of(members->begin(), members->end(), [&](const Member& member) {
    return limits.PassedBy(member.info(), upkeep.now_ms) > 0;
  });
  const bool vouched = SamplesVouchFor(upkeep.now_ms, OutlinesOf(*members));
  MutexLock lock(mutex_);
  const bool waited = std::exchange(counters_.age_retention_waits, passed && !vouched);
  lock.Unlock();
  if (passed && !vouched && !waited)
    log_.Warning(
        "samples are older than the retention, but the clock may have jumped: nothing is "
        "dropped by age until samples have come on three days");
  if (vouched && passed) {
    HN_TRY(const bool too_old, DropForAge(upkeep, limits));
    if (too_old) return true;
  }
  return MergeByPlan(upkeep, vouched && !limits.empty() ? &limits : nullptr);
}

Status BlockSet::SettleTombstones() {
  const MutexLock change(change_mutex_);
  std::vector<LiveTombstone> needed;
  std::vector<Tombstone> saved;
  const auto members = Snapshot();
  for (const LiveTombstone& live : tombstones_) {
    const uint64_t number = live.tombstone.number;
    const bool hides = std::any_of(members->begin(), members->end(), [&](const Member& member) {
      return member.visible.erasures->Has(number);
    });
    if (!hides && !writing_ && !has_unread_blocks_) continue;
    needed.push_back(live);
    saved.push_back(live.tombstone);
  }
  if (needed.size() == tombstones_.size() && !tombstones_unsure_) return {};
  tombstones_unsure_ = true;
  HN_TRY_VOID(SaveTombstones(files_, directory_ + "/tombstones", saved));
  tombstones_unsure_ = false;
  tombstones_ = std::move(needed);
  return {};
}

Result<bool> BlockSet::DropForSpace(const Upkeep& upkeep) {
  const auto members = Snapshot();
  std::vector<uint64_t> dropped;
  for (const size_t place : DropForBytes(OutlinesOf(*members), upkeep.retention.max_bytes))
    dropped.push_back((*members)[place].info().sequence);
  if (dropped.empty()) return false;
  Drop(dropped, "the limit of bytes");
  return true;
}

Result<bool> BlockSet::DropForAge(const Upkeep& upkeep, const AgeLimits& limits) {
  if (upkeep.retention != looked_for_) looked_at_.clear();
  looked_for_ = upkeep.retention;
  std::vector<uint64_t> dropped;
  std::vector<uint64_t> in_part;
  const auto members = Snapshot();
  for (const Member& member : *members) {
    const BlockInfo& info = member.info();
    const size_t passed = limits.PassedBy(info, upkeep.now_ms);
    if (passed == 0) continue;
    if (const auto looked = looked_at_.find(info.sequence);
        looked != looked_at_.end() && looked->second == passed)
      continue;
    if (SetUnreadableAside({info.sequence})) return true;
    size_t series = 0;
    for (const AgeLimits::Expired& expired : limits.Of(member.block(), upkeep.now_ms))
      if (info.max_ms < expired.before_ms) series += expired.ids.size();
    if (series == info.series) {
      dropped.push_back(info.sequence);
    } else if (series > 0) {
      in_part.push_back(info.sequence);
    } else {
      looked_at_[info.sequence] = passed;
    }
  }
  if (!dropped.empty()) {
    Drop(dropped, "the limit of age");
    return true;
  }
  if (in_part.empty()) return false;
  HN_TRY_VOID(Merge(upkeep, &limits, {in_part.front()}));
  return true;
}

Result<bool> BlockSet::MergeByPlan(const Upkeep& upkeep, const AgeLimits* limits) {
  const auto members = Snapshot();
  std::vector<uint64_t> merged;
  for (const size_t place : PlanMerge(OutlinesOf(*members), upkeep.now_ms, upkeep.rewrite_share))
    merged.push_back((*members)[place].info().sequence);
  if (merged.empty()) return false;
  if (SetUnreadableAside(merged)) return true;
  HN_TRY_VOID(Merge(upkeep, limits, merged));
  return true;
}

bool BlockSet::SetUnreadableAside(const std::vector<uint64_t>& sequences) {
  std::vector<uint64_t> unreadable;
  const auto members = Snapshot();
  for (const Member& member : *members) {
    if (!Holds(sequences, member.info().sequence)) continue;
    if (auto prepared = member.block().Prepare(); !prepared) {
      Report(member.block().path(), prepared.error().message);
      unreadable.push_back(member.info().sequence);
    }
  }
  if (unreadable.empty()) return false;
  const MutexLock change(change_mutex_);
  has_unread_blocks_ = true;
  Publish(nullptr, unreadable);
  return true;
}

Status BlockSet::Merge(const Upkeep& upkeep, const AgeLimits* limits,
                       const std::vector<uint64_t>& sequences) {
  MutexLock change(change_mutex_);
  const Beginning beginning = Begin();
  change.Unlock();
  BlockOrigin origin;
  origin.sequence = beginning.sequence;
  origin.deletes_through = beginning.deletes_through;
  std::vector<VisibleBlock> sources;
  for (const Member& member : *beginning.members) {
    const BlockInfo& info = member.info();
    if (!Holds(sequences, info.sequence)) continue;
    origin.window = sources.empty()
                        ? info.window
                        : TimeWindow{std::min(origin.window.from_ms, info.window.from_ms),
                                     std::max(origin.window.to_ms, info.window.to_ms)};
    origin.newest = std::max(origin.newest, info.newest);
    origin.replaces.push_back(info.sequence);
    sources.push_back(limits == nullptr ? member.visible
                                        : WithoutExpired(member.visible, *limits, upkeep.now_ms));
  }

  std::set<const Block*> damaged;
  const ReportUnread unread = [&](const Block& block, const Error& error) {
    damaged.insert(&block);
    Report(block.path(), error.message);
  };
  const std::string path = PathOf(origin.sequence);
  HN_TRY(const auto writer, BlockWriter::Create(files_, path, origin));
  HN_TRY_VOID(MergeBlocks(sources, *writer, upkeep.keep_going, unread));
  std::shared_ptr<const Block> merged;
  if (!writer->empty()) {
    HN_TRY(merged, FinishBlock(*writer, path));
    // Before anything is removed for it.
    if (auto whole = merged->Verify(); !whole) {
      AddGarbage(path, true);
      return whole;
    }
  }

  change.Lock();
  Publish(merged, sequences);
  change.Unlock();
  MutexLock lock(mutex_);
  counters_.merges += 1;
  counters_.merged_bytes += merged == nullptr ? 0 : merged->file_bytes();
  lock.Unlock();
  for (const VisibleBlock& source : sources)
    AddGarbage(source.block->path(), damaged.contains(source.block.get()));
  return ClearGarbage();
}

void BlockSet::Drop(const std::vector<uint64_t>& sequences, std::string_view why) {
  std::vector<std::string> paths;
  const auto members = Snapshot();
  for (const Member& member : *members)
    if (Holds(sequences, member.info().sequence)) paths.push_back(member.block().path());
  MutexLock change(change_mutex_);
  Publish(nullptr, sequences);
  change.Unlock();
  for (const std::string& path : paths) {
    log_.Info("a block of old samples is dropped", {{"file", path}, {"why", why}});
    AddGarbage(path, false);
  }
  MutexLock lock(mutex_);
  counters_.dropped_blocks += sequences.size();
  lock.Unlock();
  if (auto cleared = ClearGarbage(); !cleared)
    log_.Warning("dropped blocks stay on the disk for now", {{"why", cleared.error().message}});
}

}  // namespace hinomi::metrics
