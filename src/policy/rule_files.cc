#include "policy/rule_files.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/digest.h"
#include "policy/impl/forms.h"
#include "policy/impl/snapshot.h"
#include "policy/impl/workbook.h"

namespace hinomi::policy {
namespace {

// Ten nodes a rule, with its labels.
constexpr size_t kMaxRuleNodes = 4'000'000;

Finding AboutFile(const std::string& file, Finding::Level level, std::string message) {
  Finding finding;
  finding.level = level;
  finding.file = file;
  finding.message = std::move(message);
  return finding;
}

void Join(LoadedRuleFiles& all, LoadedRuleFiles one) {
  std::move(one.groups.begin(), one.groups.end(), std::back_inserter(all.groups));
  std::move(one.findings.begin(), one.findings.end(), std::back_inserter(all.findings));
  std::move(one.files.begin(), one.files.end(), std::back_inserter(all.files));
}

constexpr const char* kFindsNothing = "no file matches, so no rule comes from here";

}  // namespace

bool LoadedRuleFiles::sound() const {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Finding::Level::kMistake;
  });
}

LoadedRuleFiles ReadRuleFile(const std::string& file, std::string content,
                             const RuleDefaults& defaults) {
  LoadedRuleFiles loaded;
  loaded.files.push_back({file, ToHex(Sha256(content)), content.size()});
  const SourceText source(std::move(content));
  Reader reader(file, source);
  yaml::Document document = yaml::Parse(source, {.nodes = kMaxRuleNodes});
  for (const yaml::Problem& problem : document.problems)
    reader.Mistake(problem.span, problem.path, problem.message);
  if (document.complete) {
    if (document.root.kind == yaml::Kind::kNull) document.root.span = {{1, 1}, {1, 1}};
    (void)impl::RuleFileForm(defaults)->Read(reader, document.root, "", loaded.groups);
  }
  for (RuleGroupDocument& group : loaded.groups) group.file = file;
  loaded.findings = std::move(reader.findings());
  return loaded;
}

LoadedRuleFiles LoadRuleFiles(Files& files, const std::string& base,
                              const std::vector<std::string>& patterns,
                              const RuleDefaults& defaults) {
  LoadedRuleFiles all;
  std::set<std::string> names;
  for (const impl::RulePattern& found : impl::FindRuleFiles(files, base, patterns)) {
    if (!found.problem.empty()) {
      all.findings.push_back(AboutFile(found.pattern, Finding::Level::kMistake, found.problem));
    } else if (found.files.empty()) {
      all.findings.push_back(AboutFile(found.pattern, Finding::Level::kWarning, kFindsNothing));
    }
    names.insert(found.files.begin(), found.files.end());
  }
  for (const std::string& name : names) {
    const std::string path = name.starts_with('/') ? name : base + "/" + name;
    impl::RawFile raw = impl::ReadRawFile(files, path, kMaxRuleFileBytes);
    if (raw.problem.empty()) {
      Join(all, ReadRuleFile(name, std::move(raw.content), defaults));
    } else {
      all.findings.push_back(AboutFile(name, Finding::Level::kMistake, "the file " + raw.problem));
    }
  }
  return all;
}

namespace impl {

void CheckRulePatterns(Workbook& book, const std::vector<RulePattern>& patterns) {
  const std::string file = "hinomi.yml";
  for (size_t i = 0; i < patterns.size(); ++i) {
    const std::string path = yaml::PathIndex("rule_files", i);
    if (!patterns[i].problem.empty()) {
      book.Mistake(file, path, patterns[i].problem);
    } else if (patterns[i].files.empty()) {
      book.Warning(file, path, kFindsNothing);
    }
    for (const std::string& name : patterns[i].files) {
      if (TypeOfFile(name) == nullptr) continue;
      book.Mistake(file, path,
                   "\"" + patterns[i].pattern + "\" also finds " + name +
                       ", a document of the folder; keep rule files in a folder of their own, "
                       "e.g. rules/*.yml");
      break;
    }
  }
}

}  // namespace impl
}  // namespace hinomi::policy
