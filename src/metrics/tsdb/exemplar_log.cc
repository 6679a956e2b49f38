#include "metrics/tsdb/exemplar_log.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "base/strings.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

constexpr const char* kExemplarPrefix = "exemplars-";

uint64_t HashOf(std::string_view bytes) {
  return std::hash<std::string_view>{}(bytes);
}

/// Of valid UTF-8: the bytes that begin one.
size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// What makes two exemplars of one series the same.
std::string IdentityOf(const LoggedExemplar& exemplar) {
  std::string bytes = exemplar.labels;
  ByteWriter out(bytes);
  out.Fixed64(std::bit_cast<uint64_t>(exemplar.sample.value));
  if (exemplar.own_time) out.Fixed64(static_cast<uint64_t>(exemplar.sample.at_ms));
  return bytes;
}

SeriesExemplars Expanded(const std::string& series, const std::vector<LoggedExemplar>& found) {
  SeriesExemplars out;
  out.series = ParseLabelBytes(series).value();
  out.exemplars.reserve(found.size());
  for (const LoggedExemplar& exemplar : found)
    out.exemplars.push_back({ParseLabelBytes(exemplar.labels).value(), exemplar.sample});
  return out;
}

/// By time; what was written twice (again after an error, or in two segments) once.
void SortOnce(std::vector<LoggedExemplar>& exemplars) {
  const auto key = [](const LoggedExemplar& e) {
    return std::tuple(e.sample.at_ms, std::string_view(e.labels),
                      std::bit_cast<uint64_t>(e.sample.value));
  };
  std::stable_sort(exemplars.begin(), exemplars.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  exemplars.erase(std::unique(exemplars.begin(), exemplars.end(),
                              [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                  exemplars.end());
}

}  // namespace

Result<std::string> CanonicalExemplarLabels(std::string_view label_bytes) {
  constexpr size_t kMostCharacters = 128;
  std::map<std::string_view, std::string_view> labels;
  size_t characters = 0;
  LabelBytesReader reader(label_bytes);
  while (const auto label = reader.Next()) {
    if (label->name.empty() || !IsValidUtf8(label->name) || !IsValidUtf8(label->value) ||
        !labels.emplace(label->name, label->value).second)
      return InvalidArgument("an exemplar's labels are no label set");
    characters += Characters(label->name) + Characters(label->value);
  }
  if (reader.failed()) return InvalidArgument("an exemplar's labels cannot be read");
  if (characters > kMostCharacters)
    return InvalidArgument("an exemplar's labels have more than 128 characters");
  std::string canonical;
  for (const auto& [name, value] : labels)
    if (!value.empty()) AppendLabel(name, value, canonical);
  return canonical;
}

void AppendExemplarPayload(const LoggedExemplar& exemplar, std::string& out) {
  ByteWriter writer(out);
  writer.String(exemplar.series);
  writer.String(exemplar.labels);
  writer.Fixed64(static_cast<uint64_t>(exemplar.sample.at_ms));
  writer.Fixed64(std::bit_cast<uint64_t>(exemplar.sample.value));
  writer.Byte(exemplar.own_time ? 1 : 0);
}

Result<std::vector<LoggedExemplar>> ReadExemplarPayload(std::string_view payload) {
  std::vector<LoggedExemplar> exemplars;
  ByteReader in(payload);
  while (in.remaining() > 0) {
    LoggedExemplar& exemplar = exemplars.emplace_back();
    exemplar.series = in.String();
    exemplar.labels = in.String();
    exemplar.sample.at_ms = static_cast<int64_t>(in.Fixed64());
    exemplar.sample.value = std::bit_cast<double>(in.Fixed64());
    const uint8_t own_time = in.Byte();
    exemplar.own_time = own_time == 1;
    if (in.failed() || own_time > 1 || !ParseLabelBytes(exemplar.series) ||
        !ParseLabelBytes(exemplar.labels))
      return Corrupt("a record of exemplars has an unknown form");
  }
  return exemplars;
}

Result<std::unique_ptr<ExemplarLog>> ExemplarLog::Open(Files& files, Log& log,
                                                       std::string directory,
                                                       ExemplarLimits limits) {
  std::unique_ptr<ExemplarLog> opened(new ExemplarLog(files, log, std::move(directory), limits));
  HN_TRY_VOID(files.MakeDirectories(opened->directory_));
  HN_TRY(const std::vector<std::string> names, files.List(opened->directory_));
  const MutexLock lock(opened->mutex_);
  for (const std::string& name : names) {
    const auto sequence = HeadFileSequence(name, kExemplarPrefix);
    if (!sequence) continue;
    HN_TRY(const auto file, files.Open(opened->PathOf(*sequence), OpenMode::kRead));
    HN_TRY(opened->segments_[*sequence], file->Size());
    opened->next_sequence_ = std::max(opened->next_sequence_, *sequence + 1);
  }
  return opened;
}

std::string ExemplarLog::PathOf(uint64_t sequence) const {
  return directory_ + "/" + HeadFileName(kExemplarPrefix, sequence);
}

Status ExemplarLog::Append(const std::vector<LoggedExemplar>& exemplars) {
  const MutexLock lock(mutex_);
  std::string payload;
  for (const LoggedExemplar& exemplar : exemplars) {
    if (!IsNew(exemplar)) continue;
    AppendExemplarPayload(exemplar, payload);
    // Well below what a reader takes for damage.
    if (payload.size() < limits_.segment_bytes) continue;
    HN_TRY_VOID(Write(payload));
    payload.clear();
  }
  return payload.empty() ? Status() : Write(payload);
}

bool ExemplarLog::IsNew(const LoggedExemplar& exemplar) {
  const uint64_t identity = HashOf(IdentityOf(exemplar));
  const auto [at, added] = told_.try_emplace(HashOf(exemplar.series), identity);
  return added || std::exchange(at->second, identity) != identity;
}

Status ExemplarLog::Write(std::string_view payload) {
  const auto write = [&]() -> Status {
    if (segment_ == nullptr) {
      const uint64_t sequence = next_sequence_++;
      HN_TRY(segment_, WalSegment::Create(files_, PathOf(sequence), sequence));
      HN_TRY_VOID(files_.SyncDirectory(directory_));
    }
    HN_TRY_VOID(segment_->Write(payload));
    return segment_->Sync();
  };
  if (const Status written = write(); !written) {
    // What stands in that file now is not known: it is left to readers, and the
    // next write begins another. Senders will tell again.
    segment_.reset();
    told_.clear();
    return written;
  }
  segments_[segment_->sequence()] = segment_->size();
  if (segment_->size() >= limits_.segment_bytes) {
    segment_.reset();
    told_.clear();
    DropOldest();
  }
  return {};
}

void ExemplarLog::DropOldest() {
  uint64_t total = 0;
  for (const auto& [sequence, bytes] : segments_) total += bytes;
  while (total > limits_.total_bytes && segments_.size() > 1) {
    const auto [sequence, bytes] = *segments_.begin();
    if (const Status removed = files_.Remove(PathOf(sequence)); !removed) {
      log_.Failed("old exemplars could not be removed; tried again with the next segment",
                  {{"file", PathOf(sequence)}, {"error", removed.error().message}});
      return;
    }
    segments_.erase(segments_.begin());
    total -= bytes;
  }
}

std::map<uint64_t, uint64_t> ExemplarLog::Segments() const {
  const MutexLock lock(mutex_);
  return segments_;
}

uint64_t ExemplarLog::bytes() const {
  uint64_t total = 0;
  for (const auto& [sequence, bytes] : Segments()) total += bytes;
  return total;
}

Status ExemplarLog::Scan(uint64_t sequence, uint64_t size,
                         const std::function<Status(const LoggedExemplar&)>& sink) const {
  // A segment may have been removed since: then its exemplars are gone.
  if (!files_.Exists(PathOf(sequence))) return {};
  HN_TRY(const auto file, files_.Open(PathOf(sequence), OpenMode::kRead));
  Status sunk;
  const auto take = [&](std::string_view payload) -> Status {
    HN_TRY(const auto exemplars, ReadExemplarPayload(payload));
    for (const LoggedExemplar& exemplar : exemplars)
      if (sunk) sunk = sink(exemplar);
    return {};
  };
  HN_TRY(const WalScan scan,
         ScanWal([&](uint64_t offset, size_t length) { return file->ReadAt(offset, length); }, size,
                 sequence, take));
  for (const WalDamage& damage : scan.damages)
    log_.Failed("a part of the exemplars is damaged and was left out; check the disk",
                {{"file", PathOf(sequence)},
                 {"offset", std::to_string(damage.offset)},
                 {"bytes", std::to_string(damage.bytes)},
                 {"what", damage.what}});
  return sunk;
}

Result<std::vector<SeriesExemplars>> ExemplarLog::Select(
    const std::vector<CompiledMatcher>& matchers, int64_t from_ms, int64_t to_ms) const {
  std::unordered_map<std::string, bool> wanted;
  std::unordered_map<std::string, std::vector<LoggedExemplar>> found;
  size_t count = 0;
  const auto take = [&](const LoggedExemplar& exemplar) -> Status {
    if (exemplar.sample.at_ms < from_ms || exemplar.sample.at_ms > to_ms) return {};
    const auto [known, added] = wanted.try_emplace(exemplar.series, false);
    if (added) known->second = MatchesAll(matchers, ParseLabelBytes(exemplar.series).value());
    if (!known->second) return {};
    if (++count > limits_.most_selected)
      return Exhausted("more than " + std::to_string(limits_.most_selected) +
                       " exemplars match; ask for fewer series or a shorter time");
    found[exemplar.series].push_back(exemplar);
    return {};
  };
  for (const auto& [sequence, size] : Segments()) HN_TRY_VOID(Scan(sequence, size, take));
  std::vector<SeriesExemplars> out;
  out.reserve(found.size());
  for (auto& [series, exemplars] : found) {
    SortOnce(exemplars);
    out.push_back(Expanded(series, exemplars));
  }
  std::sort(out.begin(), out.end(),
            [](const SeriesExemplars& a, const SeriesExemplars& b) { return a.series < b.series; });
  return out;
}

Status ExemplarLog::CopyTo(const std::string& directory) const {
  HN_TRY_VOID(files_.MakeDirectories(directory));
  for (const auto& [sequence, size] : Segments()) {
    if (!files_.Exists(PathOf(sequence))) continue;
    HN_TRY(const std::string bytes, files_.ReadAll(PathOf(sequence)));
    HN_TRY_VOID(files_.WriteAtomically(directory + "/" + HeadFileName(kExemplarPrefix, sequence),
                                       std::string_view(bytes).substr(0, size)));
  }
  return {};
}

}  // namespace hinomi::metrics
