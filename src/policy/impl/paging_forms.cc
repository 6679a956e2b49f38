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

FormPtr<StormDocument> StormForm() {
  using S = StormDocument;
  auto form = std::make_shared<Record<S>>("When many problems at once are one storm.");
  form->Optional("incidents", &S::incidents, Integer(0, 100'000),
                 "so many incidents within the time; 0: never")
      .Optional("within", &S::within,
                Time({.least = Duration::Seconds(1), .most = Duration::Days(1)}), "the time");
  return form;
}

FormPtr<bool> UntilForm() {
  return Choice<bool>({{"resolved", false}, {"acknowledged", true}, {"acked", true}});
}

/// One clock and one condition for each level.
void CheckStepClock(Reader& reader, const yaml::Node& node, const std::string& path,
                    EscalationStepDocument& step) {
  step.counts_from_previous = node.Find("after_previous") != nullptr;
  if (step.counts_from_previous && node.Find("after") != nullptr) {
    reader.Mistake(node.span, path,
                   "\"after\" counts from the opening of the incident, \"after_previous\" from the "
                   "level before; keep one of them");
  } else if (!step.counts_from_previous && node.Find("after") == nullptr &&
             step.at_once_for.empty()) {
    reader.Mistake(node.span, path,
                   "the key \"after\" is missing: time from the opening of the incident, e.g. "
                   "30m (or after_previous: 30m, or at_once_for: [critical])");
  }
  if (node.Find("until") != nullptr && node.Find("until_acknowledged") != nullptr)
    reader.Mistake(node.span, path,
                   "\"until\" and \"until_acknowledged\" say the same thing; keep \"until\"");
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
      .Optional("after_previous", &S::after_previous, Time({.most = Duration::Days(30)}),
                "instead of after: time from the moment at which the level before was called")
      .Optional("until", &S::until_acknowledged, UntilForm(),
                "what stops the level: that the incident is resolved, or acknowledged",
                {"resolved", "the document counts until an incident is resolved"},
                [](const S& step) { return !step.until_acknowledged; })
      .Optional("until_acknowledged", &S::until_acknowledged, Boolean(),
                "true: as until: acknowledged")
      .Optional("repeat_every", &S::repeat_every,
                Time({.least = Duration::Minutes(1), .most = Duration::Days(7)}),
                "the level is called again so often, until what stops it")
      .Required("contacts", &S::contacts, ListOf(Name(), 1), "who is called: names of contacts.yml")
      .Optional("severities", &S::severities, ListOf(OneOf(SeverityWords())),
                "only for these severities; empty: for all that page")
      .Optional("at_once_for", &S::at_once_for, ListOf(OneOf(SeverityWords())),
                "for these severities the level is called when the incident opens");
  form->Then({"after", "after_previous", "at_once_for"}, CheckStepClock);
  return form;
}

FormPtr<EscalationRepeatDocument> RepeatForm() {
  using R = EscalationRepeatDocument;
  auto form = std::make_shared<Record<R>>("The levels once more, from the first one.");
  form->Optional("times", &R::times, Integer(1, 1000), "how often more")
      .Optional("forever", &R::forever, Boolean(), "true: until somebody acts")
      .Required("after", &R::after,
                Time({.least = Duration::Minutes(1), .most = Duration::Days(7)}),
                "time from the last level of a pass to the first one of the next");
  form->Then({}, [](Reader& reader, const yaml::Node& node, const std::string& path, R& repeat) {
    if ((repeat.times > 0) == repeat.forever)
      reader.Mistake(node.span, path, "expected one of times: 2 and forever: true");
  });
  return form;
}

FormPtr<std::map<std::string, Duration>> TimeBySeverity() {
  using Times = std::map<std::string, Duration>;
  return std::make_shared<NamedForm<Times, Duration>>(
      Time({.least = Duration::Minutes(1), .most = Duration::Days(7)}),
      [](Times& times, const std::string& severity, Duration time) { times[severity] = time; },
      OneOf(SeverityWords()));
}

void CheckStepTimes(Reader& reader, const yaml::Node&, const std::string& path,
                    EscalationDocument& escalation) {
  Duration highest;
  std::string highest_level;
  for (size_t i = 0; i < escalation.steps.size(); ++i) {
    const EscalationStepDocument& step = escalation.steps[i];
    if (step.counts_from_previous) {
      if (i == 0)
        reader.Mistake(
            reader.PlaceOf(yaml::PathIndex(yaml::PathKey(path, "steps"), i)),
            yaml::PathIndex(yaml::PathKey(path, "steps"), i),
            "the first level has none before it; write \"after\" instead of \"after_previous\"");
      continue;
    }
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
                 "the actions by name")
      .Optional("storm", &OpsFolder::storm, StormForm(),
                "what further problems join instead of paging one by one (20 incidents in 5m, "
                "unless it says otherwise)");
  return FolderDocument("routes.yml", "Routes", form);
}

DocumentType EscalationType() {
  using E = EscalationDocument;
  auto policy = std::make_shared<Record<E>>("Who is paged in turn.");
  policy->Required("steps", &E::steps, ListOf(StepForm(), 1), "the levels in order")
      .Optional("repeat", &E::repeat, RepeatForm(), "the levels once more")
      .Optional("acknowledgement_timeout", &E::acknowledgement_timeout, TimeBySeverity(),
                "by severity: an acknowledged incident that is still open after this time is "
                "nobody's again, and the level that was called last is called once more")
      .Optional("on_exhausted", &E::on_exhausted, ListOf(Name()),
                "contacts who are told when the last level was called and nobody has it in hand");
  policy->Then({}, CheckStepTimes);
  auto form = std::make_shared<Record<OpsFolder>>("Escalation: levels with their times.");
  form->Required("escalation", &OpsFolder::escalations, NamedList(FormPtr<E>(policy), &E::name),
                 "the escalations by name");
  return FolderDocument("escalation.yml", "Escalation", form);
}

}  // namespace hinomi::policy::impl
