#include <algorithm>
#include <charconv>
#include <optional>

#include "metrics/tsdb/block_set.h"

namespace hinomi::metrics {
namespace {

constexpr std::string_view kBlockPrefix = "block-";

/// A file of blocks by its name.
struct BlockName {
  uint64_t sequence = 0;
  std::string_view suffix;
};

std::optional<BlockName> ParseBlockName(std::string_view name) {
  if (!name.starts_with(kBlockPrefix)) return std::nullopt;
  name.remove_prefix(kBlockPrefix.size());
  BlockName parsed;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), parsed.sequence);
  if (error != std::errc() || end == name.data()) return std::nullopt;
  parsed.suffix = name.substr(static_cast<size_t>(end - name.data()));
  return parsed;
}

bool IsLeftOver(const std::string& name) {
  if (name.starts_with("tombstones.tmp")) return true;
  const auto block = ParseBlockName(name);
  return block && block->suffix.starts_with(".tmp");
}

}  // namespace

Status BlockSet::OpenAll() {
  HN_TRY_VOID(files_.MakeDirectories(directory_));
  HN_TRY(const std::vector<std::string> names, files_.List(directory_));
  const MutexLock change(change_mutex_);
  Members members;
  HN_TRY_VOID(OpenBlocks(names, members));
  SetReplacedAside(members);
  HN_TRY_VOID(OpenTombstones(members));
  Exchange(std::move(members));
  for (const std::string& name : names)
    if (IsLeftOver(name)) AddGarbage(directory_ + "/" + name, false);
  if (auto cleared = ClearGarbage(); !cleared)
    log_.Warning("left-over files of blocks stay for now", {{"why", cleared.error().message}});
  return {};
}

Status BlockSet::OpenBlocks(const std::vector<std::string>& names, Members& members) {
  for (const std::string& name : names) {
    const auto parsed = ParseBlockName(name);
    if (!parsed) continue;
    next_sequence_ = std::max(next_sequence_, parsed->sequence + 1);
    if (!parsed->suffix.empty()) continue;
    const std::string path = directory_ + "/" + name;
    auto block = Block::Open(files_, path);
    if (!block && block.error().code == ErrorCode::kConflict) return std::move(block).error();
    if (!block) {
      Report(path, block.error().message);
      has_unread_blocks_ = true;
      continue;
    }
    const BlockInfo& info = (*block)->info();
    next_sequence_ = std::max(next_sequence_, info.sequence + 1);
    last_delete_ = std::max(last_delete_, info.deletes_through);
    members.push_back({{*std::move(block), std::make_shared<Erasures>()}});
  }
  return {};
}

void BlockSet::SetReplacedAside(Members& members) {
  // A merge was published, but what it was made of had not all been removed.
  std::vector<std::string> replaced;
  std::vector<std::string> rejected;
  for (const Member& member : members) {
    const Block& block = member.block();
    std::vector<std::string> sources;
    for (const uint64_t sequence : block.info().replaces)
      if (files_.Exists(PathOf(sequence))) sources.push_back(PathOf(sequence));
    if (sources.empty()) continue;
    if (auto whole = block.Verify(); !whole) {
      Report(block.path(), whole.error().message);
      rejected.push_back(block.path());
    } else {
      replaced.insert(replaced.end(), sources.begin(), sources.end());
    }
  }
  for (const std::string& path : replaced) AddGarbage(path, false);
  for (const std::string& path : rejected) AddGarbage(path, true);
  replaced.insert(replaced.end(), rejected.begin(), rejected.end());
  std::erase_if(members, [&](const Member& member) {
    return std::find(replaced.begin(), replaced.end(), member.block().path()) != replaced.end();
  });
}

Status BlockSet::OpenTombstones(Members& members) {
  HN_TRY(const DecodedTombstones decoded, LoadTombstones(files_, directory_ + "/tombstones"));
  if (decoded.damage) Report(decoded.damage->file, decoded.damage->what);
  for (const Tombstone& tombstone : decoded.tombstones) {
    last_delete_ = std::max(last_delete_, tombstone.number);
    auto matchers = CompileAll(tombstone.matchers);
    if (!matchers) {
      Report(directory_ + "/tombstones", matchers.error().message);
      continue;
    }
    tombstones_.push_back(
        {tombstone, std::make_shared<std::vector<CompiledMatcher>>(*std::move(matchers))});
    for (Member& member : members) Hide(member, tombstones_.back());
  }
  return {};
}

}  // namespace hinomi::metrics
