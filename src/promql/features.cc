#include <array>
#include <string>
#include <vector>

#include "base/strings.h"
#include "promql/parser.h"

namespace hinomi::promql {

Result<Features> ParseFeatures(std::string_view list) {
  struct Named {
    std::string_view name;
    bool Features::* flag;
  };
  static constexpr std::array<Named, 5> kNames{
      {{"experimental-functions", &Features::experimental_functions},
       {"duration-expressions", &Features::duration_expressions},
       {"extended-selectors", &Features::extended_selectors},
       {"fill-modifiers", &Features::fill_modifiers},
       {"context-functions", &Features::context_functions}}};
  if (list.empty() || list == "stable") return Features::Stable();
  if (list == "all") return Features::All();
  Features features;
  for (const std::string_view part : Split(list, ',')) {
    const std::string_view name = Trim(part);
    bool known = false;
    for (const Named& named : kNames) {
      if (named.name != name) continue;
      features.*named.flag = true;
      known = true;
    }
    if (known) continue;
    std::vector<std::string> names{"stable", "all"};
    for (const Named& named : kNames) names.emplace_back(named.name);
    const auto nearest = NearestName(name, names);
    return InvalidArgument(
        "there is no PromQL feature '" + std::string(name) + "'" +
        (nearest ? "; did you mean " + *nearest + "?" : "; the features are " + Join(names, ", ")));
  }
  return features;
}

}  // namespace hinomi::promql
