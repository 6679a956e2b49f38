#ifndef HINOMI_API_CONSOLE_ACCESS_API_H_
#define HINOMI_API_CONSOLE_ACCESS_API_H_

#include <functional>
#include <memory>
#include <string>

#include "api/console/command_desk.h"
#include "api/console/picture.h"
#include "http/server.h"
#include "identity/acknowledge_links.h"
#include "identity/identity.h"

namespace hinomi::api {

/// Everything must outlive the server.
struct AccessContext {
  identity::Identity& identity;
  identity::AcknowledgeLinks& links;
  CommandDesk& desk;
  const Clock& clock;
  std::function<std::shared_ptr<const Picture>()> picture;
  PointSource points;
};

/// Signing in and out, tokens: POST and DELETE /api/hinomi/v1/session, GET
/// …/session/link/{code}, GET, POST and DELETE …/tokens, POST …/tokens/link (a
/// path that signs a user in once); GET …/routes lists the table route × right.
void AddAccessRoutes(http::Server& server, std::shared_ptr<const AccessContext> context);

/// Users, what their roles may do, and their sessions. AddAccessRoutes calls it.
void AddPeopleRoutes(http::Server& server, std::shared_ptr<const AccessContext> context);

/// The page behind the link in a message: GET /ack/{secret} shows, POST acts.
void AddAcknowledgeRoutes(http::Server& server, std::shared_ptr<const AccessContext> context);

/// The console's files: /, its deep links, /assets/*.
void AddAssetRoutes(http::Server& server);

/// Roles and rights of a user, as the console wants them.
Json DescribeUser(identity::Identity& identity, const std::string& user);

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_ACCESS_API_H_
