#include "ops_model/impl/codec.h"

#include <cmath>
#include <limits>

#include "base/strings.h"

namespace hinomi::ops_model::impl {

Json Writer::Number(double v) {
  if (std::isfinite(v)) return Json(v);
  return Json(FormatDouble(v));
}

void Writer::operator()(std::string_view name, const std::vector<std::string>& v) {
  Json array = Json::MakeArray();
  for (const std::string& item : v) array.Append(Json(item));
  object_.Set(name, std::move(array));
}

void Writer::operator()(std::string_view name, const std::map<std::string, std::string>& v) {
  Json object = Json::MakeObject();
  for (const auto& [key, text] : v) object.Set(key, Json(text));
  object_.Set(name, std::move(object));
}

void Writer::operator()(std::string_view name, const std::vector<Datapoint>& v) {
  Json array = Json::MakeArray();
  for (const Datapoint& point : v) {
    Json pair = Json::MakeArray();
    pair.Append(Json(point.at.nanos()));
    pair.Append(point.value ? Number(*point.value) : Json());
    if (point.samples > 0 || point.band) pair.Append(Json(point.samples));
    if (point.band) {
      for (const double bound : {point.band->lower, point.band->expected, point.band->upper})
        pair.Append(Number(bound));
    }
    array.Append(std::move(pair));
  }
  object_.Set(name, std::move(array));
}

void Writer::operator()(std::string_view name, const std::vector<EscalationStep>& v) {
  Json array = Json::MakeArray();
  for (const EscalationStep& step : v) {
    Writer item;
    item("level", step.level);
    item("after_ns", step.after);
    item("until_acknowledged", step.until_acknowledged);
    item("contacts", step.contacts);
    if (step.after_previous) item("after_previous", step.after_previous);
    if (step.repeat_every > Duration()) item("repeat_every_ns", step.repeat_every);
    if (step.over) item("over", step.over);
    array.Append(item.Take());
  }
  object_.Set(name, std::move(array));
}

const Json* Reader::Find(std::string_view name) const {
  return object_.contains(name) ? &object_[name] : nullptr;
}

void Reader::Wrong(std::string_view name) {
  if (wrong_member_.empty()) wrong_member_ = std::string(name);
}

bool Reader::ReadNumber(const Json& json, double& v) {
  if (json.is_number()) {
    v = json.as_double();
    return true;
  }
  if (!json.is_string()) return false;
  const std::optional<double> parsed = ParseDouble(json.as_string());
  if (!parsed) return false;
  v = *parsed;
  return true;
}

void Reader::operator()(std::string_view name, std::string& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_string()) return Wrong(name);
  v = json->as_string();
}

void Reader::operator()(std::string_view name, bool& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_bool()) return Wrong(name);
  v = json->as_bool();
}

void Reader::operator()(std::string_view name, int& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_int() || json->as_int() < std::numeric_limits<int>::min() ||
      json->as_int() > std::numeric_limits<int>::max())
    return Wrong(name);
  v = static_cast<int>(json->as_int());
}

void Reader::operator()(std::string_view name, uint64_t& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_int() || json->as_int() < 0) return Wrong(name);
  v = static_cast<uint64_t>(json->as_int());
}

void Reader::operator()(std::string_view name, double& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!ReadNumber(*json, v)) Wrong(name);
}

void Reader::operator()(std::string_view name, Instant& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_int()) return Wrong(name);
  v = Instant::FromNanos(json->as_int());
}

void Reader::operator()(std::string_view name, Duration& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_int()) return Wrong(name);
  v = Duration::Nanos(json->as_int());
}

void Reader::operator()(std::string_view name, AlarmState& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  const std::optional<AlarmState> state = AlarmStateFromName(json->as_string());
  if (!state) return Wrong(name);
  v = *state;
}

void Reader::operator()(std::string_view name, Severity& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  const std::optional<Severity> severity = SeverityFromName(json->as_string());
  if (!severity) return Wrong(name);
  v = *severity;
}

void Reader::operator()(std::string_view name, std::vector<std::string>& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_array()) return Wrong(name);
  v.clear();
  for (const Json& item : json->as_array()) {
    if (!item.is_string()) return Wrong(name);
    v.push_back(item.as_string());
  }
}

void Reader::operator()(std::string_view name, std::map<std::string, std::string>& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_object()) return Wrong(name);
  v.clear();
  for (const auto& [key, text] : json->as_object()) {
    if (!text.is_string()) return Wrong(name);
    v.emplace(key, text.as_string());
  }
}

void Reader::operator()(std::string_view name, std::vector<Datapoint>& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_array()) return Wrong(name);
  v.clear();
  for (const Json& item : json->as_array()) {
    const Json::Array& pair = item.as_array();
    const bool with_band = pair.size() == 6;
    if (pair.size() < 2 || (pair.size() > 3 && !with_band) || !pair[0].is_int()) return Wrong(name);
    Datapoint point;
    if (pair.size() >= 3) {
      if (!pair[2].is_int() || pair[2].as_int() < 0) return Wrong(name);
      point.samples = static_cast<uint64_t>(pair[2].as_int());
    }
    point.at = Instant::FromNanos(pair[0].as_int());
    double value = 0;
    if (!pair[1].is_null()) {
      if (!ReadNumber(pair[1], value)) return Wrong(name);
      point.value = value;
    }
    if (with_band) {
      Band& band = point.band.emplace();
      if (!ReadNumber(pair[3], band.lower) || !ReadNumber(pair[4], band.expected) ||
          !ReadNumber(pair[5], band.upper))
        return Wrong(name);
    }
    v.push_back(point);
  }
}

void Reader::operator()(std::string_view name, std::vector<EscalationStep>& v) {
  const Json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_array()) return Wrong(name);
  v.clear();
  for (const Json& item : json->as_array()) {
    if (!item.is_object()) return Wrong(name);
    Reader read(item);
    EscalationStep step;
    read("level", step.level);
    read("after_ns", step.after);
    read("until_acknowledged", step.until_acknowledged);
    read("contacts", step.contacts);
    read("after_previous", step.after_previous);
    read("repeat_every_ns", step.repeat_every);
    read("over", step.over);
    if (!read.wrong_member().empty()) return Wrong(std::string(name) + "." + read.wrong_member());
    v.push_back(std::move(step));
  }
}

}  // namespace hinomi::ops_model::impl
