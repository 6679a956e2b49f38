#include "cli/command_reference.h"

#include "guide/markdown.h"

namespace hinomi::cli {
namespace {

using guide::EscapeMarkdown;
using guide::MarkdownCode;
using guide::MarkdownRow;

std::string Written(const Argument& argument) {
  switch (argument.kind) {
    case Argument::Kind::kPositional:
      return argument.name + (argument.repeated ? "…" : "");
    case Argument::Kind::kFlag:
      return "--" + argument.name;
    case Argument::Kind::kOption:
      break;
  }
  return "--" + argument.name + " …";
}

std::string FallbackOf(const Argument& argument, guide::Words& words) {
  if (argument.required) return words("required");
  return argument.fallback.empty() ? "" : MarkdownCode(argument.fallback);
}

std::string MeaningOf(const Argument& argument, guide::Words& words) {
  std::string out = EscapeMarkdown(words(argument.help));
  for (size_t i = 0; i < argument.choices.size(); ++i)
    out += (i == 0 ? ": " : ", ") + MarkdownCode(argument.choices[i]);
  return out;
}

void AppendVerb(std::string& out, const Verb& verb, guide::Words& words) {
  out += "\n## hinomi " + verb.path + "\n\n" + EscapeMarkdown(words(verb.summary)) + "\n\n```sh\n" +
         verb.example + "\n```\n";
  if (verb.arguments.empty()) return;
  out += "\n" + guide::MarkdownTableHead({words("argument"), words("default"), words("meaning")});
  for (const Argument& argument : verb.arguments)
    out += MarkdownRow(
        {MarkdownCode(Written(argument)), FallbackOf(argument, words), MeaningOf(argument, words)});
}

}  // namespace

std::string CommandReference(std::span<const Verb> verbs, guide::Words& words) {
  std::string out =
      "# " + words("Commands") + "\n\n" +
      words(
          "Every command takes --output json for programs and --help for its own page. Exit "
          "codes: 0 done, 1 the answer is no, 2 wrong use, 3 could not.") +
      "\n";
  for (const Verb& verb : verbs) AppendVerb(out, verb, words);
  return out;
}

}  // namespace hinomi::cli
