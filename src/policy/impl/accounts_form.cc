#include "policy/impl/forms.h"

/// kpi.yml and reports.yml.
namespace hinomi::policy::impl {
namespace {

struct Target {
  std::string comparison;
  double value = 0;
  std::string unit;
};

/// "99.9%", "< 30m", "> 720h", ">= 2/week", "> 95%".
std::optional<Target> ParseTarget(std::string_view text) {
  Target target;
  target.comparison = ">=";
  for (const std::string_view sign : {">=", "<=", ">", "<"}) {
    if (!text.starts_with(sign)) continue;
    target.comparison = sign;
    text.remove_prefix(sign.size());
    break;
  }
  text = Trim(text);
  for (const std::string_view unit : {"%", "/day", "/week", "/month"}) {
    if (!text.ends_with(unit)) continue;
    const auto value = ParseDouble(text.substr(0, text.size() - unit.size()));
    if (!value || !(*value >= 0) || *value > 1e9 || (unit == "%" && *value > 100)) {
      return std::nullopt;
    }
    target.value = *value;
    target.unit = unit;
    return target;
  }
  const auto duration = ParseDuration(text);
  if (!duration || *duration == Duration()) return std::nullopt;
  target.value = duration->ToSeconds();
  target.unit = "s";
  return target;
}

FormPtr<KpiDocument> KpiForm() {
  using K = KpiDocument;
  TextRules rules;
  rules.what = "a target such as 99.9%, \"< 30m\" or \">= 2/week\"";
  rules.pattern = "^(>=|<=|>|<)? *[0-9].*$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (ParseTarget(text)) return std::nullopt;
    return "expected a target such as 99.9%, \"< 30m\" or \">= 2/week\", got \"" +
           std::string(text) + "\"";
  };
  auto form = std::make_shared<Record<K>>("A key figure with its target.");
  form->Required("title", &K::title, Text(), "the document's words")
      .Required("target", &K::target, Text(rules), "e.g. 99.9%, \"< 30m\", \">= 2/week\"")
      .Required("method", &K::method, Text(), "how it is measured, in the document's words")
      .Required("source", &K::source, OneOf({"availability", "incidents", "deployments"}),
                "what it is computed from");
  form->Then({"target"}, [](Reader& reader, const yaml::Node&, const std::string& path, K& kpi) {
    const Target target = ParseTarget(kpi.target).value_or(Target());
    kpi.comparison = target.comparison;
    kpi.target_value = target.value;
    kpi.target_unit = target.unit;
    if (kpi.target.find_first_of("<>") == std::string::npos) {
      reader.Filled(yaml::PathKey(path, "target"), ">= " + kpi.target,
                    "a target without a sign is the least that is good enough");
    }
  });
  return form;
}

}  // namespace

DocumentType KpiType() {
  auto form = std::make_shared<Record<OpsFolder>>("Key figures and their targets.");
  form->Required("kpi", &OpsFolder::kpis, NamedList(KpiForm(), &KpiDocument::name),
                 "the key figures by name");
  return FolderDocument("kpi.yml", "KPI", form);
}

DocumentType ReportsType() {
  using S = ReportSection;
  auto section = std::make_shared<Record<S>>("One part of a report.");
  section
      ->Required("kind", &S::kind,
                 OneOf({"availability", "error_log_summary", "deployments", "performance_trends",
                        "kpi", "incident_review", "capacity_planning", "improvements"}),
                 "what it shows")
      .Required("title", &S::title, Text(), "the document's words");
  using R = ReportDocument;
  auto report = std::make_shared<Record<R>>("A regular report.");
  report->Required("title", &R::title, Text(), "the document's words")
      .Required("sections", &R::parts, ListOf(FormPtr<S>(section), 1), "its parts in order");
  report->Then({}, [](Reader&, const yaml::Node&, const std::string&, R& out) {
    for (const S& part : out.parts) out.sections.push_back(part.kind);
  });
  auto form = std::make_shared<Record<OpsFolder>>("Regular reports.");
  form->Required(
      "reports", &OpsFolder::reports,
      NamedList(FormPtr<R>(report), &R::name, OneOf({"daily", "weekly", "monthly", "quarterly"})),
      "daily, weekly, monthly, quarterly");
  return FolderDocument("reports.yml", "Reports", form);
}

}  // namespace hinomi::policy::impl
