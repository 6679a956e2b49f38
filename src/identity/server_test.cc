// Identity behind the real server.
#include <gtest/gtest.h>

#include "http/testing.h"
#include "identity/credentials.h"
#include "identity/identity.h"
#include "identity/testing.h"
#include "os/system_clock.h"

namespace hinomi::identity {
namespace {

using std::string;

class SignedServerTest : public testing::TestWithParam<bool> {
 protected:
  SignedServerTest() {
    identity_ = *Identity::Open(table_, clock_, telemetry_, {.no_auth = GetParam()});
    EXPECT_TRUE(identity_->PutUser({"ann", {Role::kOnCall}, false}));
    token_ = identity_->CreateToken("ann", "test", {}, Instant::Max())->text;
    cookie_ = identity_->SignIn(token_, "p")->cookie;
    http::ServerConfig config;
    config.listen = {"127.0.0.1:0"};
    server_ = http::MakeServer(config, identity_->AsAuthorizer(), clock_, telemetry_, log_);
    // A reading and a changing route for every right of the table.
    for (const RightRow& row : RightTable()) {
      const string path = "/api/hinomi/v1/" + string(row.right);
      for (const char* method : {"GET", "POST"}) {
        http::Route route = http::Fixed(method, path, string(row.right));
        route.handler = [](const http::Request& request) {
          http::Response response;
          response.body = request.user;
          return response;
        };
        server_->Add(std::move(route));
      }
    }
    server_->Add(http::Fixed("POST", "/", "metrics:read"));
    EXPECT_TRUE(server_->Start());
    const string address = server_->addresses().at(0);
    port_ = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  ~SignedServerTest() override { server_->Stop(); }

  string Ask(const string& method, const string& path, const string& headers) const {
    http::RawConnection connection(port_);
    connection.Send(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" +
                    "Content-Type: application/json\r\nContent-Length: 2\r\n" + headers + "\r\n{}");
    return connection.ReadToEnd();
  }

  MemoryTable table_;
  SystemClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<http::Server> server_;
  string token_, cookie_;
  uint16_t port_ = 0;
};

TEST_P(SignedServerTest, AnswersNoForeignPageWhateverItCarries) {
  for (const string& credentials : {string(), "Authorization: Bearer " + token_ + "\r\n",
                                    "Cookie: hinomi_session=" + cookie_ + "\r\n"}) {
    EXPECT_EQ(http::RoutesOpenToForeignPages(port_, server_->routes(), credentials),
              std::vector<string>());
  }
}

TEST_P(SignedServerTest, AnswersByTheTable) {
  const bool no_auth = GetParam();
  const string bearer = "Authorization: Bearer " + token_ + "\r\n";
  const string cookie = "Cookie: hinomi_session=" + cookie_ + "\r\n";
  for (const http::Route& route : server_->routes()) {
    if (route.pattern == "/") continue;
    const bool allowed = no_auth || RoleHas(Role::kOnCall, route.right);
    for (const string& shown : {bearer, cookie}) {
      const string answer = Ask(route.method, route.pattern, shown);
      EXPECT_EQ(http::StatusOf(answer), allowed ? 200 : 403) << route.method << route.pattern;
      if (allowed) {
        EXPECT_EQ(http::BodyOf(answer), no_auth ? "local" : "ann");
      }
    }
    EXPECT_EQ(http::StatusOf(Ask(route.method, route.pattern, "")), no_auth ? 200 : 401);
    const string wrong = "Authorization: Bearer " + MakeTokenText(string(26, 'x')).text + "\r\n";
    const int status = http::StatusOf(Ask(route.method, route.pattern, wrong));
    if (no_auth) {
      EXPECT_EQ(status, 200);
    } else {
      EXPECT_TRUE(status == 401 || status == 429) << status;
    }
  }
  // Other programs' protocols never take the cookie.
  EXPECT_EQ(http::StatusOf(Ask("POST", "/", cookie)), no_auth ? 200 : 401);
  EXPECT_EQ(http::StatusOf(Ask("POST", "/", bearer)), 200);
}

TEST_P(SignedServerTest, HasNoRouteWithoutAProperRight) {
  EXPECT_EQ(CheckRoutes(server_->routes(), {}), std::vector<string>());
}

INSTANTIATE_TEST_SUITE_P(Modes, SignedServerTest, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "NoAuth" : "SignIn"; });

}  // namespace
}  // namespace hinomi::identity
