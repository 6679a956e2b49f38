#ifndef HINOMI_OPS_MODEL_SNAPSHOT_H_
#define HINOMI_OPS_MODEL_SNAPSHOT_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "ops_model/event.h"

/// Help for writing a machine's state down and reading it back. Whole event
/// bodies go in with type and version, so that they are upcast like events.
namespace hinomi::ops_model {

Json BodyToJson(const EventBody& body);

/// The body, or a default one where it cannot be read: a snapshot that is
/// damaged is thrown away by its reader before it comes to this.
template <typename Body>
Body BodyFromJson(const Json& json) {
  Result<EventBody> body = DecodeEvent(
      json["type"].as_string(), static_cast<int>(json["version"].as_int()), json["body"].Dump());
  if (!body || !std::holds_alternative<Body>(*body)) return Body{};
  return std::get<Body>(*std::move(body));
}

inline Json InstantToJson(Instant t) {
  return Json(t.nanos());
}
inline Instant InstantFromJson(const Json& json) {
  return Instant::FromNanos(json.as_int());
}

Json StringsToJson(const std::vector<std::string>& strings);
std::vector<std::string> StringsFromJson(const Json& json);

}  // namespace hinomi::ops_model

#endif  // HINOMI_OPS_MODEL_SNAPSHOT_H_
