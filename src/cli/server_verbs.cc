#include <cstdio>

#include "app/sample_app.h"
#include "app/server.h"
#include "cli/command_reference.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int Serve(const Invocation& call) {
  app::ServeOptions options;
  options.ops_directory = call["ops"];
  options.prometheus_config = call["prometheus-config"];
  options.data_directory = call["data"];
  options.listen = call["listen"];
  options.no_auth = call.flag("no-auth");
  options.promql_features = call["promql-features"];
  options.strict_openmetrics = call["openmetrics"] == "strict";
  options.act_at_once = call.flag("act-at-once");
  options.release = HN_RELEASE;
  options.command_reference = [](guide::Words& words) {
    return CommandReference(AllVerbs(), words);
  };
  return app::Serve(options);
}

}  // namespace

void AddServerVerbs(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"serve",
       "Runs the server in the foreground",
       "hinomi serve --ops ops --data data --listen 127.0.0.1:9140",
       {{Kind::kOption,
         "ops",
         "the ops folder; without it a plain metrics and alarm server",
         false,
         "",
         {},
         Names::kDirectory},
        {Kind::kOption,
         "prometheus-config",
         "a Prometheus configuration whose targets are scraped as well",
         false,
         "",
         {},
         Names::kFile},
        {Kind::kOption, "data", "where everything is kept", false, "data", {}, Names::kDirectory},
        {Kind::kOption, "listen", "address and port instead of hinomi.yml's; port 0 picks one",
         false, ""},
        {Kind::kFlag, "no-auth", "ask nobody for a token; only on loopback", false, ""},
        {Kind::kOption, "promql-features",
         "parts of PromQL beyond the stable language: stable, all, or a list", false, "stable"},
        {Kind::kOption,
         "openmetrics",
         "how exactly scraped pages have to keep to the OpenMetrics specification",
         false,
         "lenient",
         {"lenient", "strict"}},
        {Kind::kFlag, "act-at-once",
         "new alarms act at once instead of being observed for the first minutes", false, ""}},
       Serve});
  verbs.push_back(
      {"sample-app",
       "The small service that stands for `app` until yours does",
       "hinomi sample-app --listen 127.0.0.1:9141",
       {{Kind::kOption, "listen", "address and port", false, "127.0.0.1:9141"},
        {Kind::kOption, "needs", "host:port of what it cannot do without, e.g. its database", false,
         ""}},
       [](const Invocation& call) { return app::SampleApp(call["listen"], call["needs"]); }});
}

}  // namespace hinomi::cli
