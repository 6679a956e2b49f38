#include "policy/rule_tests.h"

#include <algorithm>

#include "policy/impl/forms.h"
#include "policy/yaml.h"

namespace hinomi::policy {
namespace {

// Some ten nodes an expectation.
constexpr size_t kMaxTestNodes = 2'000'000;

}  // namespace

Duration RuleTest::end() const {
  Duration latest;
  for (const AlertTest& test : alerts) latest = std::max(latest, test.eval_time);
  for (const AlarmStateTest& test : states) latest = std::max(latest, test.eval_time);
  for (const ExprTest& test : exprs) latest = std::max(latest, test.eval_time);
  return latest;
}

bool LoadedRuleTests::sound() const {
  return std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.level == Finding::Level::kMistake; });
}

LoadedRuleTests ReadRuleTests(const std::string& file, std::string content) {
  LoadedRuleTests loaded;
  const SourceText source(std::move(content));
  Reader reader(file, source);
  yaml::Document document = yaml::Parse(source, {.nodes = kMaxTestNodes});
  for (const yaml::Problem& problem : document.problems)
    reader.Mistake(problem.span, problem.path, problem.message);
  if (document.complete) {
    if (document.root.kind == yaml::Kind::kNull) document.root.span = {{1, 1}, {1, 1}};
    (void)impl::RuleTestForm()->Read(reader, document.root, "", loaded.file);
  }
  loaded.findings = std::move(reader.findings());
  return loaded;
}

}  // namespace hinomi::policy
