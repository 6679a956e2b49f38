#include "metrics/tsdb/series_reading.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "metrics/tsdb/column_reader.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/series_walk.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kSeriesABatch = 16;

/// Some series that stand side by side in the order of labels. One thread reads them.
struct Batch {
  std::vector<SeriesWalk::Part> parts;     ///< In blocks, series by series.
  std::vector<size_t> ends;                ///< Of each series in `parts`.
  size_t fresh_from = 0, fresh_until = 0;  ///< Those of the head among them.

  // What was read; more than `count` may be there, to be filled again.
  std::vector<SeriesColumns> series;
  size_t count = 0;
  size_t selected = 0;  ///< With those of which a step left nothing.
  size_t samples = 0;   ///< Before steps.
  Status status;
  bool done = false;  ///< Under the reading's mutex.
};

/// Of one series, where the newer has been written over the older. What is newer begins
/// later, but for samples that came out of order.
void AppendNewer(SeriesColumns& older, const SeriesColumns& newer) {
  if (newer.at_ms.empty()) return;
  const bool in_order = older.at_ms.empty() || older.at_ms.back() < newer.at_ms.front();
  SampleColumns both{std::move(older.at_ms), std::move(older.values)};
  both.at_ms.insert(both.at_ms.end(), newer.at_ms.begin(), newer.at_ms.end());
  both.values.insert(both.values.end(), newer.values.begin(), newer.values.end());
  if (!in_order) SortKeepingLast(both);
  older.at_ms = std::move(both.at_ms);
  older.values = std::move(both.values);
}

class SeriesReading {
 public:
  SeriesReading(const SeriesSources& sources, const std::vector<CompiledMatcher>& matchers,
                const TimeWindow& range, const SelectLimits& limits, const ReportUnread& unread,
                const SeriesStepMaker& prepare)
      : sources_(sources), range_(range), limits_(limits), unread_(unread), prepare_(prepare) {
    for (const VisibleBlock& visible : sources.blocks)
      walk_.AddBlock(*visible.block, visible.block->index().Match(matchers));
  }

  Status Run(const SeriesVisitor& visit) {
    std::optional<Helpers::Invitation> invitation;
    Reader reader(*this);
    Status status;
    while (status) {
      std::unique_ptr<Batch> batch = NextToVisit(reader);
      if (batch == nullptr) break;
      status = Visit(*batch, visit);
      read_samples_ += batch->samples;
      GiveBack(std::move(batch));
      if (!invitation && sources_.help.helpers != nullptr &&
          read_samples_ > sources_.help.read_alone)
        invitation.emplace(*sources_.help.helpers, [this] { Join(); });
    }
    Stop();
    return status;
  }

 private:
  /// One thread's.
  class Reader {
   public:
    explicit Reader(const SeriesReading& reading)
        : reading_(reading),
          collector_(reading.sources_.blocks, reading.range_, reading.unread_),
          columns_(reading.range_, reading.limits_, reading.unread_),
          step_(reading.prepare_ ? reading.prepare_() : SeriesStep()) {}

    void Read(Batch& batch) {
      batch.count = batch.selected = batch.samples = 0;
      batch.status = ReadAll(batch);
    }

   private:
    Status ReadAll(Batch& batch) {
      size_t fresh = batch.fresh_from, begin = 0;
      for (const size_t end : batch.ends) {
        const auto parts = std::span(batch.parts).subspan(begin, end - begin);
        begin = end;
        older_.at_ms.clear();
        older_.values.clear();
        HN_TRY_VOID(columns_.Read(collector_.Collect(parts), older_));
        if (older_.at_ms.empty() && fresh == batch.fresh_until) continue;
        const SeriesWalk::Part& first = parts.front();
        older_.labels = reading_.sources_.blocks[first.block].block->index().LabelsOf(first.id);
        HN_TRY_VOID(MergeFresh(batch, fresh));
        HN_TRY_VOID(Put(older_, batch));
      }
      while (fresh < batch.fresh_until) HN_TRY_VOID(PutFresh(fresh++, batch));
      return {};
    }

    /// Those that stand in front of the series that was read, and what is newer of itself.
    Status MergeFresh(Batch& batch, size_t& fresh) {
      HeadSelection* const head = reading_.sources_.fresh;
      while (fresh < batch.fresh_until && head->labels(fresh) < older_.labels)
        HN_TRY_VOID(PutFresh(fresh++, batch));
      if (fresh == batch.fresh_until || head->labels(fresh) != older_.labels) return {};
      head->Read(fresh++, newer_);
      AppendNewer(older_, newer_);
      return {};
    }

    Status PutFresh(size_t place, Batch& batch) {
      reading_.sources_.fresh->Read(place, newer_);
      return Put(newer_, batch);
    }

    Status Put(SeriesColumns& columns, Batch& batch) {
      if (columns.at_ms.empty()) return {};
      HN_TRY_VOID(CheckLimits(reading_.limits_, 0, columns.at_ms.size()));
      batch.samples += columns.at_ms.size();
      ++batch.selected;
      if (step_) step_(columns);
      if (columns.at_ms.empty()) return {};
      if (batch.count == batch.series.size()) batch.series.emplace_back();
      SeriesColumns& series = batch.series[batch.count++];
      if (!step_) {
        std::swap(series, columns);
        return {};
      }
      // What a step leaves is short: a copy lets the reader stay in memory that is in its cache.
      series.labels = std::move(columns.labels);
      series.at_ms.assign(columns.at_ms.begin(), columns.at_ms.end());
      series.values.assign(columns.values.begin(), columns.values.end());
      return {};
    }

    const SeriesReading& reading_;
    ChunkCollector collector_;
    ColumnReader columns_;
    SeriesStep step_;
    SeriesColumns older_, newer_;
  };

  /// The next in order once it has been read, by whomever; null at the end.
  std::unique_ptr<Batch> NextToVisit(Reader& reader) {
    MutexLock lock(mutex_);
    while (true) {
      if (!ahead_.empty() && ahead_.front()->done) {
        std::unique_ptr<Batch> batch = std::move(ahead_.front());
        ahead_.pop_front();
        return batch;
      }
      if (Batch* const batch = Take()) {
        lock.Unlock();
        reader.Read(*batch);
        lock.Lock();
        batch->done = true;
      } else if (ahead_.empty()) {
        return nullptr;
      } else {
        lock.Wait(changed_);
      }
    }
  }

  /// What a helper does.
  void Join() {
    Reader reader(*this);
    MutexLock lock(mutex_);
    while (!exhausted_) {
      if (Batch* const batch = Take()) {
        lock.Unlock();
        reader.Read(*batch);
        lock.Lock();
        batch->done = true;
        changed_.notify_all();
      } else if (!exhausted_) {
        lock.Wait(changed_);  // Far enough ahead.
      }
    }
  }

  void Stop() {
    const MutexLock lock(mutex_);
    exhausted_ = true;
    changed_.notify_all();
  }

  void GiveBack(std::unique_ptr<Batch> batch) {
    const MutexLock lock(mutex_);
    spare_.push_back(std::move(batch));
    if (ahead_.size() + 1 == most_ahead()) changed_.notify_all();
  }

  size_t most_ahead() const {
    return sources_.help.helpers == nullptr ? 1 : 2 + 2 * sources_.help.helpers->threads();
  }

  /// The next that nobody reads yet, to be read without the lock; null where there is none now.
  Batch* Take() HN_REQUIRES(mutex_) {
    if (exhausted_ || ahead_.size() >= most_ahead()) return nullptr;
    if (spare_.empty()) spare_.push_back(std::make_unique<Batch>());
    if (!Fill(*spare_.back())) {
      exhausted_ = true;
      changed_.notify_all();
      return nullptr;
    }
    ahead_.push_back(std::move(spare_.back()));
    spare_.pop_back();
    return ahead_.back().get();
  }

  bool Fill(Batch& batch) HN_REQUIRES(mutex_) {
    batch.parts.clear();
    batch.ends.clear();
    batch.done = false;
    while (batch.ends.size() < kSeriesABatch && walk_.Next()) {
      batch.parts.insert(batch.parts.end(), walk_.parts().begin(), walk_.parts().end());
      batch.ends.push_back(batch.parts.size());
    }
    batch.fresh_from = next_fresh_;
    next_fresh_ = batch.fresh_until = batch.ends.empty() ? NextFreshAlone() : FreshUpToHere();
    return !batch.ends.empty() || batch.fresh_from < batch.fresh_until;
  }

  size_t fresh_count() const { return sources_.fresh == nullptr ? 0 : sources_.fresh->size(); }

  size_t NextFreshAlone() const HN_REQUIRES(mutex_) {
    return std::min(fresh_count(), next_fresh_ + kSeriesABatch);
  }

  /// Behind those of the head that do not come after the last series of the walk.
  size_t FreshUpToHere() HN_REQUIRES(mutex_) {
    if (next_fresh_ == fresh_count()) return next_fresh_;
    const auto here = ParseLabelBytes(walk_.label_bytes());
    if (!here) return next_fresh_;
    size_t end = next_fresh_;
    while (end < fresh_count() && !(*here < sources_.fresh->labels(end))) ++end;
    return end;
  }

  Status Visit(Batch& batch, const SeriesVisitor& visit) {
    for (size_t i = batch.fresh_from; i < batch.fresh_until; ++i)
      GiveBackMemory(limits_, sources_.fresh->held(i));
    HN_TRY_VOID(batch.status);
    selected_ += batch.selected;
    HN_TRY_VOID(CheckLimits(limits_, selected_, 0));
    for (size_t i = 0; i < batch.count; ++i) HN_TRY_VOID(visit(batch.series[i]));
    return {};
  }

  const SeriesSources& sources_;
  const TimeWindow range_;
  const SelectLimits& limits_;
  const ReportUnread& unread_;
  const SeriesStepMaker& prepare_;
  size_t selected_ = 0;
  size_t read_samples_ = 0;

  Mutex mutex_;
  std::condition_variable changed_;
  SeriesWalk walk_ HN_GUARDED_BY(mutex_);
  size_t next_fresh_ HN_GUARDED_BY(mutex_) = 0;
  bool exhausted_ HN_GUARDED_BY(mutex_) = false;                    ///< Nothing is given any more.
  std::deque<std::unique_ptr<Batch>> ahead_ HN_GUARDED_BY(mutex_);  ///< Not visited, in order.
  std::vector<std::unique_ptr<Batch>> spare_ HN_GUARDED_BY(mutex_);
};

/// Some series that are in no block: too few to be shared.
Status VisitFresh(HeadSelection& fresh, const SelectLimits& limits, const SeriesVisitor& visit,
                  const SeriesStepMaker& prepare) {
  const SeriesStep step = prepare ? prepare() : SeriesStep();
  size_t selected = 0;
  SeriesColumns columns;
  for (size_t place = 0; place < fresh.size(); ++place) {
    fresh.Read(place, columns);
    GiveBackMemory(limits, fresh.held(place));
    if (columns.at_ms.empty()) continue;
    HN_TRY_VOID(CheckLimits(limits, ++selected, columns.at_ms.size()));
    if (step) step(columns);
    if (!columns.at_ms.empty()) HN_TRY_VOID(visit(columns));
  }
  return {};
}

}  // namespace

Status VisitSeries(const SeriesSources& sources, const std::vector<CompiledMatcher>& matchers,
                   const TimeWindow& range, const SelectLimits& limits, const ReportUnread& unread,
                   const SeriesVisitor& visit, const SeriesStepMaker& prepare) {
  if (sources.blocks.empty() && sources.fresh != nullptr && sources.fresh->size() <= kSeriesABatch)
    return VisitFresh(*sources.fresh, limits, visit, prepare);
  return SeriesReading(sources, matchers, range, limits, unread, prepare).Run(visit);
}

}  // namespace hinomi::metrics
