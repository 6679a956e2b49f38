#include "ops_model/snapshot.h"

namespace hinomi::ops_model {

Json BodyToJson(const EventBody& body) {
  Json json = Json::MakeObject();
  json.Set("type", EventType(body));
  json.Set("version", EventVersion(body));
  Result<Json> members = Json::Parse(EncodeEvent(body));
  HN_CHECK(members.has_value());
  json.Set("body", *std::move(members));
  return json;
}

Json StringsToJson(const std::vector<std::string>& strings) {
  Json json = Json::MakeArray();
  for (const std::string& s : strings) json.Append(s);
  return json;
}

std::vector<std::string> StringsFromJson(const Json& json) {
  std::vector<std::string> strings;
  for (const Json& item : json.as_array()) strings.push_back(item.as_string());
  return strings;
}

}  // namespace hinomi::ops_model
