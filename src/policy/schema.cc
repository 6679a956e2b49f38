#include "policy/impl/forms.h"
#include "policy/policy.h"

namespace hinomi::policy {
namespace {

void DumpIndented(const Json& json, size_t depth, std::string& out) {
  const std::string inner((depth + 1) * 2, ' ');
  const std::string outer(depth * 2, ' ');
  if (json.is_object() && !json.as_object().empty()) {
    out += "{\n";
    bool first = true;
    for (const auto& [key, value] : json.as_object()) {
      if (!first) out += ",\n";
      first = false;
      out += inner;
      AppendJsonString(out, key);
      out += ": ";
      DumpIndented(value, depth + 1, out);
    }
    out += "\n" + outer + "}";
  } else if (json.is_array() && !json.as_array().empty()) {
    out += "[";
    bool first = true;
    for (const Json& value : json.as_array()) {
      if (!first) out += ", ";
      first = false;
      DumpIndented(value, depth + 1, out);
    }
    out += "]";
  } else {
    json.DumpTo(out);
  }
}

}  // namespace

std::vector<std::string> DocumentFiles() {
  std::vector<std::string> files;
  for (const impl::DocumentType& type : impl::DocumentTypes()) files.push_back(type.file);
  return files;
}

Result<std::string> JsonSchema(const std::string& file) {
  for (const impl::DocumentType& type : impl::DocumentTypes()) {
    if (type.file != file) continue;
    Json schema = Json::MakeObject();
    schema.Set("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.Set("title", "Hinomi: " + type.title + " (" + type.file + ")");
    const Json body = type.schema();
    for (const auto& [key, value] : body.as_object()) schema.Set(key, value);
    std::string text;
    DumpIndented(schema, 0, text);
    return text + "\n";
  }
  return NotFound("there is no document \"" + file + "\"" + Suggest(file, DocumentFiles()));
}

}  // namespace hinomi::policy
