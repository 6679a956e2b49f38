#ifndef HINOMI_RULES_TESTING_H_
#define HINOMI_RULES_TESTING_H_

#include <string>
#include <vector>

#include "metrics/memory_store.h"
#include "rules/evaluation.h"

namespace hinomi::rules {

/// A store in memory that takes what rules give and answers their queries. One thread.
class RuleStore : public metrics::MemoryStore {
 public:
  Status Append(const std::vector<metrics::WriteSeries>& batch) override;

  World world(const Clock& clock);
  /// "series value@seconds …" of all that match, markers as "stale".
  std::vector<std::string> Lines(const std::string& selector) const;
  /// From now on appends are refused.
  void SetFull(bool full) { full_ = full; }
  size_t batches() const { return batches_; }  ///< That came in.

 private:
  bool full_ = false;
  size_t batches_ = 0;
};

/// A sound rule file's groups. Aborts where it is not.
std::vector<policy::RuleGroupDocument> GroupsOf(const std::string& yaml);

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_TESTING_H_
