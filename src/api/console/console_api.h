#ifndef HINOMI_API_CONSOLE_CONSOLE_API_H_
#define HINOMI_API_CONSOLE_CONSOLE_API_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/console/command_desk.h"
#include "api/console/event_feed.h"
#include "api/console/picture.h"
#include "api/console/service_source.h"
#include "base/clock.h"
#include "http/server.h"
#include "policy/policy.h"
#include "store/store.h"

namespace hinomi::api {

/// What the console's API reads and where it puts commands. The functions are
/// called on worker threads; everything must outlive the server.
struct ConsoleContext {
  store::Store& store;
  const Clock& clock;
  CommandDesk& desk;
  EventFeed& feed;
  std::function<std::shared_ptr<const Picture>()> picture;
  PointSource points;
  std::function<std::vector<TargetState>()> targets;
  /// Of the newest try to load the ops folder.
  std::function<std::vector<policy::Finding>()> findings;
  /// Roles and rights of a user, for the page's buttons.
  std::function<Json(const std::string& user)> describe_user;
  std::string release;
  Instant started_at;
  bool no_auth = false;
};

/// REST and server-sent events below /api/hinomi/v1 for page and command line.
/// Sentences come in `?lang=`, else by Accept-Language, else in the server's language.
void AddConsoleRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

/// The part of it that asks for something: incidents, test pages, erasing a
/// person (POST …/people/{name}/erase). AddConsoleRoutes calls it.
void AddCommandRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

/// The incident that a command was about, as it stands after it: a client reads
/// its own writes. What readers see is published a moment after the decision,
/// on a follower some seconds; it waits for that, within bounds.
Json IncidentAfter(const ConsoleContext& context, const http::Request& request, const Json& answer);

/// {"error":{"code","message"}} with the HTTP status of the code.
http::Response ErrorResponse(const Error& error);
http::Response JsonResponse(const Json& body, int status = 200);

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_CONSOLE_API_H_
