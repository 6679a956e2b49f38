// modules: hn_policy hn_rules
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "policy/rule_files.h"
#include "rules/group.h"

/// Arbitrary bytes as a file of Prometheus' rules. Every finding points into the file, and a
/// file without a mistake gives groups that can be used as they are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const policy::LoadedRuleFiles loaded = policy::ReadRuleFile("rules.yml", text);
  for (const policy::Finding& finding : loaded.findings) {
    HN_CHECK(finding.file == "rules.yml");
    HN_CHECK(!finding.message.empty());
    HN_CHECK(!policy::FormatFinding(finding).empty());
  }
  if (!loaded.sound()) return 0;
  for (const policy::RuleGroupDocument& document : loaded.groups) {
    HN_CHECK(!document.name.empty() && document.interval > Duration());
    const rules::Group group(document);
    HN_CHECK(group.rules().size() == document.rules.size());
    for (const rules::Rule& rule : group.rules())
      HN_CHECK(rule.document.record.empty() != rule.document.alert.empty());
  }
  return 0;
}
