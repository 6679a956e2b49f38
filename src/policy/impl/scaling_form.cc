#include <algorithm>
#include <cmath>

#include "policy/impl/forms.h"

/// The key `scaling` of a service in targets.yml.
namespace hinomi::policy::impl {
namespace {

constexpr int kMostAdded = 1000;

FormPtr<ScalingStepDocument> ScalingStepForm() {
  using S = ScalingStepDocument;
  auto form = std::make_shared<Record<S>>("From how far beyond the threshold on, how many more.");
  form->Optional("beyond", &S::beyond, Number(),
                 "distance of the metric from the alarm's threshold, in its unit",
                 {"0", "from the threshold on"})
      .Optional("add", &S::add, Integer(1, kMostAdded), "so many replicas more")
      .Optional("percent", &S::percent, Integer(1, 1000),
                "so many percent of the present number more, at least one replica");
  form->Then({"beyond", "add", "percent"}, [](Reader& reader, const yaml::Node& node,
                                              const std::string& path, S& step) {
    if ((step.add > 0) == (step.percent > 0))
      reader.Mistake(node.span, path, "give either \"add\" or \"percent\"");
    if (!(step.beyond >= 0) || !std::isfinite(step.beyond)) {
      const std::string at = yaml::PathKey(path, "beyond");
      reader.Mistake(reader.PlaceOf(at), at,
                     "expected a distance of 0 or more: it is counted in the direction in which "
                     "the alarm is breached");
    }
  });
  return form;
}

FormPtr<ScalingTargetDocument> TargetForm() {
  using T = ScalingTargetDocument;
  auto form = std::make_shared<Record<T>>("Holds a metric near a value.");
  form->Required("metric", &T::metric, Name(),
                 "a metric of the service that falls as replicas come, e.g. CPUUtilization")
      .Required("value", &T::value, Number(), "near which it is held, e.g. 60")
      .Optional("period", &T::period,
                Time({.least = Duration::Seconds(10), .most = Duration::Hours(1)}),
                "length of the periods that are looked at",
                {"60s", "one minute, as the metrics are published"});
  form->Then({"value"}, [](Reader& reader, const yaml::Node&, const std::string& path, T& target) {
    if (target.value > 0 && std::isfinite(target.value)) return;
    const std::string at = yaml::PathKey(path, "value");
    reader.Mistake(reader.PlaceOf(at), at, "expected a number above 0");
  });
  return form;
}

void CheckSteps(Reader& reader, const yaml::Node& node, const std::string& path,
                ScalingDocument& scaling) {
  if (scaling.steps.empty() || node.Find("steps") == nullptr) {
    scaling.steps = {{0, 1, 0}};
    reader.Filled(yaml::PathKey(path, "steps"), "[{beyond: 0, add: 1}]",
                  "one replica more each time, as long as the alarm stands");
  }
  const std::string steps = yaml::PathKey(path, "steps");
  if (scaling.steps.front().beyond != 0)
    reader.Mistake(node.Find("steps") == nullptr ? node.span : reader.PlaceOf(steps),
                   yaml::PathIndex(steps, 0),
                   "the first step must begin at the threshold: beyond: 0");
  for (size_t i = 1; i < scaling.steps.size(); ++i) {
    if (scaling.steps[i].beyond > scaling.steps[i - 1].beyond) continue;
    const std::string at = yaml::PathKey(yaml::PathIndex(steps, i), "beyond");
    reader.Mistake(reader.PlaceOf(at), at,
                   "expected more than " + FormatDouble(scaling.steps[i - 1].beyond) +
                       ", where the step before it begins");
  }
}

}  // namespace

FormPtr<ScalingDocument> ScalingForm() {
  using S = ScalingDocument;
  auto form = std::make_shared<Record<S>>("How the number of replicas follows the alarms.");
  form->Optional("steps", &S::steps, ListOf(ScalingStepForm()),
                 "for alarms whose action scales up: the further beyond the threshold, the more")
      .Optional("target", &S::target, TargetForm(), "holds a metric near a value")
      .Optional("cooldown_out", &S::cooldown_out, Time({.most = Duration::Days(1)}),
                "after it was scaled out, it is not again for so long",
                {"5m", "the default of AWS: what was added must show in the metric first"})
      .Optional("cooldown_in", &S::cooldown_in, Time({.most = Duration::Days(1)}),
                "after it was scaled, it is not scaled in for so long",
                {"5m", "the default of AWS"})
      .Optional("scale_in", &S::scale_in, OneOf({"desired_count", "min_count", "never"}),
                "down to where it is scaled in when its alarms are OK again",
                {"desired_count", "one replica at a time, back to what the document declares"})
      .Optional("scale_in_after", &S::scale_in_after, Time({.most = Duration::Days(7)}),
                "how long its alarms must have been OK first",
                {"10m", "twice the cooldown: a load that comes back finds the replicas there"})
      .Optional("healthy_minimum", &S::healthy_minimum, Integer(0, kMostAdded),
                "scaling in leaves at least so many healthy replicas");
  form->Then({"steps"}, CheckSteps);
  return form;
}

void CompleteScaling(Reader& reader, const yaml::Node& node, const std::string& path,
                     ServiceDocument& service) {
  if (!service.managed()) return;
  const std::string at = yaml::PathKey(path, "scaling");
  const yaml::Member* given = node.Find("scaling");
  if (given == nullptr) {
    yaml::Node nothing;
    nothing.span = node.span;
    (void)ScalingForm()->Read(reader, nothing, at, service.scaling);
  }
  if (given == nullptr || given->value.Find("healthy_minimum") == nullptr) {
    service.scaling.healthy_minimum = std::max(service.min_count, 1);
    reader.Filled(yaml::PathKey(at, "healthy_minimum"),
                  std::to_string(service.scaling.healthy_minimum),
                  "min_count, and at least one: LowHealthyHosts must not follow from scaling in");
  }
}

}  // namespace hinomi::policy::impl
