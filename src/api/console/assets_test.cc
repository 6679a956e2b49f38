#include "api/console/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hinomi::api {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(ConsoleAssetsTest, ThePageNamesOnlyFilesThatAreEmbedded) {
  const Asset* page = FindAsset("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  int named = 0;
  for (std::string_view attribute : {"src=\"", "href=\""}) {
    for (size_t at = page->plain.find(attribute); at != std::string_view::npos;
         at = page->plain.find(attribute, at + 1)) {
      const size_t from = at + attribute.size();
      const std::string_view path = page->plain.substr(from, page->plain.find('"', from) - from);
      EXPECT_NE(FindAsset(path), nullptr) << path;
      ++named;
    }
  }
  EXPECT_GE(named, 3);  // Script, style, icon.
}

TEST(ConsoleAssetsTest, ThePageHasNothingInline) {
  const std::string page(FindAsset("/")->plain);
  EXPECT_THAT(page, Not(HasSubstr("<style")));
  EXPECT_THAT(page, Not(HasSubstr("style=")));
  EXPECT_THAT(page, Not(HasSubstr("onload=")));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("://")));  // No other host.
}

TEST(ConsoleAssetsTest, ThePolicyForbidsInlineAndForeignCode) {
  const std::string policy(ConsoleContentSecurityPolicy());
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr("*")));
}

TEST(ConsoleAssetsTest, UnknownPathsAreNotFound) {
  EXPECT_EQ(FindAsset(""), nullptr);
  EXPECT_EQ(FindAsset("/index.htm"), nullptr);
  EXPECT_EQ(FindAsset("/../etc/passwd"), nullptr);
}

TEST(ConsoleAssetsTest, OnlyHashedNamesAreCachedForGood) {
  for (const Asset& asset : Assets()) {
    const AssetAnswer answer = AnswerAsset(asset, "", "");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, asset.plain);
    EXPECT_FALSE(asset.plain.empty()) << asset.path;
    EXPECT_THAT(answer.headers,
                Contains(Pair("Cache-Control", asset.path.starts_with("/assets/")
                                                   ? "public, max-age=31536000, immutable"
                                                   : "no-cache")));
    EXPECT_THAT(answer.headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
  }
}

TEST(ConsoleAssetsTest, SendsTheVariantThatTheBrowserCanRead) {
  const Asset asset{.path = "/a.js",
                    .content_type = "text/javascript",
                    .etag = "\"1\"",
                    .immutable = true,
                    .plain = "plain",
                    .gzip = "gzip",
                    .brotli = "brotli"};
  const struct {
    std::string_view accept_encoding, body, coding;
  } cases[] = {
      {"gzip, deflate, br, zstd", "brotli", "br"},
      {"gzip, deflate", "gzip", "gzip"},
      {"GZIP;q=0.5", "gzip", "gzip"},
      {"br;q=0, gzip;q=0", "plain", ""},
      {"brotli, xgzip", "plain", ""},
      {"", "plain", ""},
  };
  for (const auto& c : cases) {
    const AssetAnswer answer = AnswerAsset(asset, c.accept_encoding, "");
    EXPECT_EQ(answer.body, c.body) << c.accept_encoding;
    EXPECT_THAT(answer.headers, Contains(Pair("Vary", "Accept-Encoding")));
    if (c.coding.empty()) {
      EXPECT_THAT(answer.headers, Not(Contains(Pair("Content-Encoding", ::testing::_))));
    } else {
      EXPECT_THAT(answer.headers, Contains(Pair("Content-Encoding", std::string(c.coding))));
    }
  }
}

TEST(ConsoleAssetsTest, AMatchingTagSavesTheBody) {
  const Asset asset{.path = "/a.svg",
                    .content_type = "image/svg+xml",
                    .etag = "\"1\"",
                    .immutable = false,
                    .plain = "plain",
                    .gzip = "",
                    .brotli = ""};
  EXPECT_EQ(AnswerAsset(asset, "", "\"0\", W/\"1\"").status, 304);
  EXPECT_EQ(AnswerAsset(asset, "", "\"1\"").body, "");
  EXPECT_EQ(AnswerAsset(asset, "", "\"2\"").status, 200);
  EXPECT_EQ(AnswerAsset(asset, "br", "").body, "plain");
}

}  // namespace
}  // namespace hinomi::api
