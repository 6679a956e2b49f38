#include "identity/rights.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace hinomi::identity {
namespace {

// The matrix as a person would check it: columns are viewer, management,
// on-call, team-lead, devops, architect, security, admin.
TEST(RightsTest, GivesEachRoleExactlyItsRights) {
  const struct {
    const char* right;
    const char* roles;
  } matrix[] = {
      {"self:read", "xxxxxxxx"},        {"console:read", "xxxxxxxx"},
      {"metrics:read", "xxxxxxxx"},     {"reports:read", ".xxxxxxx"},
      {"incidents:act", "..xxxx.x"},    {"alarms:silence", "..xxxx.x"},
      {"logs:read", "..xxxxxx"},        {"runbooks:safe", "..xxxxxx"},
      {"runbooks:change", "...xxx.x"},  {"deploy:run", "....x..."},
      {"deploy:approve", "...x.x.."},   {"recovery:run", "....xx.."},
      {"recovery:approve", ".x.x...."}, {"metrics:write", "....xx.x"},
      {"metrics:admin", "....xx.."},    {"logs:write", "....xx.x"},
      {"events:write", "....xx.x"},     {"config:change", "....xx.."},
      {"secrets:change", "....xxx."},   {"users:manage", ".......x"},
      {"tokens:own", "..xxxxxx"},       {"audit:read", "......xx"},
      {"services:scale", "..xxxx.x"},
  };
  ASSERT_EQ(RightTable().size(), std::size(matrix));
  for (const auto& row : matrix) {
    EXPECT_TRUE(IsRight(row.right)) << row.right;
    for (const Role role : kAllRoles) {
      EXPECT_EQ(RoleHas(role, row.right), row.roles[static_cast<size_t>(role)] == 'x')
          << RoleName(role) << " " << row.right;
    }
  }
}

TEST(RightsTest, DeniesWhatTheTableDoesNotKnow) {
  for (const char* right : {"", "public", "incidents", "incidents:act ", "INCIDENTS:ACT", "*"}) {
    EXPECT_FALSE(IsRight(right)) << right;
    for (const Role role : kAllRoles) EXPECT_FALSE(RoleHas(role, right)) << right;
  }
}

TEST(RightsTest, KeepsApprovalApartFromDoing) {
  for (const Role role : kAllRoles) {
    EXPECT_FALSE(RoleHas(role, "deploy:run") && RoleHas(role, "deploy:approve")) << RoleName(role);
    EXPECT_FALSE(RoleHas(role, "recovery:run") && RoleHas(role, "recovery:approve"))
        << RoleName(role);
  }
}

TEST(RightsTest, ReadsRolesByTheirNames) {
  for (const Role role : kAllRoles) EXPECT_EQ(*ParseRole(RoleName(role)), role);
  EXPECT_EQ(ParseRole("team-led").error().message,
            "there is no role \"team-led\"; did you mean team-lead?");
  EXPECT_EQ(ParseRole("root").error().code, ErrorCode::kInvalidArgument);
}

http::Route RouteWith(const char* method, const char* pattern, const char* right) {
  http::Route route;
  route.method = method;
  route.pattern = pattern;
  route.right = right;
  return route;
}

TEST(RightsTest, FindsRoutesWithoutAProperRight) {
  const std::vector<http::Route> routes = {
      RouteWith("GET", "/", "public"),
      RouteWith("GET", "/api/v1/query", "metrics:read"),
      RouteWith("POST", "/api/hinomi/v1/sign-in", "public"),
      RouteWith("POST", "/api/hinomi/v1/incidents/{id}/ack", "incidents:ack"),
      RouteWith("GET", "/api/snapshots/{key}", ""),
      RouteWith("DELETE", "/api/snapshots/{key}", "public"),
  };
  const std::vector<std::string> mistakes =
      CheckRoutes(routes, std::vector<std::string>{"POST /api/hinomi/v1/sign-in"});
  EXPECT_EQ(mistakes, (std::vector<std::string>{
                          "POST /api/hinomi/v1/incidents/{id}/ack wants the unknown right "
                          "\"incidents:ack\"",
                          "GET /api/snapshots/{key} has no right",
                          "DELETE /api/snapshots/{key} changes state for anybody",
                      }));
}

}  // namespace
}  // namespace hinomi::identity
