#include "cli/query_plan.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hinomi::cli {
namespace {

std::string Joined(const Json& names) {
  std::string text;
  for (const Json& name : names.as_array()) text += (text.empty() ? "" : ", ") + name.as_string();
  return text;
}

std::string Length(const Json& milliseconds) {
  return FormatDuration(Duration::Millis(milliseconds.as_int()));
}

std::string SelectorText(const Json& node) {
  std::string matchers;
  for (const Json& one : node["matchers"].as_array()) {
    if (one["name"].as_string() == "__name__" && one["value"] == node["name"]) continue;
    matchers += (matchers.empty() ? "" : ",") + one["name"].as_string() + one["type"].as_string() +
                '"' + one["value"].as_string() + '"';
  }
  std::string text = node["name"].as_string();
  if (!matchers.empty()) text += '{' + matchers + '}';
  if (node.contains("range")) text += '[' + Length(node["range"]) + ']';
  if (node["offset"].as_int() != 0) text += " offset " + Length(node["offset"]);
  return text;
}

std::string GroupingText(const Json& node) {
  if (node["without"].as_bool()) return " without (" + Joined(node["grouping"]) + ")";
  return node["grouping"].as_array().empty() ? "" : " by (" + Joined(node["grouping"]) + ")";
}

std::string LineOf(const Json& node) {
  const std::string& type = node["type"].as_string();
  if (type == "aggregation") return node["op"].as_string() + GroupingText(node);
  if (type == "call") return node["func"]["name"].as_string() + "()";
  if (type == "vectorSelector" || type == "matrixSelector") return SelectorText(node);
  if (type == "numberLiteral") return node["val"].as_string();
  if (type == "stringLiteral") return node["val"].Dump();
  if (type == "parenExpr") return "( )";
  if (type == "subquery")
    return "subquery [" + Length(node["range"]) + ":" +
           (node["step"].as_int() == 0 ? "" : Length(node["step"])) + "]";
  return node["op"].as_string();  // Of binary and unary expressions.
}

std::vector<const Json*> PartsOf(const Json& node) {
  std::vector<const Json*> parts;
  for (const char* key : {"param", "expr", "lhs", "rhs"})
    if (node[key].is_object()) parts.push_back(&node[key]);
  for (const Json& argument : node["args"].as_array()) parts.push_back(&argument);
  return parts;
}

void AddLines(const Json& node, size_t depth, std::string& out) {
  out += std::string(depth * 2, ' ') + LineOf(node) + "\n";
  for (const Json* part : PartsOf(node)) AddLines(*part, depth + 1, out);
}

}  // namespace

std::string QueryPlan(const Json& tree, const Json& answer) {
  std::string out;
  AddLines(tree, 0, out);
  const Json& samples = answer["stats"]["samples"];
  const Json& timings = answer["stats"]["timings"];
  out += fmt::format("\n{} series; {} samples read, at most {} held at once\n",
                     answer["result"].as_array().size(), samples["totalQueryableSamples"].as_int(),
                     samples["peakSamples"].as_int());
  if (const Json& estimate = samples["estimate"]; estimate.is_object())
    out += fmt::format(
        "estimated before: at most {} series and {} samples to read, about {} held at once\n",
        estimate["series"].as_int(), estimate["samples"].as_int(), estimate["held"].as_int());
  for (const Json& read : samples["downsampled"].as_array())
    out += fmt::format("{} read from windows of {}\n", read["selector"].as_string(),
                       read["window"].as_string());
  out += fmt::format("{:.3f} ms to parse, {:.3f} ms to evaluate\n",
                     timings["queryPreparationTime"].as_double() * 1000,
                     timings["evalTotalTime"].as_double() * 1000);
  return out;
}

}  // namespace hinomi::cli
