#include "base/check.h"
#include "base/json.h"
#include "base/strings.h"
#include "guide/markdown.h"
#include "guide/reference.h"
#include "policy/policy.h"

namespace hinomi::guide {
namespace {

/// A JSON value as YAML writes it.
std::string Scalar(const Json& value) {
  return value.is_string() ? value.as_string() : value.Dump();
}

std::string ListOf(const Json::Array& values) {
  std::string out;
  for (const Json& value : values) out += (out.empty() ? "" : ", ") + MarkdownCode(Scalar(value));
  return out;
}

/// How a duration's pattern begins; see Binder.
bool IsDuration(const Json& schema) {
  return schema["pattern"].as_string().starts_with("^([0-9]+(ms|[smhdwy]))+$");
}

std::string_view WordOfType(const std::string& type) {
  if (type == "integer") return "whole number";
  if (type == "array") return "list";
  if (type == "object") return "map";
  if (type == "boolean") return "true or false";
  if (type == "number") return "number";
  return "text";
}

std::string TypeOf(const Json& schema, Words& words);

std::string Alternatives(const Json::Array& schemas, Words& words) {
  std::string out;
  for (const Json& schema : schemas) {
    const std::string type = TypeOf(schema, words);
    if (out.find(type) == std::string::npos) out += (out.empty() ? "" : " / ") + type;
  }
  return out;
}

/// The range of a number, e.g. " 1-100".
std::string RangeOf(const Json& schema) {
  const Json& low = schema["minimum"];
  const Json& high = schema["maximum"];
  if (low.is_null() && high.is_null()) return "";
  return " (" + (low.is_null() ? "" : Scalar(low)) + "–" + (high.is_null() ? "" : Scalar(high)) +
         ")";
}

std::string TypeOf(const Json& schema, Words& words) {
  for (const char* choice : {"anyOf", "oneOf"})
    if (schema.contains(choice)) return Alternatives(schema[choice].as_array(), words);
  if (schema.contains("const")) return MarkdownCode(Scalar(schema["const"]));
  if (schema.contains("enum")) return ListOf(schema["enum"].as_array());
  if (IsDuration(schema)) return words("duration");
  // [T, "null"]: an empty value is allowed as well.
  const Json& type = schema["type"];
  if (!type.is_array()) return words(WordOfType(type.as_string())) + RangeOf(schema);
  const Json::Array& types = type.as_array();
  if (types.size() > 2) return words("text");
  return words(WordOfType(types.at(0).as_string()));
}

/// One table: the keys below a document's top, with those that they contain.
class KeyTable {
 public:
  explicit KeyTable(Words& words) : words_(words) {}

  void AddObject(const std::string& path, const Json& schema) {
    for (const auto& [name, key] : schema["properties"].as_object()) {
      bool required = false;
      for (const Json& one : schema["required"].as_array())
        required = required || one.as_string() == name;
      AddKey(path.empty() ? name : path + "." + name, key, required);
    }
    for (const Json& variant : schema["oneOf"].as_array()) AddVariant(path, variant);
    const Json& others = schema["additionalProperties"];
    if (others["type"] == Json("object") || others.contains("oneOf"))
      AddObject(path + ".NAME", others);
    if (others["items"]["type"] == Json("object")) AddObject(path + ".NAME[]", others["items"]);
  }

  const std::string& rows() const { return rows_; }

 private:
  void AddKey(const std::string& path, const Json& key, bool required) {
    const std::string fallback = key.contains("default") ? MarkdownCode(Scalar(key["default"]))
                                 : required              ? words_("required")
                                                         : "";
    rows_ += MarkdownRow({MarkdownCode(path), TypeOf(key, words_), fallback,
                          EscapeMarkdown(words_(key["description"].as_string()))});
    if (key["items"]["type"] == Json("object")) AddObject(path + "[]", key["items"]);
    AddObject(path, key);
  }

  /// One of the forms that a map has, e.g. a channel of a type.
  void AddVariant(const std::string& path, const Json& variant) {
    const Json& type = variant["properties"]["type"]["const"];
    AddObject(type.is_string() ? path + " (type: " + type.as_string() + ")" : path, variant);
  }

  Words& words_;
  std::string rows_;
};

}  // namespace

std::string YamlReference(Words& words) {
  std::string out = "# " + words("YAML keys") + "\n\n";
  out += words(
             "Every key of every file of an ops folder. NAME stands for a name that you give, [] "
             "for each entry of a list. Durations are written as 500ms, 30s, 5m, 1h30m, 7d.") +
         "\n";
  for (const std::string& file : policy::DocumentFiles()) {
    const Result<std::string> text = policy::JsonSchema(file);
    HN_CHECK(text.has_value());
    const Result<Json> schema = Json::Parse(*text);
    HN_CHECK(schema.has_value());
    KeyTable table(words);
    table.AddObject("", *schema);
    out += "\n## " + EscapeMarkdown(file) + "\n\n" +
           EscapeMarkdown(words((*schema)["description"].as_string())) + "\n\n" +
           MarkdownTableHead({words("key"), words("type"), words("default"), words("meaning")}) +
           table.rows();
  }
  return out;
}

}  // namespace hinomi::guide
