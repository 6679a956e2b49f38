#include "identity/identity.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/strings.h"
#include "identity/credentials.h"
#include "identity/testing.h"

namespace hinomi::identity {
namespace {

using std::string;

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() { Restart(); }

  void Restart(IdentityConfig config = {}) {
    identity_ = *Identity::Open(table_, clock_, telemetry_, config);
  }

  static http::Request With(const string& header, const string& value, bool secure = false) {
    http::Request request;
    request.method = "GET";
    request.path = "/api/hinomi/v1/x";
    request.peer = "192.0.2.1";
    request.secure = secure;
    request.headers = {{header, value}};
    return request;
  }
  static http::Request Bearer(const string& token) {
    return With("Authorization", "Bearer " + token);
  }
  static http::Request Cookie(const string& cookie) {
    return With("Cookie", "hinomi_session=" + cookie);
  }

  ErrorCode CodeOf(const http::Request& request, const string& right) {
    const auto user = identity_->Authorize(request, right);
    EXPECT_FALSE(user.has_value());
    return user.error().code;
  }

  string TokenOf(const string& user, std::vector<Role> roles, std::vector<string> scopes = {},
                 Instant expires = Instant::Max()) {
    EXPECT_TRUE(identity_->PutUser({user, std::move(roles), false}));
    return identity_->CreateToken(user, "test", scopes, expires)->text;
  }

  MemoryTable table_;
  ManualClock clock_;
  Telemetry telemetry_;
  std::unique_ptr<Identity> identity_;
};

TEST_F(IdentityTest, LetsATokenDoWhatItsUserMay) {
  const string token = TokenOf("ann", {Role::kOnCall});
  EXPECT_EQ(*identity_->Authorize(Bearer(token), "incidents:act"), "ann");
  EXPECT_EQ(*identity_->Authorize(
                With("Authorization", "Basic " + Base64Encode("whoever:" + token)), "metrics:read"),
            "ann");
  const auto denied = identity_->Authorize(Bearer(token), "deploy:run");
  ASSERT_FALSE(denied.has_value());
  EXPECT_EQ(denied.error().code, ErrorCode::kDenied);
  EXPECT_EQ(denied.error().message,
            "the user ann lacks the right deploy:run, which these roles have: devops");
}

TEST_F(IdentityTest, GivesEachRoleWhatTheTableSays) {
  for (const Role role : kAllRoles) {
    const string token = TokenOf(string(RoleName(role)), {role});
    for (const RightRow& row : RightTable()) {
      EXPECT_EQ(identity_->Authorize(Bearer(token), string(row.right)).has_value(),
                RoleHas(role, row.right))
          << RoleName(role) << " " << row.right;
    }
  }
}

TEST_F(IdentityTest, RefusesWhoIsNotSignedIn) {
  const string token = TokenOf("ann", {Role::kOnCall});
  http::Request nobody;
  nobody.method = "GET";
  EXPECT_EQ(CodeOf(nobody, "console:read"), ErrorCode::kInvalidArgument);
  string forged = MakeTokenText(string(26, 'x')).text;
  EXPECT_EQ(CodeOf(Bearer(forged), "console:read"), ErrorCode::kInvalidArgument);
  // The right id with another secret.
  const string random =
      string(reinterpret_cast<const char*>(HexDecode(token.substr(4, 12))->data()), 6);
  forged = MakeTokenText(random + string(20, 'x')).text;
  EXPECT_EQ(CodeOf(Bearer(forged), "console:read"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Cookie(string(64, 'a')), "console:read"), ErrorCode::kInvalidArgument);
  http::Request in_query = nobody;
  in_query.query = {{"token", token}};
  EXPECT_EQ(CodeOf(in_query, "console:read"), ErrorCode::kInvalidArgument);
}

TEST_F(IdentityTest, NarrowsATokenToItsScopes) {
  const string token = TokenOf("agent", {Role::kDevOps}, {"metrics:write"});
  EXPECT_TRUE(identity_->Authorize(Bearer(token), "metrics:write").has_value());
  EXPECT_EQ(CodeOf(Bearer(token), "deploy:run"), ErrorCode::kDenied);
  EXPECT_EQ(CodeOf(Bearer(token), "metrics:read"), ErrorCode::kDenied);
  // A session would widen it.
  EXPECT_EQ(identity_->SignIn(token, "p").error().code, ErrorCode::kDenied);
  EXPECT_EQ(identity_->CreateToken("agent", "x", {"metrics:rite"}, Instant::Max()).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(identity_->CreateToken("agent", "x", {"users:manage"}, Instant::Max()).error().code,
            ErrorCode::kDenied);
  EXPECT_EQ(identity_->CreateToken("nobody", "x", {}, Instant::Max()).error().code,
            ErrorCode::kNotFound);
}

TEST_F(IdentityTest, EndsTokensByTimeRevocationAndTheirUser) {
  const Instant start = clock_.Now();
  const string brief = TokenOf("ann", {Role::kOnCall}, {}, start + Duration::Hours(1));
  const string lasting = TokenOf("ann", {Role::kOnCall});
  clock_.Advance(Duration::Hours(1) - Duration::Nanos(1));
  EXPECT_TRUE(identity_->Authorize(Bearer(brief), "console:read").has_value());
  clock_.Advance(Duration::Nanos(1));
  EXPECT_EQ(CodeOf(Bearer(brief), "console:read"), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(identity_->Authorize(Bearer(lasting), "console:read").has_value());

  ASSERT_TRUE(identity_->RevokeToken(lasting.substr(4, 12)).has_value());
  EXPECT_EQ(CodeOf(Bearer(lasting), "console:read"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(identity_->RevokeToken("000000000000").error().code, ErrorCode::kNotFound);

  const string other = TokenOf("ann", {Role::kOnCall});
  ASSERT_TRUE(identity_->PutUser({"ann", {Role::kOnCall}, true}).has_value());
  EXPECT_EQ(CodeOf(Bearer(other), "console:read"), ErrorCode::kInvalidArgument);
}

TEST_F(IdentityTest, KeepsTokensOverRestartsAndOnlyTheirHashes) {
  const string token = TokenOf("ann", {Role::kOnCall});
  const string revoked = TokenOf("ann", {Role::kOnCall});
  ASSERT_TRUE(identity_->RevokeToken(revoked.substr(4, 12)).has_value());
  const string cookie = identity_->SignIn(token, "p")->cookie;
  const string link = *identity_->CreateSignInLink("ann");
  for (const string& secret : {token.substr(17), cookie, link}) {
    EXPECT_EQ(table_.Everything().find(secret), string::npos);
  }
  Restart();
  EXPECT_EQ(*identity_->Authorize(Bearer(token), "incidents:act"), "ann");
  EXPECT_EQ(*identity_->Authorize(Cookie(cookie), "incidents:act"), "ann");
  EXPECT_EQ(CodeOf(Bearer(revoked), "console:read"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(identity_->RedeemSignInLink(link, "p")->user, "ann");
}

TEST_F(IdentityTest, RemembersWhenATokenWasLastUsed) {
  const string token = TokenOf("ann", {Role::kOnCall});
  EXPECT_EQ(identity_->Tokens("ann").at(0).last_used, Instant());
  clock_.Advance(Duration::Hours(3));
  const Instant used = clock_.Now();
  ASSERT_TRUE(identity_->Authorize(Bearer(token), "console:read").has_value());
  clock_.Advance(Duration::Hours(1));
  ASSERT_TRUE(identity_->Flush().has_value());
  Restart();
  EXPECT_EQ(identity_->Tokens("ann").at(0).last_used, used);
  EXPECT_EQ(identity_->Tokens("ben").size(), 0u);
}

TEST_F(IdentityTest, EndsSessionsAfterTwelveIdleHoursOrSevenDays) {
  const string token = TokenOf("ann", {Role::kOnCall});
  const string idle = identity_->SignIn(token, "p")->cookie;
  clock_.Advance(Duration::Hours(12));
  EXPECT_EQ(CodeOf(Cookie(idle), "console:read"), ErrorCode::kInvalidArgument);
  const string busy = identity_->SignIn(token, "p")->cookie;
  for (int hours = 0; hours < 7 * 24 - 11; hours += 11) {
    EXPECT_TRUE(identity_->Authorize(Cookie(busy), "console:read").has_value()) << hours;
    clock_.Advance(Duration::Hours(11));
  }
  clock_.Advance(Duration::Hours(11));
  EXPECT_EQ(CodeOf(Cookie(busy), "console:read"), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(identity_->Flush().has_value());
  EXPECT_EQ(table_.List("sessions")->size(), 0u);
}

TEST_F(IdentityTest, SignsOutOneSessionOrAll) {
  const string token = TokenOf("ann", {Role::kOnCall});
  const string one = identity_->SignIn(token, "p")->cookie;
  const string two = identity_->SignIn(token, "p")->cookie;
  ASSERT_TRUE(identity_->SignOut(Cookie(one)).has_value());
  EXPECT_EQ(CodeOf(Cookie(one), "console:read"), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(identity_->Authorize(Cookie(two), "console:read").has_value());
  ASSERT_TRUE(identity_->SignOutEverywhere("ann").has_value());
  EXPECT_EQ(CodeOf(Cookie(two), "console:read"), ErrorCode::kInvalidArgument);
}

TEST_F(IdentityTest, SignsInByALinkOnceAndForFifteenMinutes) {
  TokenOf("ann", {Role::kOnCall});
  const string link = *identity_->CreateSignInLink("ann");
  const auto session = identity_->RedeemSignInLink(link, "p");
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(*identity_->Authorize(Cookie(session->cookie), "console:read"), "ann");
  EXPECT_EQ(identity_->RedeemSignInLink(link, "p").error().code, ErrorCode::kDenied);
  Restart();
  EXPECT_EQ(identity_->RedeemSignInLink(link, "p").error().code, ErrorCode::kDenied);
  const string late = *identity_->CreateSignInLink("ann");
  clock_.Advance(Duration::Minutes(15));
  EXPECT_EQ(identity_->RedeemSignInLink(late, "p").error().code, ErrorCode::kDenied);
  EXPECT_EQ(identity_->RedeemSignInLink("guess", "p").error().code, ErrorCode::kDenied);
}

TEST_F(IdentityTest, DoesNotSignInWhenUsingUpTheLinkCannotBeStored) {
  TokenOf("ann", {Role::kOnCall});
  const string link = *identity_->CreateSignInLink("ann");
  table_.FailFromNowOn(true);
  EXPECT_EQ(identity_->RedeemSignInLink(link, "p").error().code, ErrorCode::kUnavailable);
  table_.FailFromNowOn(false);
  EXPECT_TRUE(identity_->RedeemSignInLink(link, "p").has_value());
}

TEST_F(IdentityTest, SlowsGuessersDownAndNeverTheRightful) {
  const string token = TokenOf("ann", {Role::kAdmin});
  const string wrong = MakeTokenText(string(26, 'x')).text;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(CodeOf(Bearer(wrong), "console:read"), ErrorCode::kInvalidArgument) << i;
  }
  EXPECT_EQ(CodeOf(Bearer(wrong), "console:read"), ErrorCode::kExhausted);
  EXPECT_EQ(identity_->SignIn(wrong, "192.0.2.1").error().code, ErrorCode::kExhausted);
  EXPECT_TRUE(identity_->Authorize(Bearer(token), "console:read").has_value());
  // Another address has its own count; a minute later so has this one again.
  EXPECT_EQ(identity_->SignIn(wrong, "192.0.2.2").error().code, ErrorCode::kInvalidArgument);
  clock_.Advance(Duration::Minutes(1));
  EXPECT_EQ(CodeOf(Bearer(wrong), "console:read"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(telemetry_.Counter("hinomi_sign_in_failures_total").value(), 14);
}

TEST_F(IdentityTest, MakesEverybodyLocalWithoutSignIn) {
  Restart({.no_auth = true});
  http::Request nobody;
  for (const RightRow& row : RightTable()) {
    EXPECT_EQ(*identity_->Authorize(nobody, string(row.right)), "local");
  }
  EXPECT_EQ(CodeOf(nobody, "no:such"), ErrorCode::kDenied);
}

class FirstStartTest : public IdentityTest {
 protected:
  FirstStartTest() {
    char path[] = "/tmp/hinomi_identity_XXXXXX";
    directory_ = mkdtemp(path);
  }
  ~FirstStartTest() override { std::filesystem::remove_all(directory_); }

  string ReadToken() { return string(Trim(*files_.ReadAll(directory_ + "/admin-token"))); }

  PosixFiles files_;
  string directory_;
};

TEST_F(FirstStartTest, LeavesATokenForTheOperatorOnlyAndALink) {
  const auto first = identity_->Bootstrap(files_, directory_);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->token_path, directory_ + "/admin-token");
  struct stat info{};
  ASSERT_EQ(stat(first->token_path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  for (const char* right : {"users:manage", "deploy:run", "config:change", "incidents:act"}) {
    EXPECT_EQ(*identity_->Authorize(Bearer(ReadToken()), right), "admin") << right;
  }
  EXPECT_EQ(identity_->RedeemSignInLink(first->link_secret, "p")->user, "admin");

  const string token = ReadToken();
  Restart();
  const auto second = identity_->Bootstrap(files_, directory_);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->token_path, "");
  EXPECT_EQ(second->link_secret, "");
  EXPECT_EQ(ReadToken(), token);
}

TEST_F(FirstStartTest, IsMadeGoodByTheNextStartIfItBreaksOff) {
  table_.FailFromNowOn(true);
  ASSERT_FALSE(identity_->Bootstrap(files_, directory_).has_value());
  const string orphan = ReadToken();
  table_.FailFromNowOn(false);
  Restart();
  ASSERT_TRUE(identity_->Bootstrap(files_, directory_).has_value());
  EXPECT_NE(ReadToken(), orphan);
  EXPECT_TRUE(identity_->Authorize(Bearer(ReadToken()), "users:manage").has_value());
  EXPECT_FALSE(identity_->Authorize(Bearer(orphan), "users:manage").has_value());
}

}  // namespace
}  // namespace hinomi::identity
