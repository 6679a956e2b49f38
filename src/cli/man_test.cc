#include "cli/man.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"

namespace hinomi::cli {
namespace {

const ManPage& PageOf(const std::vector<ManPage>& pages, const std::string& name) {
  for (const ManPage& page : pages)
    if (page.name == name) return page;
  static const ManPage kNone;
  ADD_FAILURE() << "no page " << name;
  return kNone;
}

TEST(ManTest, TextIsShownUnchangedWhereverItStands) {
  EXPECT_EQ(TroffText("--data DIR"), "\\-\\-data DIR");
  EXPECT_EQ(TroffText(".TH"), "\\&.TH");
  EXPECT_EQ(TroffText("'rate(x)'"), "\\&\\(aqrate(x)\\(aq");
  EXPECT_EQ(TroffText("a\\b\"c`d^e~f"), "a\\eb\\(dqc\\(gad\\(hae\\(tif");
  EXPECT_EQ(TroffText("火→é"), "\\[u706B]\\[u2192]\\[u00E9]");
  EXPECT_EQ(TroffText("🔥"), "\\[u1F525]");
}

TEST(ManTest, EveryVerbWithAllOfItsArgumentsStandsOnThePageOfItsFirstWord) {
  const auto verbs = AllVerbs();
  const auto pages = ManPages(verbs, "0.1.0", "2026-11-30");
  const std::string& overview = PageOf(pages, "hinomi").text;
  for (const Verb& verb : verbs) {
    const std::string word = verb.path.substr(0, verb.path.find(' '));
    const std::string& page = PageOf(pages, "hinomi-" + word).text;
    EXPECT_NE(overview.find("hinomi\\-" + TroffText(word) + " (1)"), std::string::npos) << word;
    EXPECT_NE(page.find("\n" + TroffText(verb.summary) + ".\n"), std::string::npos) << verb.path;
    EXPECT_NE(page.find("\n" + TroffText(verb.example) + "\n"), std::string::npos) << verb.path;
    for (const Argument& argument : verb.arguments)
      EXPECT_NE(page.find(TroffText(argument.help)), std::string::npos)
          << verb.path << " " << argument.name;
    std::string name = "hinomi-" + verb.path;
    std::replace(name.begin(), name.end(), ' ', '-');
    if (verb.path == word) continue;
    EXPECT_EQ(PageOf(pages, name).text, ".so man1/hinomi-" + word + ".1\n");
  }
}

TEST(ManTest, ChoicesDefaultsAndWhatIsRequiredAreSaid) {
  const std::vector<Verb> verbs{
      {"fire put-out",
       "Puts it out",
       "hinomi fire put-out here",
       {{Argument::Kind::kPositional, "PLACE", "where", true, ""},
        {Argument::Kind::kPositional, "TOOL", "with what", false, "hand"},
        {Argument::Kind::kOption, "with", "what", false, "water", {"water", "sand"}},
        {Argument::Kind::kFlag, "dry-run", "only say it", false, ""},
        {Argument::Kind::kPositional,
         "WITNESS",
         "who saw it",
         true,
         "",
         {},
         Names::kNothing,
         true}},
       nullptr}};
  const std::string page = PageOf(ManPages(verbs, "1", "2026-01-02"), "hinomi-fire").text;
  EXPECT_TRUE(page.starts_with(".TH HINOMI\\-FIRE 1 \"2026-01-02\" \"hinomi 1\" \"Hinomi\"\n"));
  EXPECT_NE(page.find("\\fBhinomi fire put\\-out\\fR \\fIPLACE\\fR [\\fITOOL\\fR] "
                      "\\fIWITNESS\\fR... [\\fIoptions\\fR]"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("what; one of water, sand (default: water)"), std::string::npos);
  EXPECT_NE(page.find(".TP\n\\fB\\-\\-dry\\-run\\fR\nonly say it\n"), std::string::npos);
  EXPECT_NE(page.find("\\fB\\-\\-output\\fR"), std::string::npos);
}

}  // namespace
}  // namespace hinomi::cli
