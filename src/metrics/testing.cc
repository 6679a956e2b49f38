#include "metrics/testing.h"

#include <algorithm>

#include "base/strings.h"
#include "metrics/histogram_testing.h"

namespace hinomi::metrics {

class FragileFile : public File {
 public:
  FragileFile(FragileFiles& files, std::shared_ptr<FragileFiles::Node> node)
      : files_(files), node_(std::move(node)) {}

  Result<std::string> ReadAt(uint64_t offset, size_t size) override {
    if (offset >= node_->content.size()) return std::string();
    return node_->content.substr(offset, size);
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    if (Status failed = files_.Step("write"); !failed) {
      // A full disk takes a part of it.
      Put(offset, bytes.substr(0, bytes.size() / 2));
      return failed;
    }
    Put(offset, bytes);
    return {};
  }
  Status Append(std::string_view bytes) override { return WriteAt(node_->content.size(), bytes); }
  Status Sync() override {
    HN_TRY_VOID(files_.Step("sync"));
    ++files_.syncs_;
    node_->durable = node_->content;
    return {};
  }
  Status Truncate(uint64_t size) override {
    HN_TRY_VOID(files_.Step("truncate"));
    node_->content.resize(size);
    return {};
  }
  Result<uint64_t> Size() override { return uint64_t{node_->content.size()}; }

 private:
  void Put(uint64_t offset, std::string_view bytes) {
    node_->content.resize(std::max<size_t>(node_->content.size(), offset + bytes.size()));
    std::copy(bytes.begin(), bytes.end(), node_->content.begin() + static_cast<ptrdiff_t>(offset));
  }
  FragileFiles& files_;
  std::shared_ptr<FragileFiles::Node> node_;
};

Status FragileFiles::Step(const std::string& what) {
  if (operations_left_ == 0) return Exhausted("cannot " + what + ": no space left on device");
  if (operations_left_ > 0) --operations_left_;
  return {};
}

Result<std::unique_ptr<File>> FragileFiles::Open(const std::string& path, OpenMode mode) {
  auto& node = names_[path];
  if (node == nullptr) {
    if (mode == OpenMode::kRead || mode == OpenMode::kReadWrite) {
      names_.erase(path);
      return NotFound("cannot open " + path);
    }
    if (Status failed = Step("create " + path); !failed) {
      names_.erase(path);
      return std::move(failed).error();
    }
    node = std::make_shared<Node>();
  }
  if (mode == OpenMode::kTruncate) node->content.clear();
  return std::unique_ptr<File>(std::make_unique<FragileFile>(*this, node));
}

Result<std::string> FragileFiles::ReadAll(const std::string& path) {
  HN_TRY(const auto file, Open(path, OpenMode::kRead));
  HN_TRY(const uint64_t size, file->Size());
  return file->ReadAt(0, size);
}

Status FragileFiles::WriteAtomically(const std::string& path, std::string_view content, uint32_t) {
  HN_TRY_VOID(Step("write " + path));
  names_[path] = std::make_shared<Node>(Node{std::string(content), std::string(content)});
  durable_names_[path] = names_[path];
  return {};
}

Status FragileFiles::Rename(const std::string& from, const std::string& to) {
  HN_TRY_VOID(Step("rename " + from));
  const auto at = names_.find(from);
  if (at == names_.end()) return NotFound("cannot rename " + from);
  names_[to] = at->second;
  names_.erase(from);
  return {};
}

Status FragileFiles::Remove(const std::string& path) {
  HN_TRY_VOID(Step("remove " + path));
  if (names_.erase(path) == 0) return NotFound("cannot remove " + path);
  return {};
}

bool FragileFiles::Exists(const std::string& path) {
  return names_.contains(path);
}
Status FragileFiles::MakeDirectories(const std::string&) {
  return {};
}

Result<std::vector<std::string>> FragileFiles::List(const std::string& path) {
  std::vector<std::string> names;
  const std::string prefix = path + "/";
  for (const auto& [name, node] : names_)
    if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
  return names;
}

Status FragileFiles::SyncDirectory(const std::string&) {
  HN_TRY_VOID(Step("sync directory"));
  durable_names_ = names_;
  return {};
}

Result<DiskSpace> FragileFiles::Space(const std::string&) {
  return DiskSpace{1u << 30, 1u << 29};
}

void FragileFiles::PowerCut(size_t kept_bytes) {
  names_ = durable_names_;
  for (auto& [name, node] : names_) {
    std::string after = node->durable;
    if (node->content.size() > after.size())
      after += node->content.substr(after.size(), kept_bytes);
    // Handles of the dead process keep the old node.
    node = std::make_shared<Node>(Node{after, after});
  }
  durable_names_ = names_;
  operations_left_ = -1;
}

Status RecordingAppender::Append(const std::vector<WriteSeries>& batch) {
  const MutexLock lock(mutex_);
  if (full_) return Exhausted("the store is full");
  series_.insert(series_.end(), batch.begin(), batch.end());
  return {};
}

void RecordingAppender::SetMetadata(const std::string& metric, const Metadata& metadata) {
  const MutexLock lock(mutex_);
  metadata_[metric] = metadata;
}

std::vector<std::string> RecordingAppender::TakeLines() {
  std::vector<SeriesColumns> columns;
  const MutexLock lock(mutex_);
  for (const WriteSeries& series : std::exchange(series_, {})) {
    for (const Sample& sample : series.samples)
      columns.push_back({series.labels, {sample.at_ms}, {sample.value}, {}});
    for (const auto& [at_ms, histogram] : series.histograms)
      columns.push_back({series.labels, {at_ms}, {histogram->sum}, {histogram}});
  }
  return Render(columns);
}

std::vector<std::string> RecordingAppender::TakeScraped() {
  std::vector<std::string> lines = TakeLines();
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("scrape_"); });
  return lines;
}

std::vector<WriteSeries> RecordingAppender::series() const {
  const MutexLock lock(mutex_);
  return series_;
}

std::map<std::string, Metadata> RecordingAppender::metadata() const {
  const MutexLock lock(mutex_);
  return metadata_;
}

void RecordingAppender::SetFull(bool full) {
  const MutexLock lock(mutex_);
  full_ = full;
}

Labels MakeLabels(std::string_view name, std::vector<Labels::Pair> pairs) {
  pairs.emplace_back("__name__", name);
  return Labels(std::move(pairs));
}

std::vector<std::string> Render(const std::vector<SeriesColumns>& series) {
  std::vector<std::string> lines;
  for (const SeriesColumns& one : series) {
    std::string line = one.labels.ToString();
    for (size_t i = 0; i < one.at_ms.size(); ++i) {
      line += ' ';
      if (IsHistogram(one, i))
        line += RenderHistogram(*one.histograms[i]);
      else
        line += IsStaleMarker(one.values[i]) ? "stale" : FormatDouble(one.values[i]);
      line += '@' + std::to_string(one.at_ms[i]);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace hinomi::metrics
