#ifndef HINOMI_CLI_VERB_H_
#define HINOMI_CLI_VERB_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hinomi::cli {

/// What `hinomi` answers to the shell; part of the outer contract.
enum Exit : int {
  kDone = 0,
  kAnswerIsNo = 1,  ///< Unhealthy, mistakes found, refused.
  kWrongUse = 2,
  kCouldNot = 3,  ///< Server down, driver failed.
};

/// What the value of an argument names, for completion; never a restriction.
enum class Names {
  kNothing,
  kFile,
  kDirectory,
  // What a server is asked for.
  kAlarm,
  kIncident,
  kService,
  kExplainable,  ///< An alarm, a service or an incident.
  kChannel,
  kToken,
};

/// An option or positional argument of a verb.
struct Argument {
  enum class Kind { kPositional, kOption, kFlag } kind = Kind::kOption;
  std::string name;  ///< "state" for --state STATE; "ID" for a positional one.
  std::string help;
  bool required = false;
  std::string fallback;                   ///< Default value, shown in the help.
  std::vector<std::string> choices = {};  ///< Allowed values; empty: any.
  Names names = Names::kNothing;
  bool repeated = false;  ///< The last positional one: any number of them, see `Invocation::lists`.
};

/// A verb as it was called.
struct Invocation {
  std::map<std::string, std::string> values;              ///< By argument name; flags are "1".
  std::map<std::string, std::vector<std::string>> lists;  ///< Of repeated arguments, by name.
  bool json = false;                                      ///< --output json
  const std::string& operator[](const std::string& name) const;
  bool flag(const std::string& name) const { return !(*this)[name].empty(); }
};

/// One row of the table from which help, man pages and completion are made.
struct Verb {
  std::string path;  ///< "incident acknowledge"
  std::string summary;
  std::string example;  ///< A whole command line that works.
  std::vector<Argument> arguments;
  std::function<int(const Invocation&)> run;
};

/// All verbs that exist, in the order of the help.
std::vector<Verb> AllVerbs();

/// The words that may follow `path` ("" or "incident") in a command, in the
/// order of the table; none after a whole verb.
std::vector<std::string> NextWords(const std::vector<Verb>& verbs, const std::string& path);

/// What a group of verbs ("incident") is about, as the help tells.
std::string GroupSummary(const std::string& group);

/// --output, which every verb has.
Argument OutputArgument();

// Each file of commands adds its own.
void AddServerVerbs(std::vector<Verb>& verbs);
void AddFolderVerbs(std::vector<Verb>& verbs);
void AddTopVerb(std::vector<Verb>& verbs);
void AddWatchVerbs(std::vector<Verb>& verbs);
void AddAlarmVerbs(std::vector<Verb>& verbs);
void AddAlarmTestVerb(std::vector<Verb>& verbs);
void AddQueryVerb(std::vector<Verb>& verbs);
void AddServiceVerbs(std::vector<Verb>& verbs);
void AddIncidentVerbs(std::vector<Verb>& verbs);
void AddSimulateVerb(std::vector<Verb>& verbs);
void AddChannelVerbs(std::vector<Verb>& verbs);
void AddJournalVerbs(std::vector<Verb>& verbs);
void AddExplainVerbs(std::vector<Verb>& verbs);
void AddScaleVerbs(std::vector<Verb>& verbs);
void AddTokenVerbs(std::vector<Verb>& verbs);
void AddTsdbVerbs(std::vector<Verb>& verbs);
void AddManualVerbs(std::vector<Verb>& verbs);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_VERB_H_
