#include <cstdio>

#include "cli/completion.h"
#include "cli/man.h"
#include "cli/remote.h"
#include "cli/verb.h"
#include "os/files.h"
#include "os/system_clock.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int PrintScript(const Invocation& call) {
  const std::string script = CompletionScript(call["SHELL"]);
  if (call.json) {
    std::puts(Json::MakeObject().Set("shell", call["SHELL"]).Set("script", script).Dump().c_str());
  } else {
    std::fputs(script.c_str(), stdout);
  }
  return kDone;
}

Status WritePages(Files& files, const std::string& directory, const std::vector<ManPage>& pages) {
  HN_TRY_VOID(files.MakeDirectories(directory));
  for (const ManPage& page : pages)
    HN_TRY_VOID(files.WriteAtomically(directory + "/" + page.name + ".1", page.text));
  return {};
}

int WriteMan(const Invocation& call) {
  std::string date = call["date"];
  if (date.empty()) date = FormatRfc3339(SystemClock().Now()).substr(0, 10);
  const std::vector<ManPage> pages = ManPages(AllVerbs(), HN_RELEASE, date);
  PosixFiles files;
  const Status written = WritePages(files, call["DIR"], pages);
  if (!written) {
    Fail(written.error());
    return kCouldNot;
  }
  if (call.json) {
    Json names = Json::MakeArray();
    for (const ManPage& page : pages) names.Append(page.name + ".1");
    std::puts(Json::MakeObject().Set("written", names).Dump().c_str());
  } else {
    std::printf("%zu pages written to %s. Read one: man -l %s/hinomi.1\n", pages.size(),
                call["DIR"].c_str(), call["DIR"].c_str());
  }
  return kDone;
}

}  // namespace

void AddManualVerbs(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"completion",
       "Prints what makes a shell complete commands, options and names",
       "hinomi completion bash > /etc/bash_completion.d/hinomi",
       {{Kind::kPositional, "SHELL", "bash, zsh or fish", true, "", {"bash", "zsh", "fish"}}},
       PrintScript});
  verbs.push_back(
      {"man",
       "Writes the manual pages",
       "hinomi man /usr/local/share/man/man1",
       {{Kind::kPositional, "DIR", "where to", true, "", {}, Names::kDirectory},
        {Kind::kOption, "date", "date on the pages, YYYY-MM-DD; default today", false, ""}},
       WriteMan});
}

}  // namespace hinomi::cli
