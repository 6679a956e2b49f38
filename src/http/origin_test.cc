#include <gtest/gtest.h>

#include "http/impl/admission.h"
#include "http/testing.h"

namespace hinomi::http {
namespace {

Request Asking(const std::string& method, std::vector<std::pair<std::string, std::string>> headers,
               const std::string& host = "hinomi.example.org:9140") {
  Request request;
  request.method = method;
  request.path = "/api/v1/query";
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", host);
  return request;
}

TEST(OriginTest, TakesItsOwnPageAndProgramsWithoutABrowser) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> own = {
      {},
      {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://hinomi.example.org:9140"}},
      {{"Sec-Fetch-Site", "none"}},
      {{"Origin", "http://HINOMI.example.org:9140"}},
      {{"Origin", "https://hinomi.example.org:9140"}},  // Behind a proxy that ends TLS.
  };
  for (const auto& headers : own) {
    EXPECT_FALSE(CheckOrigin(Asking("POST", headers), false).has_value());
  }
  EXPECT_FALSE(
      CheckOrigin(Asking("POST", {{"Origin", "https://a.example.org"}}, "a.example.org:443"), false)
          .has_value());
}

TEST(OriginTest, RefusesEveryOtherPage) {
  for (const char* origin :
       {"https://evil.example.org", "http://hinomi.example.org", "http://hinomi.example.org:9141",
        "http://hinomi.example.org:9140.evil.org", "http://x.hinomi.example.org:9140", "null", "",
        "hinomi.example.org:9140", "file://", "chrome-extension://hinomi.example.org:9140",
        "http://hinomi.example.org:9140/", "http://user@hinomi.example.org:9140"}) {
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}) {
      const auto refusal = CheckOrigin(Asking(method, {{"Origin", origin}}), false);
      ASSERT_TRUE(refusal.has_value()) << method << " " << origin;
      EXPECT_EQ(refusal->status, 403);
    }
  }
  for (const char* site : {"cross-site", "same-site", "Same-Origin", "anything", ""}) {
    EXPECT_TRUE(CheckOrigin(Asking("GET", {{"Sec-Fetch-Site", site}}), false).has_value()) << site;
  }
  // Of two headers the worse one counts.
  EXPECT_TRUE(CheckOrigin(Asking("GET", {{"Sec-Fetch-Site", "same-origin"},
                                         {"Sec-Fetch-Site", "cross-site"}}),
                          false)
                  .has_value());
}

TEST(OriginTest, TakesNoPlainOriginForATlsServer) {
  Request request = Asking("POST", {{"Origin", "http://a.example.org"}}, "a.example.org");
  EXPECT_FALSE(CheckOrigin(request, false).has_value());
  request.secure = true;
  EXPECT_TRUE(CheckOrigin(request, false).has_value());
}

TEST(OriginTest, ShowsOpenPagesToVisitorsButTakesNothingFromThem) {
  const std::vector<std::pair<std::string, std::string>> foreign = {
      {"Sec-Fetch-Site", "cross-site"}};
  EXPECT_FALSE(CheckOrigin(Asking("GET", foreign), true).has_value());
  EXPECT_TRUE(CheckOrigin(Asking("POST", foreign), true).has_value());
}

TEST(OriginTest, IsCheckedOnEveryRouteWithAndWithoutCredentials) {
  Route link = Fixed("GET", "/ack/{secret}", "public");
  link.open_page = true;
  std::vector<Route> routes = {Fixed("GET", "/", "public"),
                               Fixed("POST", "/", "metrics:write"),
                               Fixed("GET", "/assets/*", "public"),
                               Fixed("GET", "/healthz", "public"),
                               Fixed("GET", "/metrics", "metrics:read"),
                               Fixed("GET", "/readyz", "public"),
                               Fixed("GET", "/api/v1/query", "metrics:read"),
                               Fixed("POST", "/api/v1/write", "metrics:write"),
                               Fixed("DELETE", "/api/v2/silence/{id}", "alarms:silence"),
                               Fixed("PUT", "/api/hinomi/v1/x/{id}", "config:change"),
                               Fixed("POST", "/ack/{secret}", "public"),
                               link};
  for (Route& route : routes) route.handler = [](const Request&) { return Response(); };
  const ServerUnderTest server(routes);
  EXPECT_EQ(RoutesOpenToForeignPages(server.port(), routes, ""), std::vector<std::string>());
  EXPECT_EQ(RoutesOpenToForeignPages(server.port(), routes, "Authorization: Bearer good\r\n"),
            std::vector<std::string>());
  for (const char* open : {"/", "/assets/a.js", "/healthz", "/ack/s"}) {
    EXPECT_EQ(StatusOf(server.Ask("GET", open, "Sec-Fetch-Site: cross-site\r\n")), 200) << open;
  }
  // Unknown paths do not answer foreign pages either.
  EXPECT_EQ(StatusOf(server.Ask("GET", "/nothing", "Sec-Fetch-Site: cross-site\r\n")), 403);
}

}  // namespace
}  // namespace hinomi::http
