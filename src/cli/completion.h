#ifndef HINOMI_CLI_COMPLETION_H_
#define HINOMI_CLI_COMPLETION_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/verb.h"

namespace hinomi::cli {

/// A word that may stand where the cursor is.
struct Candidate {
  std::string word;
  std::string help;  ///< One line; may be empty.
  bool operator==(const Candidate&) const = default;
};

/// What may stand where the cursor is: words, or paths that the shell knows best.
struct Completion {
  enum class Paths { kNone, kFiles, kDirectories } paths = Paths::kNone;
  std::vector<Candidate> candidates;
};

/// What a server is to know by a name.
struct NameQuestion {
  Names names = Names::kNothing;
  std::string begun;  ///< What is typed of it; more than what begins so may be answered.
  std::map<std::string, std::string> values;  ///< Arguments before it, --data among them.
};
using NameSource = std::function<std::vector<Candidate>(const NameQuestion&)>;

/// Completes the last of `words`, those after "hinomi" up to the cursor; it may
/// be empty. Candidates begin with it; hostile names (control characters) are
/// left out.
Completion Complete(const std::vector<Verb>& verbs, const std::vector<std::string>& words,
                    const NameSource& source);

/// The script that makes a shell ask `hinomi __complete`; "" for another shell
/// than bash, zsh and fish.
std::string CompletionScript(const std::string& shell);

/// Asks the server that the line names, within a second for each kind; nothing if
/// there is none.
std::vector<Candidate> AskServer(const NameQuestion& question);

/// `hinomi __complete WORD...`, which the scripts call: prints ":words", ":files"
/// or ":directories", then the candidates as WORD, tab, HELP. Always kDone.
int PrintCompletion(const std::vector<Verb>& verbs, int argc, const char* const* argv);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_COMPLETION_H_
