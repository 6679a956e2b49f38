#include "cli/verb.h"

namespace hinomi::cli {

const std::string& Invocation::operator[](const std::string& name) const {
  static const std::string kNothing;
  const auto it = values.find(name);
  return it == values.end() ? kNothing : it->second;
}

std::vector<Verb> AllVerbs() {
  std::vector<Verb> verbs;
  AddServerVerbs(verbs);
  AddFolderVerbs(verbs);
  AddWatchVerbs(verbs);
  AddServiceVerbs(verbs);
  AddIncidentVerbs(verbs);
  AddChannelVerbs(verbs);
  AddJournalVerbs(verbs);
  AddScaleVerbs(verbs);
  AddExplainVerbs(verbs);
  AddTokenVerbs(verbs);
  return verbs;
}

}  // namespace hinomi::cli
