#ifndef HINOMI_SIM_IMPL_FOLDER_H_
#define HINOMI_SIM_IMPL_FOLDER_H_

#include <memory>
#include <string>
#include <vector>

#include "policy/documents.h"

namespace hinomi::sim {

/// An ops folder in the shape of the operations document: levels at 0, 30 and
/// 60 minutes, a level at once for critical, people with two ways and with
/// hours, one whom nobody can reach.
std::shared_ptr<const policy::OpsFolder> SimulatedFolder();
/// The same after an edit: one alarm is gone, one level comes earlier.
std::shared_ptr<const policy::OpsFolder> EditedFolder();

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_FOLDER_H_
