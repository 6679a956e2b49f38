#include "policy/impl/forms.h"

/// routes.yml and escalation.yml.
namespace hinomi::policy::impl {
namespace {

FormPtr<RouteDocument> RouteForm() {
  using R = RouteDocument;
  auto form = std::make_shared<Record<R>>("What an action of an alarm means.");
  form->Optional("description", &R::description, Text({.may_be_empty = true}),
                 "the document's words")
      .Optional("severity", &R::severity, OneOf(SeverityWords()),
                "how bad it is; warning and info wake nobody",
                {"error", "an alarm is an error unless the route says otherwise"})
      .Optional("escalation", &R::escalation, Name(),
                "who is paged in turn: a name of escalation.yml")
      .Optional("notify", &R::notify, ListOf(Name()), "contacts told once, when it opens")
      .Optional("scale", &R::scale, OneOf({"up", "down"}),
                "the service is scaled instead of opening an incident");
  return form;
}

FormPtr<EscalationStepDocument> StepForm() {
  using S = EscalationStepDocument;
  auto form = std::make_shared<Record<S>>("One level of an escalation.");
  form->Required("level", &S::level, Name(), "the level's name, e.g. L1")
      .Optional("title", &S::title, Text({.may_be_empty = true}), "the document's words")
      .Optional("after", &S::after, Time({.most = Duration::Days(30)}),
                "time from the opening of the incident, e.g. 30m",
                [](const S& step) {
                  if (step.at_once_for.empty()) return std::optional<DefaultText>();
                  return std::optional(
                      DefaultText{"0s", "the level is called at once for its severities"});
                })
      .Optional("until_acknowledged", &S::until_acknowledged, Boolean(),
                "true: an acknowledged incident does not come here",
                {"false", "the document counts until an incident is resolved"})
      .Required("contacts", &S::contacts, ListOf(Name(), 1), "who is called: names of contacts.yml")
      .Optional("severities", &S::severities, ListOf(OneOf(SeverityWords())),
                "only for these severities; empty: for all that page")
      .Optional("at_once_for", &S::at_once_for, ListOf(OneOf(SeverityWords())),
                "for these severities the level is called when the incident opens");
  form->Then({"after", "at_once_for"}, [](Reader& reader, const yaml::Node& node,
                                          const std::string& path, S& step) {
    if (node.Find("after") == nullptr && step.at_once_for.empty()) {
      reader.Mistake(node.span, path,
                     "the key \"after\" is missing: time from the opening of the incident, e.g. "
                     "30m (or at_once_for: [critical])");
    }
  });
  return form;
}

void CheckStepTimes(Reader& reader, const yaml::Node&, const std::string& path,
                    EscalationDocument& escalation) {
  Duration highest;
  std::string highest_level;
  for (size_t i = 0; i < escalation.steps.size(); ++i) {
    const EscalationStepDocument& step = escalation.steps[i];
    if (!step.at_once_for.empty() && step.after == Duration()) continue;
    if (step.after < highest) {
      const std::string at =
          yaml::PathKey(yaml::PathIndex(yaml::PathKey(path, "steps"), i), "after");
      reader.Mistake(reader.PlaceOf(at), at,
                     "expected at least " + FormatDuration(highest) + ", the time of " +
                         highest_level + " before it, got " + FormatDuration(step.after) +
                         "; a later level is never called earlier");
    } else {
      highest = step.after;
      highest_level = step.level;
    }
  }
}

}  // namespace

DocumentType RoutesType() {
  auto form = std::make_shared<Record<OpsFolder>>("From an alarm's action to people and channels.");
  form->Required("routes", &OpsFolder::routes, NamedList(RouteForm(), &RouteDocument::action),
                 "the actions by name");
  return FolderDocument("routes.yml", "Routes", form);
}

DocumentType EscalationType() {
  using E = EscalationDocument;
  auto policy = std::make_shared<Record<E>>("Who is paged in turn.");
  policy->Required("steps", &E::steps, ListOf(StepForm(), 1), "the levels in order");
  policy->Then({}, CheckStepTimes);
  auto form = std::make_shared<Record<OpsFolder>>("Escalation: levels with their times.");
  form->Required("escalation", &OpsFolder::escalations, NamedList(FormPtr<E>(policy), &E::name),
                 "the escalations by name");
  return FolderDocument("escalation.yml", "Escalation", form);
}

}  // namespace hinomi::policy::impl
