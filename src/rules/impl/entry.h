#ifndef HINOMI_RULES_IMPL_ENTRY_H_
#define HINOMI_RULES_IMPL_ENTRY_H_

#include <memory>

#include "rules/manager.h"

namespace hinomi::rules {

/// A group in use. What is not said otherwise is guarded by the manager's lock.
struct Manager::Entry {
  explicit Entry(const policy::RuleGroupDocument& document)
      : group(std::make_shared<const Group>(document)) {}

  const std::shared_ptr<const Group> group;
  std::shared_ptr<const Memory> memory = std::make_shared<const Memory>();
  EntryPtr predecessor;  ///< Whose memory is taken over once it does not run any more.
  bool running = false;
  Instant next;
  /// It may have run before this process did: what it gave then is not known yet.
  bool unknown_past = false;
  GroupState state;
  Memory caught_up;  ///< Of the one task that makes up for what was missed.

  Instrument* evaluations = nullptr;
  Instrument* failures = nullptr;
  Instrument* seconds = nullptr;
  Instrument* iterations = nullptr;
  Instrument* iterations_missed = nullptr;
  Instrument* last_duration = nullptr;
  Instrument* last_evaluation = nullptr;
  Instrument* alerts_pending = nullptr;
  Instrument* alerts_firing = nullptr;

  /// False while it is not known yet what it takes over.
  bool Ready() {
    if (predecessor == nullptr) return true;
    if (predecessor->running || !predecessor->Ready()) return false;
    memory =
        std::make_shared<const Memory>(TakeOver(*predecessor->group, *predecessor->memory, *group));
    predecessor.reset();
    return true;
  }
};

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_IMPL_ENTRY_H_
