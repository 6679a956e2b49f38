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

// A mistyped verb gets the nearest one, as git does it.
void SuggestVerb(const std::vector<Verb>& verbs, int argc, char** argv) {
  std::string typed;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    if (i > 1) typed += ' ';
    typed += argv[i];
    const bool known = std::any_of(verbs.begin(), verbs.end(), [&](const Verb& verb) {
      return verb.path == typed || verb.path.starts_with(typed + " ");
    });
    if (known) continue;
    std::vector<std::string> names;
    for (const Verb& verb : verbs) names.push_back(verb.path);
    if (const auto nearest = hinomi::NearestName(typed, names))
      std::fprintf(stderr, "Did you mean 'hinomi %s'?\n", nearest->c_str());
    return;
  }
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
    const int code = app.exit(error);
    if (code == 0) return hinomi::cli::kDone;
    SuggestVerb(verbs, argc, argv);
    return hinomi::cli::kWrongUse;
  }
  for (const auto& [leaf, index] : leaves) {
    if (!leaf->parsed() || !leaf->get_subcommands().empty()) continue;
    invocations[index]->json = outputs[verbs[index].path] == "json";
    return verbs[index].run(*invocations[index]);
  }
  return hinomi::cli::kWrongUse;
}
