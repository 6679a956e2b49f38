#ifndef HINOMI_METRICS_TSDB_HEAD_TESTING_H_
#define HINOMI_METRICS_TSDB_HEAD_TESTING_H_

#include <deque>
#include <string>
#include <vector>

#include "metrics/storage.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

/// A RawBatch with the labels that it borrows.
class BatchBuilder {
 public:
  BatchBuilder& Add(const Labels& labels, std::vector<Sample> samples,
                    SeriesHandle* handle = nullptr) {
    label_bytes_.push_back(LabelBytesOf(labels));
    batch_.series.push_back({label_bytes_.back(), static_cast<uint32_t>(batch_.samples.size()),
                             static_cast<uint32_t>(samples.size()), handle});
    batch_.samples.insert(batch_.samples.end(), samples.begin(), samples.end());
    return *this;
  }
  const RawBatch& batch() const { return batch_; }

 private:
  std::deque<std::string> label_bytes_;  // Does not move what was added.
  RawBatch batch_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_TESTING_H_
