#include "identity/rights.h"

#include <algorithm>

#include "base/strings.h"

namespace hinomi::identity {
namespace {

constexpr unsigned Bit(Role role) {
  return 1u << static_cast<unsigned>(role);
}

// One letter a role, so that the table below is one line a right.
// NOLINTBEGIN(readability-identifier-naming)
constexpr unsigned V = Bit(Role::kViewer);
constexpr unsigned M = Bit(Role::kManagement);
constexpr unsigned O = Bit(Role::kOnCall);
constexpr unsigned T = Bit(Role::kTeamLead);
constexpr unsigned D = Bit(Role::kDevOps);
constexpr unsigned A = Bit(Role::kArchitect);
constexpr unsigned S = Bit(Role::kSecurity);
constexpr unsigned X = Bit(Role::kAdmin);
// NOLINTEND(readability-identifier-naming)
constexpr unsigned kEveryone = V | M | O | T | D | A | S | X;

// The duties are kept apart as the document has them: who manages users does
// not deploy, and who asks for a restore does not approve it. A person may have
// several roles.
constexpr RightRow kTable[] = {
    {"self:read", "see who one is, sign out", kEveryone},
    {"console:read", "see dashboards, alarms, incidents", kEveryone},
    {"metrics:read", "query metrics", kEveryone},
    {"reports:read", "reports, KPI, cost", M | O | T | D | A | S | X},
    {"incidents:act", "open, acknowledge, note, resolve, escalate incidents", O | T | D | A | X},
    {"services:scale", "give services another number of replicas", O | T | D | A | X},
    {"alarms:silence", "silence alarms for up to 4 hours", O | T | D | A | X},
    {"logs:read", "raw logs, which may hold personal data", O | T | D | A | S | X},
    {"runbooks:safe", "run runbook steps that change nothing", O | T | D | A | S | X},
    {"runbooks:change", "run runbook steps that change something", T | D | A | X},
    {"deploy:run", "deploy, roll back, do maintenance", D},
    {"deploy:approve", "approve a deployment or maintenance", T | A},
    {"recovery:run", "restore, switch DNS", D | A},
    {"recovery:approve", "approve a restore or DNS switch", M | T},
    {"metrics:write", "send metrics", D | A | X},
    {"metrics:admin", "delete series, snapshots", D | A},
    {"logs:write", "send logs", D | A | X},
    {"events:write", "send alerts and events of other systems", D | A | X},
    {"config:change", "change and reload the ops folder", D | A},
    {"secrets:change", "change secrets of channels and drivers", D | A | S},
    {"users:manage", "users, roles, tokens of others", X},
    {"tokens:own", "make and revoke tokens of one's own", O | T | D | A | S | X},
    {"audit:read", "read who did what", S | X},
};

constexpr std::string_view kRoleNames[] = {"viewer", "management", "on-call",  "team-lead",
                                           "devops", "architect",  "security", "admin"};

const RightRow* FindRow(std::string_view right) {
  const auto* row = std::ranges::find(kTable, right, &RightRow::right);
  return row == std::end(kTable) ? nullptr : row;
}

}  // namespace

std::string_view RoleName(Role role) {
  return kRoleNames[static_cast<size_t>(role)];
}

Result<Role> ParseRole(std::string_view name) {
  for (const Role role : kAllRoles) {
    if (RoleName(role) == name) return role;
  }
  const std::vector<std::string> names(std::begin(kRoleNames), std::end(kRoleNames));
  const auto nearest = NearestName(name, names);
  return InvalidArgument("there is no role \"" + std::string(name) + "\"" +
                         (nearest.has_value() ? "; did you mean " + *nearest + "?"
                                              : "; the roles are " + Join(names, ", ")));
}

std::span<const RightRow> RightTable() {
  return kTable;
}

bool IsRight(std::string_view right) {
  return FindRow(right) != nullptr;
}

bool RoleHas(Role role, std::string_view right) {
  const RightRow* row = FindRow(right);
  return row != nullptr && (row->roles & Bit(role)) != 0;
}

std::vector<std::string> CheckRoutes(std::span<const http::Route> routes,
                                     std::span<const std::string> public_writes) {
  std::vector<std::string> mistakes;
  for (const http::Route& route : routes) {
    const std::string name = route.method + " " + route.pattern;
    if (route.right.empty()) {
      mistakes.push_back(name + " has no right");
    } else if (route.right == kPublic) {
      const bool reads = route.method == "GET" || route.method == "HEAD";
      if (!reads && std::ranges::find(public_writes, name) == public_writes.end()) {
        mistakes.push_back(name + " changes state for anybody");
      }
    } else if (!IsRight(route.right)) {
      mistakes.push_back(name + " wants the unknown right \"" + route.right + "\"");
    }
  }
  return mistakes;
}

}  // namespace hinomi::identity
