#ifndef HINOMI_ESCALATION_IMPL_FOLD_H_
#define HINOMI_ESCALATION_IMPL_FOLD_H_

#include "escalation/escalation.h"

namespace hinomi::escalation::impl {

/// Folds a fact about this incident; other facts do nothing. Whoever decides uses it as well, so
/// that a decision of several steps sees what it has decided so far.
void Fold(Escalation& escalation, const ops_model::EventBody& body, Instant at);

}  // namespace hinomi::escalation::impl

#endif  // HINOMI_ESCALATION_IMPL_FOLD_H_
