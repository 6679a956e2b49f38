#ifndef HINOMI_API_CONSOLE_IMPL_DOCUMENT_CHANGES_H_
#define HINOMI_API_CONSOLE_IMPL_DOCUMENT_CHANGES_H_

#include <vector>

#include "base/json.h"
#include "policy/policy.h"

namespace hinomi::api::impl {

/// Files that differ: [{"file", "change"}] with change added, changed, removed.
Json FileChanges(const std::vector<policy::FolderFile>& before,
                 const std::vector<policy::FolderFile>& after);

/// Things that differ between two rendered documents: [{"section", "name",
/// "change"}], e.g. alarms, HighErrorRate, removed. A thing is known by its
/// first member.
Json DocumentChanges(const Json& before, const Json& after);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_DOCUMENT_CHANGES_H_
