#ifndef HINOMI_POLICY_ALARM_INDEX_H_
#define HINOMI_POLICY_ALARM_INDEX_H_

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/documents.h"

namespace hinomi::policy {

/// Where the alarms of a folder stand: with a hundred thousand of them nobody can go through all
/// for each. Immutable.
class AlarmIndex {
 public:
  /// Places among alarms, in their order.
  using Places = std::vector<size_t>;

  explicit AlarmIndex(const std::vector<AlarmDocument>& alarms);

  /// Of the alarms of this name; those of rule files may share one.
  const Places& Named(std::string_view name) const { return Find(by_name_, name); }
  const Places& Composites() const { return composites_; }
  /// Composite alarms whose rule names this one.
  const Places& MadeOf(std::string_view name) const { return Find(made_of_, name); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Table = std::unordered_map<std::string, Places, Hash, std::equal_to<>>;

  static const Places& Find(const Table& table, std::string_view name);

  Table by_name_;
  Places composites_;
  Table made_of_;
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_ALARM_INDEX_H_
