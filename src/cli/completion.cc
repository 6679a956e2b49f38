#include "cli/completion.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "cli/printable.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;
using Values = std::map<std::string, std::string>;

/// The verb that a command line has come to, and what follows it.
struct Line {
  std::string path;            ///< "incident" or "incident acknowledge"
  const Verb* verb = nullptr;  ///< Null while `path` is a group.
  std::vector<std::string> rest;
};

Line ReadLine(const std::vector<Verb>& verbs, const std::vector<std::string>& words) {
  Line line;
  for (const std::string& word : words) {
    const auto next = NextWords(verbs, line.path);
    if (!line.rest.empty() || std::find(next.begin(), next.end(), word) == next.end()) {
      line.rest.push_back(word);
    } else {
      line.path += (line.path.empty() ? "" : " ") + word;
    }
  }
  for (const Verb& verb : verbs)
    if (verb.path == line.path) line.verb = &verb;
  return line;
}

std::string SummaryOf(const std::vector<Verb>& verbs, const std::string& path) {
  for (const Verb& verb : verbs)
    if (verb.path == path) return verb.summary;
  return GroupSummary(path);
}

std::vector<Argument> AllArguments(const Verb& verb) {
  std::vector<Argument> arguments = verb.arguments;
  arguments.push_back(OutputArgument());
  return arguments;
}

/// Where the cursor stands among a verb's arguments.
struct Place {
  Values values;                      ///< What stands before it.
  const Argument* awaited = nullptr;  ///< The option whose value is typed.
  const Argument* positional = nullptr;
  bool only_positional = false;  ///< After "--".
};

Place FindPlace(const std::vector<Argument>& arguments, const std::vector<std::string>& before) {
  Place place;
  std::vector<const Argument*> positional;
  for (const Argument& argument : arguments) {
    if (argument.kind == Kind::kPositional) positional.push_back(&argument);
    if (!argument.fallback.empty()) place.values[argument.name] = argument.fallback;
  }
  size_t count = 0;
  for (const std::string& word : before) {
    if (place.awaited != nullptr) {
      place.values[std::exchange(place.awaited, nullptr)->name] = word;
    } else if (place.only_positional || !word.starts_with('-')) {
      if (count < positional.size()) place.values[positional[count]->name] = word;
      ++count;
    } else if (word == "--") {
      place.only_positional = true;
    } else {
      const size_t equals = word.find('=');
      for (const Argument& argument : arguments) {
        if (argument.kind == Kind::kPositional) continue;
        if (word.substr(0, equals) != "--" + argument.name) continue;
        if (equals != std::string::npos) {
          place.values[argument.name] = word.substr(equals + 1);
        } else if (argument.kind == Kind::kOption) {
          place.awaited = &argument;
        } else {
          place.values[argument.name] = std::string("1");  // g++ 12 misreads "1" here at -O2.
        }
      }
    }
  }
  if (count < positional.size()) {
    place.positional = positional[count];
  } else if (!positional.empty() && positional.back()->repeated) {
    place.positional = positional.back();
  }
  return place;
}

Completion ValuesOf(const Argument& argument, std::string begun, const Values& values,
                    const NameSource& source) {
  Completion completion;
  for (const std::string& choice : argument.choices) completion.candidates.push_back({choice, ""});
  if (argument.names == Names::kFile) completion.paths = Completion::Paths::kFiles;
  if (argument.names == Names::kDirectory) completion.paths = Completion::Paths::kDirectories;
  if (argument.choices.empty() && argument.names > Names::kDirectory)
    completion.candidates = source({argument.names, std::move(begun), values});
  return completion;
}

/// An option with its value in one word, "--state=op".
Completion AfterEquals(const std::vector<Argument>& arguments, const std::string& word,
                       const Values& values, const NameSource& source) {
  const size_t equals = word.find('=');
  const std::string option = word.substr(0, equals);
  for (const Argument& argument : arguments) {
    if (argument.kind != Kind::kOption || option != "--" + argument.name) continue;
    Completion completion = ValuesOf(argument, word.substr(equals + 1), values, source);
    // What the shells complete as a path has no option before it.
    completion.paths = Completion::Paths::kNone;
    for (Candidate& candidate : completion.candidates)
      candidate.word = option + "=" + candidate.word;
    return completion;
  }
  return {};
}

Completion OptionNames(const std::vector<Argument>& arguments, const Values& given) {
  Completion completion;
  for (const Argument& argument : arguments) {
    if (argument.kind == Kind::kPositional) continue;
    const auto is_given = given.find(argument.name);
    if (is_given != given.end() && is_given->second != argument.fallback) continue;
    completion.candidates.push_back({"--" + argument.name, argument.help});
  }
  completion.candidates.push_back({"--help", "what this command does, with an example"});
  return completion;
}

Completion InVerb(const Verb& verb, const std::vector<std::string>& before, const std::string& word,
                  const NameSource& source) {
  const std::vector<Argument> arguments = AllArguments(verb);
  const Place place = FindPlace(arguments, before);
  if (place.awaited != nullptr) return ValuesOf(*place.awaited, word, place.values, source);
  if (word.starts_with('-') && !place.only_positional)
    return word.find('=') == std::string::npos ? OptionNames(arguments, place.values)
                                               : AfterEquals(arguments, word, place.values, source);
  return place.positional == nullptr ? Completion{}
                                     : ValuesOf(*place.positional, word, place.values, source);
}

Completion InGroup(const std::vector<Verb>& verbs, const Line& line, const std::string& word) {
  Completion completion;
  if (!line.rest.empty()) return completion;
  if (word.starts_with('-')) {
    completion.candidates.push_back({"--help", "what there is"});
    if (line.path.empty()) completion.candidates.push_back({"--version", "which release this is"});
    return completion;
  }
  for (const std::string& next : NextWords(verbs, line.path)) {
    const std::string path = line.path.empty() ? next : line.path + " " + next;
    completion.candidates.push_back({next, SummaryOf(verbs, path)});
  }
  return completion;
}

}  // namespace

Completion Complete(const std::vector<Verb>& verbs, const std::vector<std::string>& words,
                    const NameSource& source) {
  if (words.empty()) return {};
  const std::string& word = words.back();
  const Line line = ReadLine(verbs, {words.begin(), words.end() - 1});
  Completion completion = line.verb != nullptr ? InVerb(*line.verb, line.rest, word, source)
                                               : InGroup(verbs, line, word);
  std::erase_if(completion.candidates, [&](const Candidate& candidate) {
    return !candidate.word.starts_with(word) || Printable(candidate.word) != candidate.word;
  });
  return completion;
}

int PrintCompletion(const std::vector<Verb>& verbs, int argc, const char* const* argv) {
  const Completion completion = Complete(verbs, {argv, argv + argc}, AskServer);
  constexpr const char* kPaths[] = {":words", ":files", ":directories"};
  std::puts(kPaths[static_cast<int>(completion.paths)]);
  for (const Candidate& candidate : completion.candidates) {
    std::printf("%s\t%s\n", candidate.word.c_str(), Printable(candidate.help).c_str());
  }
  return kDone;
}

}  // namespace hinomi::cli
