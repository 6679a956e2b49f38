#include "api/guide/http_reference.h"

#include <algorithm>

#include "api/console/openapi.h"
#include "base/strings.h"
#include "guide/markdown.h"

namespace hinomi::api {
namespace {

using guide::EscapeMarkdown;
using guide::MarkdownCode;
using guide::MarkdownRow;
using guide::MarkdownTableHead;

constexpr std::string_view kApiPrefix = "/api/hinomi/v1/";

/// Routes of protocols that others define, and those for people and probes.
struct PlainRoute {
  std::string_view pattern;
  std::string_view about;
};
constexpr PlainRoute kPlain[] = {
    {"/api/v1/query", "Prometheus: an expression at one moment"},
    {"/api/v1/query_range", "Prometheus: an expression over a time range"},
    {"/api/v1/query_exemplars", "Prometheus: the exemplars of an expression's series"},
    {"/api/v1/format_query", "Prometheus: an expression, set nicely"},
    {"/api/v1/parse_query", "Prometheus: the tree of an expression"},
    {"/api/v1/series", "Prometheus: the series that match"},
    {"/api/v1/labels", "Prometheus: names of labels"},
    {"/api/v1/label/{name}/values", "Prometheus: values of a label"},
    {"/api/v1/metadata", "Prometheus: type, help and unit of metrics"},
    {"/api/v1/targets", "Prometheus: what is scraped, and how it went"},
    {"/api/v1/targets/metadata", "Prometheus: type, help and unit of a target's metrics"},
    {"/api/v1/rules", "Prometheus: the alarms, as alerting rules"},
    {"/api/v1/alerts", "Prometheus: the alarms in ALARM, as alerts"},
    {"/api/v1/status/buildinfo", "Prometheus: which of its releases this API is like"},
    {"/api/v1/status/runtimeinfo", "Prometheus: since when the server runs, what it keeps"},
    {"/api/v1/status/flags", "Prometheus: the limits of queries and of the store"},
    {"/api/v1/status/config", "Prometheus: the scrape jobs, in its own words"},
    {"/api/v1/status/walreplay", "Prometheus: whether the store is read"},
    {"/api/v1/status/tsdb", "Prometheus: what makes series many"},
    {"/api/v1/admin/tsdb/snapshot", "Prometheus: copies all metrics to a directory of the server"},
    {"/api/v1/admin/tsdb/delete_series", "Prometheus: deletes samples of the series that match"},
    {"/api/v1/admin/tsdb/clean_tombstones", "Prometheus: takes what was deleted off the disk"},
    {"/api/v1/write", "Prometheus: remote_write 1.0, snappy and protobuf"},
    {"/api/v1/read", "Prometheus: remote_read 1.0, samples or streamed chunks"},
    {"/federate", "Prometheus: the newest samples of the series that match, as text"},
    {"/metrics", "Hinomi's own metrics in the text format"},
    {"/healthz", "200 while the process runs"},
    {"/-/healthy", "200 while the process runs"},
    {"/readyz", "200 once the server answers, else 503"},
    {"/-/ready", "200 once the server answers, else 503"},
    {"/-/reload", "Reads the ops folder and the Prometheus configuration again"},
    {"/ack/{secret}", "The page behind the link in a message: GET shows, POST acts"},
    {"/docs", "This guide, in the language that the browser prefers"},
    {"/docs/", "This guide, in the language that the browser prefers"},
    {"/docs/{language}", "This guide in a language"},
    {"/docs/{language}/", "The first page of this guide"},
    {"/docs/{language}/{page}", "A page of this guide"},
    {"/docs/guide.css", "What this guide looks like"},
};

std::string_view AboutOf(std::string_view pattern) {
  const auto* found = std::ranges::find(kPlain, pattern, &PlainRoute::pattern);
  return found == std::end(kPlain) ? std::string_view() : found->about;
}

/// The console is one page, behind several addresses, and its files.
bool IsConsolePage(const http::Route& route) {
  if (route.method != "GET" || route.right != "public") return false;
  for (const std::string_view other : {"/api/", "/-/", "/ack/", "/docs"})
    if (route.pattern.starts_with(other)) return false;
  return AboutOf(route.pattern).empty();
}

std::string SchemaName(const Json& content) {
  for (const auto& [type, media] : content.as_object()) {
    const std::string& reference = media["schema"]["$ref"].as_string();
    return reference.substr(reference.rfind('/') + 1);
  }
  return "";
}

std::string CodeOrNothing(const std::string& text) {
  return text.empty() ? "" : MarkdownCode(text);
}

std::string QueryOf(const Json& operation) {
  std::string out;
  for (const Json& parameter : operation["parameters"].as_array())
    if (parameter["in"].as_string() == "query")
      out += (out.empty() ? "" : ", ") + MarkdownCode(parameter["name"].as_string());
  return out;
}

void AppendOperations(std::string& out, const Json& document, guide::Words& words) {
  out += "\n## " + words("Console and command line") + "\n\n" +
         words(
             "What the console and the command line speak. All times are RFC 3339 in UTC. "
             "State-changing calls want Content-Type: application/json.") +
         "\n\n" +
         MarkdownTableHead({words("call"), words("meaning"), words("right"), words("query"),
                            words("body"), words("answer")});
  for (const auto& [path, item] : document["paths"].as_object())
    for (const auto& [method, operation] : item.as_object())
      out += MarkdownRow({MarkdownCode(ToUpperAscii(method) + " " + path),
                          EscapeMarkdown(words(operation["summary"].as_string())),
                          MarkdownCode(operation["x-right"].as_string()), QueryOf(operation),
                          CodeOrNothing(SchemaName(operation["requestBody"]["content"])),
                          CodeOrNothing(SchemaName(operation["responses"]["200"]["content"]))});
}

std::string Scalar(const Json& value) {
  if (value.is_null()) return "";
  return MarkdownCode(value.is_string() ? value.as_string() : value.Dump());
}

/// What a parameter means, and the calls in which it means that.
struct QueryRow {
  std::vector<std::string> cells;
  std::string calls;
};

void AppendQueries(std::string& out, const Json& document, guide::Words& words) {
  std::vector<QueryRow> rows;
  for (const auto& [path, item] : document["paths"].as_object())
    for (const auto& [method, operation] : item.as_object())
      for (const Json& parameter : operation["parameters"].as_array()) {
        if (parameter["in"].as_string() != "query") continue;
        const std::vector<std::string> cells = {
            MarkdownCode(parameter["name"].as_string()),
            EscapeMarkdown(words(parameter["description"].as_string())),
            Scalar(parameter["schema"]["default"])};
        auto row = std::ranges::find(rows, cells, &QueryRow::cells);
        if (row == rows.end()) row = rows.insert(row, {cells, ""});
        row->calls +=
            (row->calls.empty() ? "" : ", ") + MarkdownCode(path.substr(kApiPrefix.size()));
      }
  out += "\n## " + words("Query parameters") + "\n\n" +
         MarkdownTableHead({words("name"), words("meaning"), words("default"), words("calls")});
  for (const QueryRow& row : rows)
    out += MarkdownRow({row.cells[0], row.cells[1], row.cells[2], row.calls});
}

void AppendPlain(std::string& out, const http::Server& server, guide::Words& words) {
  out += "\n## " + words("Prometheus, probes and people") + "\n\n" +
         MarkdownTableHead({words("call"), words("meaning"), words("right")});
  for (const http::Route& route : server.routes()) {
    const std::string_view about = AboutOf(route.pattern);
    if (!about.empty())
      out += MarkdownRow({MarkdownCode(route.method + " " + route.pattern),
                          EscapeMarkdown(words(about)), MarkdownCode(route.right)});
  }
}

}  // namespace

std::vector<std::string> UndescribedRoutes(const http::Server& server) {
  // That OpenAPI has every route below /api/hinomi/ is held by its own test.
  std::vector<std::string> missing;
  for (const http::Route& route : server.routes())
    if (!route.pattern.starts_with(kApiPrefix) && !IsConsolePage(route) &&
        AboutOf(route.pattern).empty())
      missing.push_back(route.method + " " + route.pattern);
  return missing;
}

std::string HttpReference(const http::Server& server, const std::string& release,
                          guide::Words& words) {
  const Json document = OpenApiDocument(server, release);
  std::string out = "# " + words("HTTP API") + "\n\n" +
                    words(
                        "Every call that the server answers, with the right that it asks for; "
                        "public needs no sign-in. The exact form of bodies and answers is in "
                        "GET /api/hinomi/v1/openapi.json.") +
                    "\n";
  AppendOperations(out, document, words);
  AppendQueries(out, document, words);
  AppendPlain(out, server, words);
  return out;
}

}  // namespace hinomi::api
