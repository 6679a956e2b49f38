#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "base/strings.h"
#include "cli/verb.h"
#include "os/shim.h"

namespace {

using hinomi::cli::Argument;
using hinomi::cli::Invocation;
using hinomi::cli::Verb;

// The verbs' subcommands by path; those above a verb are made on the way.
using Apps = std::map<std::string, CLI::App*>;

CLI::App* Descend(CLI::App& root, const std::string& path, Apps& made) {
  CLI::App* at = &root;
  std::string prefix;
  for (const std::string_view word : hinomi::Split(path, ' ')) {
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
      auto* option = app.add_option(argument.name, value, argument.help);
      if (argument.required) option->required();
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

// The words that may follow `prefix` ("" or "incident ") in a command.
std::vector<std::string> NextWords(const std::vector<Verb>& verbs, const std::string& prefix) {
  std::vector<std::string> words;
  for (const Verb& verb : verbs) {
    if (!verb.path.starts_with(prefix)) continue;
    std::string word = verb.path.substr(prefix.size());
    word = word.substr(0, word.find(' '));
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(std::move(word));
  }
  return words;
}

// A mistyped verb gets the nearest one, as git does it. False if the verb is
// known: then something else is wrong.
bool ExplainUnknownVerb(const std::vector<Verb>& verbs, int argc, char** argv) {
  std::string meant;
  std::string unknown;
  bool nearest_known = true;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    const std::vector<std::string> words = NextWords(verbs, meant);
    if (words.empty()) break;  // A whole verb; what follows are its arguments.
    std::string word = argv[i];
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      if (unknown.empty()) unknown = meant + word;
      const auto nearest = hinomi::NearestName(word, words);
      nearest_known = nearest.has_value();
      if (!nearest_known) break;
      word = *nearest;
    }
    meant += word + " ";
  }
  if (unknown.empty()) return false;
  std::fprintf(stderr, "hinomi: there is no command '%s'", unknown.c_str());
  if (nearest_known) {
    meant.pop_back();
    std::fprintf(stderr, "; did you mean 'hinomi %s'?\n", meant.c_str());
  } else {
    std::fputs("; 'hinomi --help' lists what there is\n", stderr);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  // Before anything else: the shim must stay small.
  if (argc > 1 && std::strcmp(argv[1], "shim") == 0) return hinomi::ShimMain(argc - 2, argv + 2);

  const std::vector<Verb> verbs = hinomi::cli::AllVerbs();
  CLI::App app{
      "Hinomi (火の見) runs your operations document: it watches, rings the bell, and keeps the "
      "record."};
  app.name("hinomi");
  app.require_subcommand(1);
  app.set_version_flag("--version", "hinomi " HN_RELEASE);
  app.footer(
      "Finds the server by HINOMI_URL and HINOMI_TOKEN, or by the data directory (--data).\n"
      "Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 could not.");

  Apps made;
  std::vector<std::unique_ptr<Invocation>> invocations;
  std::vector<std::pair<CLI::App*, size_t>> leaves;
  std::map<std::string, std::string> outputs;
  for (size_t i = 0; i < verbs.size(); ++i) {
    const Verb& verb = verbs[i];
    CLI::App* leaf = Descend(app, verb.path, made);
    leaf->description(verb.summary);
    leaf->footer("Example:\n  " + verb.example);
    auto invocation = std::make_unique<Invocation>();
    for (const Argument& argument : verb.arguments) AddArgument(*leaf, argument, *invocation);
    std::string& output = outputs[verb.path];
    output = "table";
    leaf->add_option("--output", output, "table, or json for programs")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    invocations.push_back(std::move(invocation));
    leaves.emplace_back(leaf, i);
  }
  // A group alone ("hinomi incident") shows what it has.
  for (CLI::App* group : app.get_subcommands({}))
    if (!group->get_subcommands({}).empty() && group->get_description().empty()) {
      group->description(group->get_name() + " commands");
      group->require_subcommand(1);
    }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 would only say that a subcommand is required.
    if (error.get_exit_code() != 0 && ExplainUnknownVerb(verbs, argc, argv))
      return hinomi::cli::kWrongUse;
    return app.exit(error) == 0 ? hinomi::cli::kDone : hinomi::cli::kWrongUse;
  }
  for (const auto& [leaf, index] : leaves) {
    if (!leaf->parsed() || !leaf->get_subcommands().empty()) continue;
    invocations[index]->json = outputs[verbs[index].path] == "json";
    return verbs[index].run(*invocations[index]);
  }
  return hinomi::cli::kWrongUse;
}
