#include "metrics/tsdb/old_log.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/strings.h"
#include "metrics/wal.h"

namespace hinomi::metrics {
namespace {

struct OldFile {
  std::string name;
  uint64_t sequence = 0;
  bool checkpoint = false;
};

std::optional<OldFile> OldFileOf(const std::string& name) {
  for (const std::string_view prefix : {"checkpoint-", "wal-"}) {
    if (!name.starts_with(prefix)) continue;
    const auto sequence = ParseUint(std::string_view(name).substr(prefix.size()));
    if (sequence) return OldFile{name, *sequence, prefix == "checkpoint-"};
  }
  return std::nullopt;
}

/// A checkpoint first, then the logs behind it.
bool ComesFirst(const OldFile& a, const OldFile& b) {
  return std::tie(b.checkpoint, a.sequence) < std::tie(a.checkpoint, b.sequence);
}

Status TakeOverFile(Files& files, Log& log, const std::string& path, uint64_t sequence,
                    Appender& into) {
  HN_TRY(const auto file, files.Open(path, OpenMode::kRead));
  HN_TRY(const uint64_t size, file->Size());
  std::unordered_map<uint64_t, Labels> labels;
  Status stored;
  const auto sink = [&](std::string_view payload) -> Status {
    HN_TRY(WalRecord record, DecodeWalRecord(payload));
    for (const auto& [metric, metadata] : record.metadata) into.SetMetadata(metric, metadata);
    std::vector<WriteSeries> batch;
    for (WalSeries& series : record.series) {
      if (series.labels) labels[series.ref] = *std::move(series.labels);
      const auto known = labels.find(series.ref);
      if (known != labels.end()) batch.push_back({known->second, std::move(series.samples)});
    }
    if (stored) stored = into.Append(batch);
    return {};
  };
  HN_TRY(const WalScan scan,
         ScanWal([&](uint64_t offset, size_t length) { return file->ReadAt(offset, length); }, size,
                 sequence, sink));
  for (const WalDamage& damage : scan.damages)
    log.Failed("a part of the metrics log is damaged and was left out; check the disk",
               {{"file", path},
                {"offset", std::to_string(damage.offset)},
                {"bytes", std::to_string(damage.bytes)}});
  return stored;
}

}  // namespace

Status TakeOverOldLog(Files& files, Log& log, const std::string& directory, Appender& into) {
  HN_TRY(const std::vector<std::string> names, files.List(directory));
  std::vector<OldFile> old;
  for (const std::string& name : names)
    if (auto file = OldFileOf(name)) old.push_back(*std::move(file));
  std::sort(old.begin(), old.end(), ComesFirst);
  for (const OldFile& file : old)
    HN_TRY_VOID(TakeOverFile(files, log, directory + "/" + file.name, file.sequence, into));
  for (const OldFile& file : old) HN_TRY_VOID(files.Remove(directory + "/" + file.name));
  return {};
}

}  // namespace hinomi::metrics
