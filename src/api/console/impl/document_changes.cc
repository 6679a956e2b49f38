#include "api/console/impl/document_changes.h"

#include <map>
#include <string>

namespace hinomi::api::impl {
namespace {

using Rows = std::map<std::string, Json>;

// Calls `report` for each name that is not the same on both sides.
template <typename Value, typename Report>
void Compare(const std::map<std::string, Value>& before, const std::map<std::string, Value>& after,
             const Report& report) {
  for (const auto& [name, value] : after) {
    const auto known = before.find(name);
    if (known == before.end()) {
      report(name, "added");
    } else if (!(known->second == value)) {
      report(name, "changed");
    }
  }
  for (const auto& [name, value] : before)
    if (!after.contains(name)) report(name, "removed");
}

Rows RowsOf(const Json& section) {
  Rows rows;
  for (const Json& row : section.as_array())
    if (!row.as_object().empty()) rows[row.as_object().front().second.as_string()] = row;
  for (const auto& [name, value] : section.as_object()) rows[name] = value;
  return rows;
}

}  // namespace

Json FileChanges(const std::vector<policy::FolderFile>& before,
                 const std::vector<policy::FolderFile>& after) {
  std::map<std::string, std::string> old, present;
  for (const policy::FolderFile& file : before) old[file.name] = file.digest;
  for (const policy::FolderFile& file : after) present[file.name] = file.digest;
  Json changes = Json::MakeArray();
  Compare(old, present, [&changes](const std::string& file, const char* change) {
    changes.Append(Json::MakeObject().Set("file", file).Set("change", change));
  });
  return changes;
}

Json DocumentChanges(const Json& before, const Json& after) {
  Json changes = Json::MakeArray();
  for (const auto& [section, rows] : after.as_object()) {
    if (rows.is_string()) continue;  // The digest.
    Compare(
        RowsOf(before[section]), RowsOf(rows),
        [&changes, &section = section](const std::string& name, const char* change) {
          changes.Append(
              Json::MakeObject().Set("section", section).Set("name", name).Set("change", change));
        });
  }
  return changes;
}

}  // namespace hinomi::api::impl
