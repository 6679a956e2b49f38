#ifndef HINOMI_APP_BAND_MODELS_H_
#define HINOMI_APP_BAND_MODELS_H_

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "alarms/anomaly.h"
#include "base/clock.h"
#include "base/result.h"
#include "metrics/storage.h"
#include "policy/documents.h"

namespace hinomi::app {

/// The models of what is usual for alarms with a band, fitted out of the metrics store when
/// somebody asks for them: alarms/anomaly_training.h says when a model was fitted, and to what.
/// They are kept for a while, in memory only, as fitting one again gives the same. Threads: any.
class BandModels {
 public:
  using ModelPtr = std::shared_ptr<const alarms::AnomalyModel>;

  /// References must outlive it. `most` models are kept, of about 4 KiB each.
  BandModels(const metrics::Queryable& source, const Clock& clock, size_t most = kMostModels)
      : source_(source), clock_(clock), most_(most) {}

  /// The model in force for a point of this time; it may have no band, and says why. Only for an
  /// alarm that has a band. Takes some ten milliseconds where it has to be fitted first. Errors:
  /// those of the store.
  Result<ModelPtr> At(const policy::AlarmDocument& alarm, Instant at);

  static constexpr size_t kMostModels = 4096;

 private:
  /// What is learnt, and when: alarms of the same definition share it.
  using Key = std::pair<std::string, Instant>;
  struct Kept {
    ModelPtr model;
    std::list<Key>::iterator place;
  };

  Result<ModelPtr> Fit(const policy::AlarmDocument& alarm, Instant fitted_at) const;
  ModelPtr Find(const Key& key);
  void Keep(const Key& key, const ModelPtr& model);

  const metrics::Queryable& source_;
  const Clock& clock_;
  const size_t most_;
  std::mutex mutex_;
  std::map<Key, Kept> kept_;
  std::list<Key> used_;  ///< The least recently used first.
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_BAND_MODELS_H_
