#include "policy/impl/forms.h"

namespace hinomi::policy::impl {

FormPtr<InhibitRuleDocument> InhibitRuleForm() {
  using I = InhibitRuleDocument;
  const TimeRules most_of_a_day{.least = Duration(), .most = Duration::Days(1)};
  auto form = std::make_shared<Record<I>>(
      "Alarms that explain others: while one stands, nothing follows from those.");
  form->Required("name", &I::name, Name(), "the rule's name, unique in the folder")
      .Optional("description", &I::description, Text({.may_be_empty = true}),
                "why the ones explain the others")
      .Required("sources", &I::sources, ListOf(Name(), 1), "names of alarms that explain others")
      .Required("targets", &I::targets, ListOf(Name(), 1), "names of the alarms they explain")
      .Optional("sameService", &I::same_service, Boolean(),
                "false: also where they are of different services",
                {"true", "what is wrong with one service explains nothing about another"})
      .Optional("waitPeriod", &I::wait, Time(most_of_a_day),
                "how long a target waits for a source to go off, too; it pages later by this",
                {"0s", "no page is late"})
      .Optional("extensionPeriod", &I::extension, Time(most_of_a_day),
                "how long a source still counts after it has ended",
                {"2m", "the symptoms may recover later than what explains them"});
  return form;
}

}  // namespace hinomi::policy::impl
