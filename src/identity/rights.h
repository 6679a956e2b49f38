#ifndef HINOMI_IDENTITY_RIGHTS_H_
#define HINOMI_IDENTITY_RIGHTS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace hinomi::identity {

/// The roles of the operations document, and two of our own (viewer, admin).
enum class Role {
  kViewer,
  kManagement,
  kOnCall,
  kTeamLead,
  kDevOps,
  kArchitect,
  kSecurity,
  kAdmin,
};
inline constexpr Role kAllRoles[] = {Role::kViewer,   Role::kManagement, Role::kOnCall,
                                     Role::kTeamLead, Role::kDevOps,     Role::kArchitect,
                                     Role::kSecurity, Role::kAdmin};

/// "on-call", "team-lead", "devops", …: as in hinomi.yml.
std::string_view RoleName(Role role);
/// kInvalidArgument with the nearest name.
Result<Role> ParseRole(std::string_view name);

/// One row of the table role × right.
struct RightRow {
  std::string_view right;  ///< "incidents:act"; also the name of a token's scope.
  std::string_view what;   ///< For people.
  unsigned roles;          ///< Bit 1 << Role.
};

/// The whole table. What stands in no row is refused.
std::span<const RightRow> RightTable();

/// The right of routes that need no sign-in.
inline constexpr std::string_view kPublic = "public";

/// True for the rights of the table; "public" is none of them.
bool IsRight(std::string_view right);
bool RoleHas(Role role, std::string_view right);

/// One line for every route that has no right or one that the table does not
/// know, and for every public route that changes state and is not in
/// `public_writes` ("POST /api/hinomi/v1/sign-in"). Empty if all is well.
std::vector<std::string> CheckRoutes(std::span<const http::Route> routes,
                                     std::span<const std::string> public_writes);

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_RIGHTS_H_
