#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/strings.h"
#include "cli/plot.h"
#include "cli/printable.h"
#include "cli/query_plan.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "os/system_clock.h"
#include "os/terminal.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

constexpr size_t kMostPlots = 12;
constexpr size_t kPlainColumns = 80;  ///< Where no terminal says another width.
constexpr size_t kMarginColumns = 14;

/// Start, end and step of a range, as the API takes them.
struct QueryRange {
  std::string from, to, step;
};

std::string SeriesName(const Json& metric) {
  std::string name = metric["__name__"].as_string();
  std::string labels;
  for (const auto& [key, value] : metric.as_object())
    if (key != "__name__")
      labels += (labels.empty() ? "" : ",") + key + "=\"" + value.as_string() + "\"";
  if (!labels.empty()) name += "{" + labels + "}";
  return name.empty() ? "{}" : name;
}

/// Of a point, [time, "value"] or [time, {histogram}].
std::string TextOf(const Json& point) {
  const auto& pair = point.as_array();
  if (pair.size() != 2) return "?";
  if (!pair[1].is_object()) return pair[1].as_string();
  return "{count " + pair[1]["count"].as_string() + ", sum " + pair[1]["sum"].as_string() + "}";
}

std::string PointsOf(const Json& series) {
  std::string text;
  for (const char* kind : {"values", "histograms"})
    for (const Json& point : series[kind].as_array())
      text += (text.empty() ? "" : " ") + TextOf(point);
  return text;
}

void PrintTable(const Json& data) {
  const bool matrix = data["resultType"].as_string() == "matrix";
  Table table({"SERIES", matrix ? "POINTS" : "VALUE"});
  for (const Json& series : data["result"].as_array()) {
    const Json& point = series.contains("histogram") ? series["histogram"] : series["value"];
    table.Add({SeriesName(series["metric"]), matrix ? PointsOf(series) : TextOf(point)});
  }
  std::fputs(table.ToString().c_str(), stdout);
}

/// The values of a series at each step of [from_s, to_s]; NaN where it has none.
std::vector<double> GridOf(const Json& series, double from_s, double to_s, double step_s) {
  std::vector<double> values(static_cast<size_t>((to_s - from_s) / step_s + 1.5), NAN);
  for (const Json& point : series["values"].as_array()) {
    const auto& pair = point.as_array();
    const double place = std::round((pair[0].as_double() - from_s) / step_s);
    if (place >= 0 && place < static_cast<double>(values.size()))
      values[static_cast<size_t>(place)] = ParseDouble(pair[1].as_string()).value_or(NAN);
  }
  return values;
}

/// First and last time of all points, and the shortest way between two.
struct Grid {
  double from_s = INFINITY, to_s = -INFINITY, step_s = INFINITY;
};
Grid GridOfAll(const Json& result) {
  Grid grid;
  for (const Json& series : result.as_array()) {
    double before_s = NAN;
    for (const Json& point : series["values"].as_array()) {
      const double at_s = point.as_array()[0].as_double();
      grid.from_s = std::min(grid.from_s, at_s);
      grid.to_s = std::max(grid.to_s, at_s);
      if (at_s > before_s) grid.step_s = std::min(grid.step_s, at_s - before_s);
      before_s = at_s;
    }
  }
  if (!std::isfinite(grid.step_s)) grid.step_s = 1;
  return grid;
}

std::string TimeText(double at_s) {
  return FormatRfc3339(Instant::FromMillis(std::llround(at_s * 1000)));
}

void PrintPlots(const Json& data, size_t columns) {
  const auto& all = data["result"].as_array();
  const Grid grid = GridOfAll(data["result"]);
  if (grid.from_s > grid.to_s) return PrintTable(data);
  const size_t shown = std::min(all.size(), kMostPlots);
  std::vector<std::vector<double>> lines;
  std::vector<double> values;  // One scale for all: they are compared.
  for (size_t i = 0; i < shown; ++i) {
    lines.push_back(GridOf(all[i], grid.from_s, grid.to_s, grid.step_s));
    values.insert(values.end(), lines.back().begin(), lines.back().end());
  }
  const PlotScale scale = ScaleOf(values);
  const PlotSize size{std::max<size_t>(20, columns - kMarginColumns), shown == 1 ? 12u : 4u};
  for (size_t i = 0; i < shown; ++i) {
    std::printf("%s\n", Printable(SeriesName(all[i]["metric"])).c_str());
    std::fputs(DrawPlot(lines[i], scale, size).c_str(), stdout);
  }
  std::printf("%s to %s\n", TimeText(grid.from_s).c_str(), TimeText(grid.to_s).c_str());
  if (shown < all.size())
    std::printf("and %zu more series: narrow the expression, or --output json\n",
                all.size() - shown);
}

void PrintResult(const Json& data, bool plot, size_t columns) {
  const std::string& type = data["resultType"].as_string();
  if (type == "scalar" || type == "string") {
    std::printf("%s\n", Printable(TextOf(data["result"])).c_str());
  } else if (type == "matrix" && plot) {
    PrintPlots(data, columns);
  } else {
    PrintTable(data);
  }
}

void PrintRemarks(const Json& answer) {
  for (const auto& [key, word] : {std::pair("warnings", "warning"), std::pair("infos", "info")})
    for (const Json& remark : answer[key].as_array())
      std::fprintf(stderr, "%s: %s\n", word, Printable(remark.as_string()).c_str());
}

/// kInvalidArgument for a length of time that is none.
Result<QueryRange> RangeOf(const Invocation& call, Instant now, size_t columns) {
  if (call["last"].empty()) return QueryRange{call["from"], call["to"], call["step"]};
  HN_TRY(const Duration length, ParseDuration(call["last"]));
  if (length <= Duration()) return InvalidArgument("--last is to be longer than 0s");
  // Two dots a character.
  const auto dots = static_cast<int64_t>(2 * std::max<size_t>(20, columns - kMarginColumns));
  const Duration step =
      std::max(Duration::Seconds(1), Duration::Seconds((length / dots).seconds()));
  QueryRange range{FormatRfc3339(now - length), FormatRfc3339(now), call["step"]};
  if (range.step.empty()) range.step = FormatDuration(step);
  return range;
}

Remote::Query ParametersOf(const Invocation& call, const QueryRange& range) {
  Remote::Query query{{"query", call["EXPRESSION"]}};
  if (call.flag("explain")) query.emplace_back("stats", "1");
  if (range.from.empty()) {
    query.emplace_back("time", call["time"]);
    return query;
  }
  query.emplace_back("start", range.from);
  query.emplace_back("end", range.to);
  query.emplace_back("step", range.step.empty() ? "60s" : range.step);
  return query;
}

int Query(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto terminal = OutputTerminal();
  const auto columns = terminal ? static_cast<size_t>(terminal->columns) : kPlainColumns;
  const auto range = RangeOf(call, SystemClock().Now(), columns);
  if (!range) {
    std::fprintf(stderr, "hinomi query: %s\n", range.error().message.c_str());
    return kWrongUse;
  }
  const bool ranged = !range->from.empty();
  const auto answer =
      remote->Get(ranged ? "/api/v1/query_range" : "/api/v1/query", ParametersOf(call, *range));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
    return kDone;
  }
  if (call.flag("explain")) {
    const auto tree = remote->Get("/api/v1/parse_query", {{"query", call["EXPRESSION"]}});
    if (!tree) return Fail(tree.error());
    std::fputs(PrintableLines(QueryPlan((*tree)["data"], (*answer)["data"])).c_str(), stdout);
  } else {
    PrintResult((*answer)["data"], call.flag("plot") || terminal.has_value(), columns);
  }
  PrintRemarks(*answer);
  return kDone;
}

}  // namespace

void AddQueryVerb(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"query",
       "Asks the metrics in PromQL; a range is drawn",
       "hinomi query 'rate(node_cpu_seconds_total[5m])' --last 1h",
       {{Kind::kPositional, "EXPRESSION", "PromQL", true, ""},
        {Kind::kOption, "time", "evaluate at this time (RFC 3339 or Unix seconds); default now",
         false, ""},
        {Kind::kOption, "last", "a range that ends now, e.g. 1h", false, ""},
        {Kind::kOption, "from", "start of a range", false, ""},
        {Kind::kOption, "to", "end of a range", false, ""},
        {Kind::kOption, "step", "step of a range; default 60s, of --last what the plot shows",
         false, ""},
        {Kind::kFlag, "plot", "draw a range even where the output is no terminal", false, ""},
        {Kind::kFlag, "explain", "show how the expression is taken apart and what it cost", false,
         ""},
        DataArgument()},
       Query});
}

}  // namespace hinomi::cli
