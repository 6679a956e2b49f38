#ifndef HINOMI_APP_ROUTES_H_
#define HINOMI_APP_ROUTES_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/console/command_desk.h"
#include "api/console/event_feed.h"
#include "api/console/folder_source.h"
#include "api/console/picture.h"
#include "api/console/service_source.h"
#include "api/prometheus/tsdb_api.h"
#include "app/band_models.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/telemetry.h"
#include "guide/words.h"
#include "http/server.h"
#include "identity/acknowledge_links.h"
#include "identity/identity.h"
#include "metrics/remote_write.h"
#include "metrics/storage.h"
#include "policy/policy.h"
#include "promql/parser.h"
#include "rules/manager.h"
#include "store/store.h"

namespace hinomi::app {

/// All that the routes of a server reach. Everything must outlive the server.
struct RouteContext {
  store::Store& store;
  const Clock& clock;
  Telemetry& telemetry;
  api::CommandDesk& desk;
  api::EventFeed& feed;
  identity::Identity& identity;
  identity::AcknowledgeLinks& links;
  const metrics::Queryable& metrics;
  metrics::RemoteWriteReceiver& receiver;
  BandModels& bands;
  std::function<std::shared_ptr<const api::Picture>()> picture;
  std::function<std::vector<api::TargetState>()> targets;
  std::function<std::vector<policy::Finding>()> findings;
  /// Reads the ops folder and the Prometheus configuration again; the error says what is
  /// wrong in the latter. Null without both.
  std::function<Status()> reload;
  /// Of the Prometheus configuration; null without one.
  std::function<std::map<std::string, std::string>()> external_labels;
  promql::Features features;
  std::string release;
  /// The page "reference-commands" of the guide, as Markdown.
  std::function<std::string(guide::Words&)> command_reference;
  Instant started_at;
  bool no_auth = false;
  std::function<Json()> about = nullptr;   ///< See api::ConsoleContext.
  api::FolderSource* folder = nullptr;     ///< Null: without an ops folder.
  api::ServiceSource* services = nullptr;  ///< Null: this server runs none.
  /// The store behind `metrics`; its memory limits queries, too.
  std::optional<api::TsdbApiContext> tsdb = std::nullopt;
  /// Groups of Prometheus' rule files; null: there are none.
  std::function<std::vector<rules::GroupState>()> rule_groups = nullptr;
};

/// Registers every route that a server has: the whole table route × right.
void AddAllRoutes(http::Server& server, const RouteContext& context);

/// "METHOD pattern" of the routes that change something and need no sign-in.
std::span<const std::string> PublicWrites();

}  // namespace hinomi::app

#endif  // HINOMI_APP_ROUTES_H_
