#include "cli/completion.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/strings.h"
#include "http/testing.h"
#include "os/files.h"
#include "store/testing.h"

namespace hinomi::cli {
namespace {

/// A server that knows one of each, and notes what it was asked.
class CompletionTest : public ::testing::Test {
 protected:
  Completion At(const std::string& line) {
    std::vector<std::string> words;
    for (const std::string_view word : Split(line, ' ')) words.emplace_back(word);
    asked_.clear();
    return Complete(verbs_, words, [this](const NameQuestion& question) {
      asked_.push_back(question.names);
      begun_ = question.begun;
      values_ = question.values;
      return known_;
    });
  }
  /// The words that may stand there, with a blank behind each.
  std::string Words(const std::string& line) {
    std::string words;
    for (const Candidate& candidate : At(line).candidates) words += candidate.word + " ";
    return words;
  }

  std::vector<Verb> verbs_ = AllVerbs();
  std::vector<Candidate> known_{{"INC-7", "customers cannot pay"}, {"HighErrorRate", "ALARM"}};
  std::vector<Names> asked_;
  std::string begun_;
  std::map<std::string, std::string> values_;
};

TEST_F(CompletionTest, WordsOfTheTable) {
  const struct {
    const char* line;
    const char* words;
  } cases[] = {
      {"inc", "incident "},
      {"incident a", "acknowledge "},
      {"incident res", "resolve "},
      {"incident list --state ", "open resolved all "},
      {"incident list --state=re", "--state=resolved "},
      {"incident list --st", "--state "},
      {"incident list --state all --st", ""},
      {"status --output j", "json "},
      {"completion ", "bash zsh fish "},
      {"completion bash ", ""},
      {"--v", "--version "},
      {"incident --h", "--help "},
      {"nothing ", ""},
      {"incident nothing ", ""},
      {"incident list extra --state ", "open resolved all "},
  };
  for (const auto& c : cases) EXPECT_EQ(Words(c.line), c.words) << c.line;
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(At("incident ackn").candidates,
            (std::vector<Candidate>{{"acknowledge", "Takes an incident: I have it"}}));
  EXPECT_TRUE(Complete(verbs_, {}, nullptr).candidates.empty());
}

TEST_F(CompletionTest, OfArgumentsThatRepeatThereIsAlwaysOneMore) {
  EXPECT_EQ(At("alarm test a.yml b.yml ").paths, Completion::Paths::kFiles);
  EXPECT_EQ(At("alarm test a.yml --run x b").paths, Completion::Paths::kFiles);
  EXPECT_EQ(At("check ops ").paths, Completion::Paths::kNone);
}

TEST_F(CompletionTest, EveryVerbAndOptionIsOffered) {
  for (const Verb& verb : verbs_) {
    const size_t blank = verb.path.find(' ');
    const std::string first = verb.path.substr(0, blank);
    EXPECT_NE((" " + Words("")).find(" " + first + " "), std::string::npos);
    if (blank != std::string::npos) {
      EXPECT_NE((" " + Words(first + " ")).find(" " + verb.path.substr(blank + 1) + " "),
                std::string::npos)
          << verb.path;
    }
    const std::string options = " " + Words(verb.path + " --");
    for (const Argument& argument : verb.arguments) {
      if (argument.kind == Argument::Kind::kPositional) continue;
      EXPECT_NE(options.find(" --" + argument.name + " "), std::string::npos) << verb.path;
    }
    EXPECT_NE(options.find(" --output --help "), std::string::npos) << verb.path;
  }
}

TEST_F(CompletionTest, NamesComeFromTheServerThatTheLineMeans) {
  EXPECT_EQ(Words("incident acknowledge I"), "INC-7 ");
  EXPECT_EQ(asked_, std::vector{Names::kIncident});
  EXPECT_EQ(values_["data"], "data");
  EXPECT_EQ(begun_, "I");
  Words("incident show --data there ");
  EXPECT_EQ(values_["data"], "there");
  Words("incident show --data=elsewhere ");
  EXPECT_EQ(values_["data"], "elsewhere");
  EXPECT_EQ(Words("incident show INC-7 "), "") << "there is no second";
  EXPECT_EQ(Words("explain -- High"), "HighErrorRate ");
  EXPECT_EQ(asked_, std::vector{Names::kExplainable});
  Words("incident open title --service=sh");
  EXPECT_EQ(begun_, "sh");
  EXPECT_EQ(asked_, std::vector{Names::kService});
}

TEST_F(CompletionTest, HostileNamesAreLeftOut) {
  known_ = {{"a\nb", ""}, {"a\tb", ""}, {"a\x1b[2J", ""}, {"a\u202Eb", ""}, {"a b", "fine"}};
  EXPECT_EQ(Words("alarm show a"), "a b ");
}

TEST_F(CompletionTest, PathsAreLeftToTheShell) {
  EXPECT_EQ(At("check ").paths, Completion::Paths::kDirectories);
  EXPECT_EQ(At("serve --data ").paths, Completion::Paths::kDirectories);
  EXPECT_EQ(At("journal verify --checkpoint ").paths, Completion::Paths::kFiles);
  EXPECT_EQ(At("status ").paths, Completion::Paths::kNone);
}

TEST(AskServerTest, WithoutAServerThereAreNoNames) {
  ::unsetenv("HINOMI_URL");
  const store::TempDirectory directory;
  EXPECT_TRUE(AskServer({Names::kIncident, "", {{"data", directory.path()}}}).empty());
  PosixFiles files;
  ASSERT_TRUE(files.WriteAtomically(directory.path() + "/address", "http://127.0.0.1:1\n"));
  EXPECT_TRUE(AskServer({Names::kIncident, "", {{"data", directory.path()}}}).empty());
}

TEST(AskServerTest, ExplainableIsAllThatHasAName) {
  http::ScriptedServer server([](http::RawConnection& connection) {
    const std::string head = connection.ReadUntil("\r\n\r\n");
    std::string body = "{}";
    if (head.find("/alarms?limit=1000&match=a%20b ") != std::string::npos)
      body = R"({"alarms":[{"name":"HighErrorRate","state":"OK"}]})";
    if (head.find("/incidents ") != std::string::npos)
      body = R"({"incidents":[{"id":"INC-7","title":"no payments"}]})";
    if (head.find("/services ") != std::string::npos)
      body = R"({"services":[{"name":"app","state":"running"}]})";
    connection.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  const store::TempDirectory directory;
  PosixFiles files;
  ASSERT_TRUE(files.WriteAtomically(directory.path() + "/address", server.url()));
  EXPECT_EQ(AskServer({Names::kExplainable, "a b", {{"data", directory.path()}}}),
            (std::vector<Candidate>{
                {"INC-7", "no payments"}, {"app", "running"}, {"HighErrorRate", "OK"}}));
}

}  // namespace
}  // namespace hinomi::cli
