#include "cli/man.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

constexpr std::string_view kDescription =
    ".SH DESCRIPTION\n"
    "Hinomi runs an operations document: it watches, rings the bell, and keeps one\n"
    "journal in which everything that happened stands.\n"
    "One folder of YAML says what is watched, when it is an alarm, and who is told.\n"
    ".PP\n"
    "Every command has\n"
    ".B \\-\\-help\n"
    "with an example.\n";

constexpr std::string_view kEnvironment =
    ".SH ENVIRONMENT\n"
    "A command finds its server by these, or else by the data directory\n"
    "(\\fB\\-\\-data\\fR).\n"
    "Where none is named it looks into\n"
    ".IR ./data ,\n"
    "and then into the directory of the installed service.\n"
    ".TP\n"
    ".B HINOMI_URL\n"
    "address of the server, e.g. http://127.0.0.1:9140\n"
    ".TP\n"
    ".B HINOMI_TOKEN\n"
    "who asks; made by\n"
    ".BR \"hinomi token create\" .\n";

constexpr std::string_view kFiles =
    ".SH FILES\n"
    "As the package has it:\n"
    ".TP\n"
    ".I /etc/hinomi/\n"
    "the ops folder\n"
    ".TP\n"
    ".I /etc/default/hinomi\n"
    "environment of the service: credentials of channels\n"
    ".TP\n"
    ".I /var/lib/hinomi/\n"
    "everything that is kept: journal, metrics, outbox, output of services\n"
    ".TP\n"
    ".I /var/lib/hinomi/admin\\-token\n"
    "the administrator's token\n";

constexpr std::string_view kExitStatus =
    ".SH EXIT STATUS\n"
    ".TP\n"
    ".B 0\n"
    "done\n"
    ".TP\n"
    ".B 1\n"
    "the answer is no: unhealthy, mistakes found, refused\n"
    ".TP\n"
    ".B 2\n"
    "wrong use\n"
    ".TP\n"
    ".B 3\n"
    "could not: the server is down, a driver failed\n";

std::string Header(const std::string& name, const std::string& release, const std::string& date) {
  return ".TH " + TroffText(ToUpperAscii(name)) + " 1 \"" + date + "\" \"hinomi " +
         TroffText(release) + "\" \"Hinomi\"\n";
}

std::string Name(const std::string& name, const std::string& summary) {
  return ".SH NAME\n" + TroffText(name) + " \\- " + TroffText(summary) + "\n";
}

/// "--state STATE" or "ID", as one types it: bold what is literal.
std::string Term(const Argument& argument) {
  switch (argument.kind) {
    case Kind::kPositional:
      return "\\fI" + TroffText(argument.name) + "\\fR" + (argument.repeated ? "..." : "");
    case Kind::kFlag:
      return "\\fB" + TroffText("--" + argument.name) + "\\fR";
    case Kind::kOption:
      return "\\fB" + TroffText("--" + argument.name) + "\\fR \\fI" +
             TroffText(ToUpperAscii(argument.name)) + "\\fR";
  }
  return "";
}

std::string Synopsis(const Verb& verb) {
  std::string line = "\\fBhinomi " + TroffText(verb.path) + "\\fR";
  bool has_options = false;
  for (const Argument& argument : verb.arguments) {
    if (argument.required) {
      line += " " + Term(argument);
    } else if (argument.kind == Kind::kPositional) {
      line += " [" + Term(argument) + "]";
    } else {
      has_options = true;
    }
  }
  return line + (has_options ? " [\\fIoptions\\fR]" : "");
}

std::string Describe(const Argument& argument) {
  std::string text = argument.help;
  if (!argument.choices.empty()) text += "; one of " + Join(argument.choices, ", ");
  if (!argument.fallback.empty()) text += " (default: " + argument.fallback + ")";
  return ".TP\n" + Term(argument) + "\n" + TroffText(text) + "\n";
}

std::string Describe(const Verb& verb) {
  std::string text = ".SS " + Synopsis(verb) + "\n" + TroffText(verb.summary) + ".\n";
  for (const Argument& argument : verb.arguments) text += Describe(argument);
  text += Describe(OutputArgument());
  return text + ".PP\nExample:\n.PP\n.RS 4\n.EX\n" + TroffText(verb.example) + "\n.EE\n.RE\n";
}

/// "hinomi-journal(1), hinomi-service(1)", without `self`.
std::string SeeAlso(const std::vector<std::string>& pages, const std::string& self) {
  std::string text = ".SH SEE ALSO\n";
  std::vector<std::string> others;
  for (const std::string& page : pages)
    if (page != self) others.push_back(page);
  for (size_t i = 0; i < others.size(); ++i)
    text += ".BR " + TroffText(others[i]) + " (1)" + (i + 1 < others.size() ? " ,\n" : "\n");
  return text;
}

std::string PageName(const std::string& path) {
  std::string name = "hinomi-" + path;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::vector<const Verb*> VerbsOf(const std::vector<Verb>& verbs, const std::string& first_word) {
  std::vector<const Verb*> found;
  for (const Verb& verb : verbs)
    if (verb.path == first_word || verb.path.starts_with(first_word + " ")) found.push_back(&verb);
  return found;
}

std::string SummaryOfCommand(const std::vector<Verb>& verbs, const std::string& first_word) {
  const auto found = VerbsOf(verbs, first_word);
  return found.front()->path == first_word ? found.front()->summary : GroupSummary(first_word);
}

std::string Overview(const std::vector<Verb>& verbs, const std::vector<std::string>& first_words) {
  std::string text =
      ".SH SYNOPSIS\n\\fBhinomi\\fR \\fIcommand\\fR [\\fIarguments\\fR]\n.br\n"
      "\\fBhinomi \\-\\-version\\fR\n";
  text += kDescription;
  text += ".SH COMMANDS\n";
  for (const std::string& word : first_words)
    text += ".TP\n.BR " + TroffText(PageName(word)) + " (1)\n" +
            TroffText(SummaryOfCommand(verbs, word)) + "\n";
  text += kEnvironment;
  text += kFiles;
  text += kExitStatus;
  return text;
}

std::string CommandsPage(const std::vector<const Verb*>& verbs) {
  std::string text = ".SH SYNOPSIS\n";
  for (size_t i = 0; i < verbs.size(); ++i)
    text += (i > 0 ? ".br\n" : "") + Synopsis(*verbs[i]) + "\n";
  text += ".SH DESCRIPTION\n";
  for (const Verb* verb : verbs) text += Describe(*verb);
  text += kExitStatus;
  return text;
}

}  // namespace

std::string TroffText(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    constexpr std::pair<char, std::string_view> kSpecial[] = {
        {'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
        {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"}};
    const auto* special = std::find_if(std::begin(kSpecial), std::end(kSpecial),
                                       [&](const auto& s) { return s.first == text[0]; });
    if (c.value >= 0x80) {
      char escaped[16];
      std::snprintf(escaped, sizeof escaped, "\\[u%04X]", static_cast<unsigned>(c.value));
      out += escaped;
    } else if (special != std::end(kSpecial)) {
      out += special->second;
    } else {
      out += text[0];
    }
    text.remove_prefix(std::max<size_t>(c.length, 1));
  }
  return out;
}

std::vector<ManPage> ManPages(const std::vector<Verb>& verbs, const std::string& release,
                              const std::string& date) {
  const std::vector<std::string> first_words = NextWords(verbs, "");
  std::vector<std::string> names{"hinomi"};
  for (const std::string& word : first_words) names.push_back(PageName(word));

  std::vector<ManPage> pages;
  const auto add = [&](const std::string& name, const std::string& summary, std::string body) {
    pages.push_back({name, Header(name, release, date) + Name(name, summary) + std::move(body) +
                               SeeAlso(names, name)});
  };
  add("hinomi", "runs your operations document", Overview(verbs, first_words));
  for (const std::string& word : first_words) {
    const auto found = VerbsOf(verbs, word);
    add(PageName(word), SummaryOfCommand(verbs, word), CommandsPage(found));
    for (const Verb* verb : found)
      if (verb->path != word)
        pages.push_back({PageName(verb->path), ".so man1/" + PageName(word) + ".1\n"});
  }
  return pages;
}

}  // namespace hinomi::cli
