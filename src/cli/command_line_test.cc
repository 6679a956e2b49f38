#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/strings.h"

namespace hinomi::cli {
namespace {

struct Ran {
  int code = 0;
  std::string out, error;
};

Ran Call(const std::vector<Verb>& verbs, const std::string& line) {
  std::vector<std::string> words{"hinomi"};
  if (!line.empty())
    for (const std::string_view word : Split(line, ' ')) words.emplace_back(word);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = RunCommandLine(verbs, "0.1.0", static_cast<int>(argv.size()), argv.data());
  ran.out = testing::internal::GetCapturedStdout();
  ran.error = testing::internal::GetCapturedStderr();
  return ran;
}

// The real verbs, which only note that they were called.
class CommandLineTest : public ::testing::Test {
 protected:
  CommandLineTest() {
    for (Verb& verb : verbs_)
      verb.run = [this, path = verb.path](const Invocation& call) {
        called_ = path;
        call_ = call;
        return static_cast<int>(kDone);
      };
  }
  std::vector<Verb> verbs_ = AllVerbs();
  std::string called_;
  Invocation call_;
};

TEST_F(CommandLineTest, TheHelpFitsOnAScreenAndDescribesEachGroup) {
  const Ran help = Call(verbs_, "--help");
  EXPECT_EQ(help.code, kDone);
  EXPECT_LE(std::count(help.out.begin(), help.out.end(), '\n'), 30);
  EXPECT_EQ(help.out.find(" commands\n"), std::string::npos) << "a group without a description";
  std::set<std::string> groups;
  for (const Verb& verb : verbs_) groups.insert(verb.path.substr(0, verb.path.find(' ')));
  for (const std::string& group : groups)
    EXPECT_NE(help.out.find("\n  " + group + " "), std::string::npos) << group;
}

TEST_F(CommandLineTest, EveryVerbHelpsWithAnExampleThatIsUnderstood) {
  for (const Verb& verb : verbs_) {
    const Ran help = Call(verbs_, verb.path + " --help");
    EXPECT_EQ(help.code, kDone) << verb.path;
    EXPECT_NE(help.out.find(verb.example), std::string::npos) << verb.path;
    EXPECT_NE(help.out.find("--output"), std::string::npos) << verb.path;
    EXPECT_TRUE(verb.example.starts_with("hinomi " + verb.path)) << verb.example;
    // Quoted words hold no blanks here; what the shell does with > is its own.
    std::string line = verb.example.substr(7, verb.example.find(" >") - 7);
    for (size_t quote = line.find('\''); quote != std::string::npos; quote = line.find('\'')) {
      const size_t end = line.find('\'', quote + 1);
      std::string inside = line.substr(quote + 1, end - quote - 1);
      std::replace(inside.begin(), inside.end(), ' ', '_');
      line.replace(quote, end - quote + 1, inside);
    }
    called_.clear();
    EXPECT_EQ(Call(verbs_, line).code, kDone) << verb.example;
    EXPECT_EQ(called_, verb.path);
  }
}

TEST_F(CommandLineTest, AGroupAloneShowsItsVerbs) {
  const Ran ran = Call(verbs_, "incident");
  EXPECT_EQ(ran.code, kWrongUse);
  EXPECT_EQ(ran.out, "");
  for (const char* verb : {"acknowledge", "resolve", "note", "open"})
    EXPECT_NE(ran.error.find(verb), std::string::npos) << verb;
  EXPECT_EQ(Call(verbs_, "").code, kWrongUse);
}

TEST_F(CommandLineTest, WrongUseSaysWhatWasMeant) {
  const struct {
    const char* line;
    const char* says;
  } cases[] = {
      {"incdent list", "did you mean 'hinomi incident list'?"},
      {"incident acknowlege INC-1", "did you mean 'hinomi incident acknowledge'?"},
      {"journal erse sato", "did you mean 'hinomi journal erase'?"},
      {"token lnk", "did you mean 'hinomi token link'?"},
      {"qwertz", "'hinomi --help' lists what there is"},
      {"incident acknowledge", "ID"},
      {"incident list --state never", "never"},
      {"status --output xml", "xml"},
  };
  for (const auto& c : cases) {
    const Ran ran = Call(verbs_, c.line);
    EXPECT_EQ(ran.code, kWrongUse) << c.line;
    EXPECT_NE(ran.error.find(c.says), std::string::npos) << c.line << ": " << ran.error;
  }
  EXPECT_EQ(called_, "");
}

TEST_F(CommandLineTest, AnArgumentThatRepeatsIsAList) {
  EXPECT_EQ(Call(verbs_, "alarm test a.yml b.yml --run x c.yml").code, kDone);
  EXPECT_EQ(call_.lists.at("FILE"), (std::vector<std::string>{"a.yml", "b.yml", "c.yml"}));
  EXPECT_EQ(call_["run"], "x");
  EXPECT_EQ(Call(verbs_, "alarm test").code, kWrongUse) << "one is required";
}

TEST_F(CommandLineTest, ValuesAndDefaultsArriveAtTheVerb) {
  EXPECT_EQ(Call(verbs_, "incident open broken --severity critical --output json").code, kDone);
  EXPECT_EQ(call_["TITLE"], "broken");
  EXPECT_EQ(call_["severity"], "critical");
  EXPECT_EQ(call_["service"], "");
  EXPECT_EQ(call_["data"], "data");
  EXPECT_TRUE(call_.json);
  EXPECT_EQ(Call(verbs_, "serve --no-auth").code, kDone);
  EXPECT_TRUE(call_.flag("no-auth"));
  EXPECT_FALSE(call_.flag("act-at-once"));
  EXPECT_FALSE(call_.json);
  EXPECT_EQ(Call(verbs_, "--version").out, "hinomi 0.1.0\n");
}

}  // namespace
}  // namespace hinomi::cli
