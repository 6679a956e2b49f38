#include "http/impl/syntax.h"

#include <gtest/gtest.h>

#include "http/impl/router.h"
#include "http/testing.h"

namespace hinomi::http {
namespace {

TEST(SyntaxTest, DecodesPercentAndRefusesBrokenEscapes) {
  EXPECT_EQ(PercentDecode("a%20b+c", false), "a b+c");
  EXPECT_EQ(PercentDecode("a%20b+c", true), "a b c");
  EXPECT_EQ(PercentDecode("%E3%81%B2%e3%81%ae", false), "ひの");
  for (const char* broken : {"%", "%1", "%zz", "a%2", "%00", "%-1"}) {
    EXPECT_EQ(PercentDecode(broken, false), std::nullopt) << broken;
  }
}

TEST(SyntaxTest, SplitsATargetIntoDecodedSegments) {
  const auto target = ParseTarget("/a%2Fb/c%20d/?x=1&y");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/a/b/c d/");
  EXPECT_EQ(target->segments, (std::vector<std::string>{"a/b", "c d", ""}));
  EXPECT_EQ(target->query,
            (std::vector<std::pair<std::string, std::string>>{{"x", "1"}, {"y", ""}}));
  EXPECT_EQ(ParseTarget("/")->segments, (std::vector<std::string>{""}));
  EXPECT_EQ(ParseTarget("/?a=/../b")->path, "/");
  for (const char* bad : {"", "a", "*", "//", "/a//b", "/.", "/..", "/a/../b", "/%2e%2E/", "/a b",
                          "/a\tb", "/a#b", "/a%0ab", "/a\\b", "/a%5Cb", "/?%", "/?a=%zz"}) {
    EXPECT_FALSE(ParseTarget(bad).has_value()) << bad;
  }
}

TEST(SyntaxTest, ReadsHostNames) {
  EXPECT_EQ(HostName("LocalHost:80"), "localhost");
  EXPECT_EQ(HostName("[::1]:80"), "::1");
  EXPECT_EQ(HostName("a-b.c_d"), "a-b.c_d");
  EXPECT_EQ(HostName("a:"), "a");
  for (const char* bad :
       {"", ":80", "a:b", "a:1:2", "[::1", "[127.0.0.1]", "[a]", "a b", "a/b", "u@a", "a%41"}) {
    EXPECT_EQ(HostName(bad), std::nullopt) << bad;
  }
}

std::string Found(const Router& router, const char* method, const char* path) {
  const Router::Match match = router.Find(method, ParseTarget(path)->segments);
  if (match.route == nullptr) return "allow " + match.allow;
  std::string text = match.route->method + " " + match.route->pattern;
  for (const auto& [name, value] : match.path_parameters) text += " " + name + "=" + value;
  return text;
}

TEST(RouterTest, PrefersTheMoreSpecificPattern) {
  Router router;
  for (const char* pattern : {"/*", "/a/*", "/a/{x}", "/a/b", "/a/{x}/c", "/a/b/{y}"}) {
    router.Add(Fixed("GET", pattern, "console:read"));
  }
  router.Add(Fixed("POST", "/a/{x}", "console:read"));
  router.Add(Fixed("HEAD", "/a/b", "console:read"));
  EXPECT_EQ(Found(router, "GET", "/a/b"), "GET /a/b");
  EXPECT_EQ(Found(router, "GET", "/a/z"), "GET /a/{x} x=z");
  EXPECT_EQ(Found(router, "GET", "/a/b/c"), "GET /a/b/{y} y=c");
  EXPECT_EQ(Found(router, "GET", "/a/z/c"), "GET /a/{x}/c x=z");
  EXPECT_EQ(Found(router, "GET", "/a/z/d/e"), "GET /a/* *=z/d/e");
  EXPECT_EQ(Found(router, "GET", "/a/"), "GET /a/* *=");
  EXPECT_EQ(Found(router, "GET", "/"), "GET /* *=");
  EXPECT_EQ(Found(router, "POST", "/a/b"), "POST /a/{x} x=b");
  EXPECT_EQ(Found(router, "HEAD", "/a/z"), "GET /a/{x} x=z");
  EXPECT_EQ(Found(router, "HEAD", "/a/b"), "HEAD /a/b");
  EXPECT_EQ(Found(router, "PUT", "/a/b"), "allow GET, HEAD, POST");
}

TEST(RouterTest, KnowsNothingByDefault) {
  Router router;
  router.Add(Fixed("GET", "/a/{x}", "console:read"));
  for (const char* path : {"/", "/a", "/a/", "/a/b/c", "/A/b", "/{x}"}) {
    EXPECT_EQ(Found(router, "GET", path), "allow ") << path;
  }
}

TEST(RouterDeathTest, RefusesRoutesWithoutARightOrTwice) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Router router;
  router.Add(Fixed("GET", "/a/{x}", "console:read"));
  EXPECT_DEATH(router.Add(Fixed("GET", "/b", "")), "right");
  EXPECT_DEATH(router.Add(Fixed("GET", "/a/{y}", "console:read")), "shape");
  EXPECT_DEATH(router.Add(Fixed("GET", "/*/a", "console:read")), "rank");
  Route open = Fixed("GET", "/c", "console:read");
  open.open_page = true;
  EXPECT_DEATH(router.Add(open), "open_page");
}

}  // namespace
}  // namespace hinomi::http
