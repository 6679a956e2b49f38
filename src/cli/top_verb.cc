#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "cli/top/top.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

/// --lang, else the locale if it names one of the two; else the server decides.
std::optional<text::Language> LanguageOf(const Invocation& call) {
  if (const auto asked = text::LanguageFromTag(call["lang"])) return asked;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* locale = std::getenv(name);
    if (locale == nullptr || locale[0] == '\0') continue;
    const std::string tag(locale);
    return text::LanguageFromTag(tag.substr(0, tag.find_first_of("_.@")));
  }
  return std::nullopt;
}

int Top(const Invocation& call) {
  const bool once = call.flag("once") || call.json;
  if (!once && isatty(STDOUT_FILENO) == 0) {
    std::fputs(
        "hinomi: standard output is no terminal; 'hinomi top --once' prints one frame as "
        "plain text, with --output json what the server said\n",
        stderr);
    return kWrongUse;
  }
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  if (once) return top::PrintOnce(*remote, LanguageOf(call), call.json);
  return top::Run(*remote, LanguageOf(call));
}

}  // namespace

void AddTopVerb(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"top",
       "Now in this terminal, live: what is wrong, who has it, when the next is called",
       "hinomi top",
       {{Kind::kFlag, "once", "print one frame as plain text; 1 if something is wrong", false, ""},
        {Kind::kOption,
         "lang",
         "language; default the locale's, else the server's",
         false,
         "",
         {"ja", "en"}},
        DataArgument()},
       Top});
}

}  // namespace hinomi::cli
