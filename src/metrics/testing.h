#ifndef HINOMI_METRICS_TESTING_H_
#define HINOMI_METRICS_TESTING_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "metrics/storage.h"
#include "os/files.h"

namespace hinomi::metrics {

/// A disk in memory that loses at `PowerCut` what was not synced, or keeps a
/// part of it, and that can fail from the n-th write or sync on. Flat: paths
/// are keys. One thread at a time writes; for tests.
class FragileFiles : public Files {
 public:
  struct Node {
    std::string content;  ///< As programs see it.
    std::string durable;  ///< As it stands after a power cut.
  };

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::string> ReadAll(const std::string& path) override;
  Status WriteAtomically(const std::string& path, std::string_view content,
                         uint32_t permissions) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  bool Exists(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<DiskSpace> Space(const std::string& path) override;

  /// Every file falls back to what was synced, plus the first `kept_bytes` of
  /// what was appended since. Names that were not synced are gone.
  void PowerCut(size_t kept_bytes = 0);
  /// The n-th write, sync, rename or creation from now fails, and all after it.
  void FailAfter(int operations) { operations_left_ = operations; }
  void Heal() { operations_left_ = -1; }

  std::string& Content(const std::string& path) { return names_.at(path)->content; }
  int syncs() const { return syncs_; }

 private:
  friend class FragileFile;
  Status Step(const std::string& what);

  std::map<std::string, std::shared_ptr<Node>> names_;
  std::map<std::string, std::shared_ptr<Node>> durable_names_;
  int operations_left_ = -1;
  int syncs_ = 0;
};

/// Keeps what it is given. Threads: any.
class RecordingAppender : public Appender {
 public:
  Status Append(const std::vector<WriteSeries>& batch) override;
  void SetMetadata(const std::string& metric, const Metadata& metadata) override;

  /// "name{label="value"} 1@1000" for each sample since the last call, in order.
  std::vector<std::string> TakeLines();
  /// The same without the series of `ReportSeries` other than `up`.
  std::vector<std::string> TakeScraped();
  std::vector<WriteSeries> series() const;
  std::map<std::string, Metadata> metadata() const;
  /// From now on refuse with kExhausted.
  void SetFull(bool full);

 private:
  mutable Mutex mutex_;
  bool full_ HN_GUARDED_BY(mutex_) = false;
  std::vector<WriteSeries> series_ HN_GUARDED_BY(mutex_);
  std::map<std::string, Metadata> metadata_ HN_GUARDED_BY(mutex_);
};

/// The labels together with the name.
Labels MakeLabels(std::string_view name, std::vector<Labels::Pair> pairs = {});
/// "name{label="value"} 1@1000 2@2000" (histograms by `RenderHistogram`) for each series, in order:
/// what a test compares.
std::vector<std::string> Render(const std::vector<SeriesColumns>& series);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TESTING_H_
