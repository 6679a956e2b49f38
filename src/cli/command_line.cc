#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "base/strings.h"

namespace hinomi::cli {
namespace {

// The verbs' subcommands by path; those above a verb are made on the way.
using Apps = std::map<std::string, CLI::App*>;

CLI::App* Descend(CLI::App& root, const std::string& path, Apps& made) {
  CLI::App* at = &root;
  std::string prefix;
  for (const std::string_view word : Split(path, ' ')) {
    prefix += (prefix.empty() ? "" : " ") + std::string(word);
    CLI::App*& next = made[prefix];
    if (next == nullptr) next = at->add_subcommand(std::string(word));
    at = next;
  }
  return at;
}

void AddArgument(CLI::App& app, const Argument& argument, Invocation& invocation) {
  std::string& value = invocation.values[argument.name];
  value = argument.fallback;
  switch (argument.kind) {
    case Argument::Kind::kPositional: {
      auto* option =
          argument.repeated
              ? app.add_option(argument.name, invocation.lists[argument.name], argument.help)
              : app.add_option(argument.name, value, argument.help);
      if (argument.required) option->required();
      if (!argument.choices.empty()) option->check(CLI::IsMember(argument.choices));
      break;
    }
    case Argument::Kind::kFlag:
      app.add_flag_callback("--" + argument.name, [&value] { value = "1"; }, argument.help);
      break;
    case Argument::Kind::kOption: {
      auto* option = app.add_option("--" + argument.name, value, argument.help);
      if (argument.required) option->required();
      if (!argument.fallback.empty()) option->capture_default_str();
      if (!argument.choices.empty()) option->check(CLI::IsMember(argument.choices));
      break;
    }
  }
}

// A mistyped verb gets the nearest one, as git does it. False if the verb is
// known: then something else is wrong.
bool ExplainUnknownVerb(const std::vector<Verb>& verbs, int argc, const char* const* argv) {
  std::string meant;
  std::string unknown;
  bool nearest_known = true;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    const std::vector<std::string> words = NextWords(verbs, meant);
    if (words.empty()) break;  // A whole verb; what follows are its arguments.
    std::string word = argv[i];
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      if (unknown.empty()) unknown = meant + (meant.empty() ? "" : " ") + word;
      const auto nearest = NearestName(word, words);
      nearest_known = nearest.has_value();
      if (!nearest_known) break;
      word = *nearest;
    }
    meant += (meant.empty() ? "" : " ") + word;
  }
  if (unknown.empty()) return false;
  std::fprintf(stderr, "hinomi: there is no command '%s'", unknown.c_str());
  if (nearest_known) {
    std::fprintf(stderr, "; did you mean 'hinomi %s'?\n", meant.c_str());
  } else {
    std::fputs("; 'hinomi --help' lists what there is\n", stderr);
  }
  return true;
}

/// Everything that CLI11 fills in while it reads one command line.
struct Parsed {
  std::unique_ptr<Invocation> invocation = std::make_unique<Invocation>();
  CLI::App* leaf = nullptr;
};

Parsed AddVerb(CLI::App& app, const Verb& verb, Apps& made) {
  Parsed parsed;
  parsed.leaf = Descend(app, verb.path, made);
  parsed.leaf->description(verb.summary);
  parsed.leaf->footer("Example:\n  " + verb.example);
  for (const Argument& argument : verb.arguments)
    AddArgument(*parsed.leaf, argument, *parsed.invocation);
  AddArgument(*parsed.leaf, OutputArgument(), *parsed.invocation);
  return parsed;
}

// A group alone ("hinomi incident") shows what it has.
bool ExplainGroup(const Apps& made, int argc, const char* const* argv) {
  std::string path;
  for (int i = 1; i < argc; ++i) path += (i > 1 ? " " : "") + std::string(argv[i]);
  const auto group = made.find(path);
  if (group == made.end() || group->second->get_subcommands({}).empty()) return false;
  std::fputs(group->second->help("hinomi").c_str(), stderr);
  return true;
}

}  // namespace

int RunCommandLine(const std::vector<Verb>& verbs, const std::string& release, int argc,
                   const char* const* argv) {
  CLI::App app{
      "Hinomi (火の見) runs your operations document: it watches, rings the bell, and keeps the "
      "record."};
  app.name("hinomi");
  app.require_subcommand(1);
  app.set_version_flag("--version", "hinomi " + release);
  app.footer(
      "Finds the server by HINOMI_URL and HINOMI_TOKEN, or by the data directory: --data, else\n"
      "./data, else that of the installed service.\n"
      "Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 could not.");

  Apps made;
  std::vector<Parsed> parsed;
  for (const Verb& verb : verbs) parsed.push_back(AddVerb(app, verb, made));
  for (auto& [path, group] : made)
    if (!group->get_subcommands({}).empty()) {
      group->description(GroupSummary(path));
      group->require_subcommand(1);
    }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 would only say that a subcommand is required.
    if (error.get_exit_code() != 0 &&
        (ExplainUnknownVerb(verbs, argc, argv) || ExplainGroup(made, argc, argv)))
      return kWrongUse;
    return app.exit(error) == 0 ? kDone : kWrongUse;
  }
  for (size_t i = 0; i < verbs.size(); ++i) {
    if (!parsed[i].leaf->parsed()) continue;
    parsed[i].invocation->json = (*parsed[i].invocation)["output"] == "json";
    return verbs[i].run(*parsed[i].invocation);
  }
  return kWrongUse;
}

}  // namespace hinomi::cli
