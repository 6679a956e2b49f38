#ifndef HINOMI_APP_SERVER_H_
#define HINOMI_APP_SERVER_H_

#include <functional>
#include <string>

#include "guide/words.h"

namespace hinomi::app {

struct ServeOptions {
  std::string ops_directory;      ///< "" for none: a plain metrics and alarm server.
  std::string prometheus_config;  ///< A Prometheus configuration, "" for none.
  std::string data_directory = "data";
  std::string listen;  ///< "" for what hinomi.yml says.
  bool no_auth = false;
  bool strict_openmetrics = false;         ///< Of scrape jobs that do not say.
  std::string promql_features = "stable";  ///< stable, all, or a list (promql/parser.h).
  std::string release;
  /// The page "reference-commands" of the guide, as Markdown.
  std::function<std::string(guide::Words&)> command_reference;
  /// Demo and tests: new alarms act at once instead of being observed first.
  bool act_at_once = false;
};

/// `hinomi serve`: runs until SIGTERM or SIGINT; SIGHUP reloads the ops
/// folder and the Prometheus configuration. Prints where it listens and the one-time link. Returns
/// the exit code of the contract (0 ended as asked, 1 mistakes in the folder, 2 wrong use, 3 could
/// not); what was wrong stands on standard error.
int Serve(const ServeOptions& options);

}  // namespace hinomi::app

#endif  // HINOMI_APP_SERVER_H_
