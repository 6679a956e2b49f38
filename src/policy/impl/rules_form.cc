#include <algorithm>

#include "policy/impl/alert_forms.h"
#include "policy/impl/forms.h"
#include "promql/parser.h"

/// Prometheus' rule files.
namespace hinomi::policy::impl {
namespace {

using LabelMap = std::map<std::string, std::string>;

/// What no label may be called.
void CheckLabelNames(Reader& reader, const std::string& path, const LabelMap& labels) {
  for (const auto& [name, value] : labels) {
    const std::string label_path = yaml::PathKey(path, name);
    if (name == "__name__" || name == "__histogram__") {
      reader.Mistake(reader.PlaceOf(label_path), label_path,
                     "the label " + name + " cannot be set by a rule" +
                         (name == "__name__" ? "; the metric's name is what \"record\" says" : ""));
    }
  }
}

void CheckRecordName(Reader& reader, const std::string& path, const std::string& name) {
  if (name.find_first_of("{}") == std::string::npos) return;
  reader.Mistake(reader.PlaceOf(path), path,
                 "a metric's name has no braces: \"" + name +
                     "\"; labels stand under \"labels\", a selector in \"expr\"");
}

/// Prometheus finds that out at each evaluation only.
void WarnOfType(Reader& reader, const std::string& path, const std::string& expr) {
  const auto parsed = promql::Parse(expr);
  if (!parsed) return;
  const promql::ValueType type = (*parsed)->type;
  if (type == promql::ValueType::kVector || type == promql::ValueType::kScalar) return;
  reader.Warning(reader.PlaceOf(path), path,
                 "the rule will fail: its expression gives a " +
                     std::string(promql::ValueTypeName(type)) +
                     ", and what is recorded is an instant vector or a scalar");
}

/// Keys that only alerting rules have.
void CheckRecordingKeys(Reader& reader, const std::string& path, const RuleDocument& rule) {
  const auto refuse = [&](bool present, const char* key) {
    if (!present) return;
    const std::string key_path = yaml::PathKey(path, key);
    reader.Mistake(reader.PlaceOf(key_path), key_path,
                   "\"" + std::string(key) +
                       "\" is for alerting rules, and this one records; "
                       "remove it, or write \"alert\" instead of \"record\"");
  };
  refuse(rule.hold != Duration(), "for");
  refuse(rule.keep_firing_for != Duration(), "keep_firing_for");
  refuse(!rule.annotations.empty(), "annotations");
}

void CheckRule(Reader& reader, const yaml::Node& node, const std::string& path,
               const RuleDocument& rule) {
  if (rule.record.empty() == rule.alert.empty()) {
    reader.Mistake(node.span, path,
                   rule.record.empty()
                       ? "a rule needs \"record\" (the metric it makes) or \"alert\" (its name)"
                       : "a rule has \"record\" or \"alert\", not both; make two rules of it");
    return;
  }
  CheckLabelNames(reader, yaml::PathKey(path, "labels"), rule.labels);
  if (rule.record.empty()) {
    for (const char* key : {"labels", "annotations"})
      CheckAlertTexts(reader, node.Find(key), yaml::PathKey(path, key), rule.alert);
    return;
  }
  CheckRecordName(reader, yaml::PathKey(path, "record"), rule.record);
  CheckRecordingKeys(reader, path, rule);
  WarnOfType(reader, yaml::PathKey(path, "expr"), rule.expr);
}

FormPtr<RuleDocument> RuleForm() {
  using R = RuleDocument;
  auto form = std::make_shared<Record<R>>("A recording rule or an alerting rule.");
  form->Optional("record", &R::record, Text({.what = "a metric's name"}),
                 "the metric that the results become")
      .Optional("alert", &R::alert, Text({.what = "an alert's name", .any_scalar = true}),
                "the alert's name")
      .Required("expr", &R::expr, PromqlText(), "PromQL")
      .Optional("for", &R::hold, RuleTime(), "so long an alert is pending first")
      .Optional("keep_firing_for", &R::keep_firing_for, RuleTime(),
                "so long an alert goes on firing")
      .Optional("labels", &R::labels, TextMap(), "set on every result")
      .Optional("annotations", &R::annotations, TextMap(), "texts of an alert")
      .Then({"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"},
            [](Reader& reader, const yaml::Node& node, const std::string& path, R& rule) {
              CheckRule(reader, node, path, rule);
            });
  return form;
}

/// The second of two rules that record the same series wins: hardly what is meant.
void WarnOfTwins(Reader& reader, const std::string& path, const RuleGroupDocument& group) {
  std::map<std::pair<std::string, LabelMap>, size_t> seen;
  for (size_t i = 0; i < group.rules.size(); ++i) {
    const RuleDocument& rule = group.rules[i];
    if (rule.record.empty()) continue;
    const auto [first, added] = seen.emplace(std::pair(rule.record, rule.labels), i);
    if (added) continue;
    const std::string rule_path = yaml::PathKey(yaml::PathIndex(path, i), "record");
    reader.Warning(reader.PlaceOf(rule_path), rule_path,
                   "rule " + std::to_string(first->second + 1) +
                       " of the group records the same metric with the same labels; where both "
                       "give a series, the later one stays");
  }
}

void JoinLabels(RuleGroupDocument& group) {
  for (RuleDocument& rule : group.rules)
    rule.labels.insert(group.labels.begin(), group.labels.end());  // The rule's own stay.
}

FormPtr<RuleGroupDocument> GroupForm(const RuleDefaults& defaults) {
  using G = RuleGroupDocument;
  auto form = std::make_shared<Record<G>>("Rules that are evaluated in order.");
  form->Required("name", &G::name, Text({.what = "a name", .any_scalar = true}),
                 "unique within the file")
      .Optional("interval", &G::interval, RuleTime(), "how often the rules are evaluated")
      .Optional("query_offset", &G::query_offset, RuleTime(),
                "so far back the rules look, for samples that come late")
      .Optional("limit", &G::limit, Integer(0, 2'000'000'000),
                "a rule that gives more series fails; 0: none")
      .Optional("labels", &G::labels, TextMap(), "of all rules; a rule's own win")
      .Optional("rules", &G::rules, ListOf(RuleForm()), "recording rules and alerting rules")
      .Then({"labels"},
            [](Reader& reader, const yaml::Node&, const std::string& path, G& group) {
              CheckLabelNames(reader, yaml::PathKey(path, "labels"), group.labels);
            })
      .Then({}, [defaults](Reader& reader, const yaml::Node& node, const std::string& path,
                           G& group) {
        if (group.interval == Duration()) group.interval = defaults.interval;
        if (node.Find("query_offset") == nullptr) group.query_offset = defaults.query_offset;
        JoinLabels(group);
        const auto alerts = [](const RuleDocument& rule) { return !rule.alert.empty(); };
        if (std::ranges::any_of(group.rules, alerts)) {
          CheckAlertTexts(reader, node.Find("labels"), yaml::PathKey(path, "labels"), group.name);
        }
        WarnOfTwins(reader, yaml::PathKey(path, "rules"), group);
      });
  return form;
}

struct RuleFile {
  std::vector<RuleGroupDocument> groups;
};

void CheckGroupNames(Reader& reader, const std::vector<RuleGroupDocument>& groups) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].name.empty()) continue;
    const auto [first, added] = seen.emplace(groups[i].name, i);
    if (added) continue;
    const std::string path = yaml::PathKey(yaml::PathIndex("groups", i), "name");
    reader.Mistake(reader.PlaceOf(path), path,
                   "a second group named \"" + groups[i].name + "\" in this file; the first is " +
                       yaml::PathIndex("groups", first->second) + ": give this one another name");
  }
}

class FileForm : public Form<std::vector<RuleGroupDocument>> {
 public:
  explicit FileForm(const RuleDefaults& defaults) {
    auto form = std::make_shared<Record<RuleFile>>("A file of Prometheus' rules.");
    form->Optional("groups", &RuleFile::groups, ListOf(GroupForm(defaults)), "groups of rules")
        .Then({}, [](Reader& reader, const yaml::Node&, const std::string&, RuleFile& file) {
          CheckGroupNames(reader, file.groups);
        });
    form_ = std::move(form);
  }
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            std::vector<RuleGroupDocument>& out) const override {
    RuleFile file;
    const bool whole = form_->Read(reader, node, path, file);
    out = std::move(file.groups);
    return whole;
  }
  Json Schema() const override { return form_->Schema(); }

 private:
  FormPtr<RuleFile> form_;
};

}  // namespace

FormPtr<std::vector<RuleGroupDocument>> RuleFileForm(const RuleDefaults& defaults) {
  return std::make_shared<FileForm>(defaults);
}

}  // namespace hinomi::policy::impl
