#include "policy/impl/alarm_references.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"

namespace hinomi::policy::impl {
namespace {

using yaml::PathIndex;
using yaml::PathKey;

/// Alarms by name, where they stand in alarms.yml, and which others each is made of.
class AlarmGraph {
 public:
  explicit AlarmGraph(Workbook& book) : book_(book) {
    for (size_t i = 0; i < book.folder.alarms.size(); ++i) {
      const AlarmDocument& alarm = book.folder.alarms[i];
      names_.push_back(alarm.name);
      if (alarm.parsed_rule == nullptr) continue;
      composites_.emplace(alarm.name,
                          Composite{PathIndex("alarms", i), &alarm, AlarmsOf(*alarm.parsed_rule)});
    }
  }

  void Check() {
    for (const auto& [name, composite] : composites_) {
      for (const std::string& child : composite.children)
        Known(PathKey(composite.path, "rule"), child);
      Known(PathKey(PathKey(composite.path, "actionsSuppressor"), "alarm"),
            composite.alarm->suppressor.alarm);
      CheckCycle(name, composite);
      CheckScaling(composite);
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < book_.folder.mute_rules.size(); ++i) {
      const MuteRuleDocument& rule = book_.folder.mute_rules[i];
      const std::string path = PathIndex("muteRules", i);
      if (!seen.insert(rule.name).second)
        book_.Mistake("alarms.yml", PathKey(path, "name"),
                      "a second mute rule named \"" + rule.name + "\": give it another name");
      for (size_t k = 0; k < rule.alarms.size(); ++k)
        Known(PathIndex(PathKey(path, "alarms"), k), rule.alarms[k]);
    }
    CheckInhibitRules();
  }

 private:
  struct Composite {
    std::string path;
    const AlarmDocument* alarm;
    std::set<std::string> children;
  };

  void Known(const std::string& path, const std::string& name) {
    if (name.empty() || std::find(names_.begin(), names_.end(), name) != names_.end()) return;
    book_.Mistake("alarms.yml", path, "unknown alarm \"" + name + "\"" + Suggest(name, names_));
  }

  /// The way from `name` back to `start`, if there is one.
  bool LeadsTo(const std::string& start, const std::string& name, std::set<std::string>& seen,
               std::vector<std::string>& way) const {
    way.push_back(name);
    if (name == start && way.size() > 1) return true;
    const auto found = composites_.find(name);
    if (found != composites_.end() && seen.insert(name).second)
      for (const std::string& child : found->second.children)
        if (LeadsTo(start, child, seen, way)) return true;
    way.pop_back();
    return false;
  }

  void CheckInhibitRules() {
    std::set<std::string> seen;
    for (size_t i = 0; i < book_.folder.inhibit_rules.size(); ++i) {
      const InhibitRuleDocument& rule = book_.folder.inhibit_rules[i];
      const std::string path = PathIndex("inhibitRules", i);
      if (!seen.insert(rule.name).second)
        book_.Mistake("alarms.yml", PathKey(path, "name"),
                      "a second inhibit rule named \"" + rule.name + "\": give it another name");
      for (size_t k = 0; k < rule.sources.size(); ++k)
        Known(PathIndex(PathKey(path, "sources"), k), rule.sources[k]);
      for (size_t k = 0; k < rule.targets.size(); ++k) {
        const std::string at = PathIndex(PathKey(path, "targets"), k);
        Known(at, rule.targets[k]);
        if (std::ranges::find(rule.sources, rule.targets[k]) != rule.sources.end())
          book_.Warning("alarms.yml", at,
                        "\"" + rule.targets[k] +
                            "\" is a source of this rule, too, and so is never held back by it");
      }
    }
  }

  void CheckCycle(const std::string& name, const Composite& composite) {
    std::set<std::string> seen;
    std::vector<std::string> way;
    if (!LeadsTo(name, name, seen, way)) return;
    book_.Mistake("alarms.yml", PathKey(composite.path, "rule"),
                  "the alarm depends on itself: " + Join(way, " → ") +
                      "; none of them could ever be decided");
  }

  void CheckScaling(const Composite& composite) {
    for (const RouteDocument& route : book_.folder.routes)
      if (route.action == composite.alarm->action && !route.scale.empty())
        book_.Mistake("alarms.yml", PathKey(composite.path, "action"),
                      "a composite alarm cannot scale a service; let one of its alarms do so");
  }

  Workbook& book_;
  std::vector<std::string> names_;
  std::map<std::string, Composite> composites_;
};

}  // namespace

void CheckAlarmGraph(Workbook& book) {
  AlarmGraph(book).Check();
}

}  // namespace hinomi::policy::impl
