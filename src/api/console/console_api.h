#ifndef HINOMI_API_CONSOLE_CONSOLE_API_H_
#define HINOMI_API_CONSOLE_CONSOLE_API_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/console/command_desk.h"
#include "api/console/event_feed.h"
#include "api/console/folder_source.h"
#include "api/console/picture.h"
#include "api/console/service_source.h"
#include "base/clock.h"
#include "control/backtest.h"
#include "http/server.h"
#include "metrics/storage.h"
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
  /// Where the server listens and what room its data has; may be null.
  std::function<Json()> about = nullptr;
  FolderSource* folder = nullptr;  ///< Null: the server runs without an ops folder.
  /// What alarms saw, for one backtest; null: nothing is kept.
  std::function<control::BacktestSource()> history = nullptr;
  /// Holds the targets' samples; null: they cannot be read.
  const metrics::Queryable* metrics = nullptr;
  /// Why a PromQL alarm could not be evaluated the last time; "" where it could. Null: nobody
  /// evaluates any.
  std::function<std::string(const policy::AlarmDocument& alarm)> evaluation_error = nullptr;
  ModelSource model = nullptr;  ///< Null: nobody learns what is usual.
};

/// REST and server-sent events below /api/hinomi/v1 for page and command line.
/// Sentences come in `?lang=`, else by Accept-Language, else in the server's language.
void AddConsoleRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

/// The part of it about alarms: all, one, the points of one. AddConsoleRoutes calls it.
void AddAlarmRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

/// The part of it about the journal: its events, its chain. AddConsoleRoutes calls it.
void AddJournalRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

/// The part of it about the server's own settings: the ops folder on disk and
/// in force, channels. AddConsoleRoutes calls it.
void AddSettingsRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

/// The part of it about what is watched: all, one, the newest samples of one.
/// AddConsoleRoutes calls it.
void AddTargetRoutes(http::Server& server, std::shared_ptr<const ConsoleContext> context);

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
