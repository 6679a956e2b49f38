#ifndef HINOMI_OPS_MODEL_IMPL_CODEC_H_
#define HINOMI_OPS_MODEL_IMPL_CODEC_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "ops_model/event.h"

/// One list of fields per type (fields.h) serves both directions: a codec is
/// called with each member's name and a reference to it.
namespace hinomi::ops_model::impl {

/// Builds the canonical JSON object. Members stand in the order of the list.
class Writer {
 public:
  void operator()(std::string_view name, const std::string& v) { object_.Set(name, Json(v)); }
  void operator()(std::string_view name, const bool& v) { object_.Set(name, Json(v)); }
  void operator()(std::string_view name, const int& v) { object_.Set(name, Json(v)); }
  void operator()(std::string_view name, const uint64_t& v) { object_.Set(name, Json(v)); }
  void operator()(std::string_view name, const double& v) { object_.Set(name, Number(v)); }
  void operator()(std::string_view name, const Instant& v) { object_.Set(name, Json(v.nanos())); }
  void operator()(std::string_view name, const Duration& v) { object_.Set(name, Json(v.nanos())); }
  void operator()(std::string_view name, const AlarmState& v) {
    object_.Set(name, Json(AlarmStateName(v)));
  }
  void operator()(std::string_view name, const Severity& v) {
    object_.Set(name, Json(SeverityName(v)));
  }
  void operator()(std::string_view name, const std::vector<std::string>& v);
  void operator()(std::string_view name, const std::map<std::string, std::string>& v);
  void operator()(std::string_view name, const std::vector<Datapoint>& v);
  void operator()(std::string_view name, const std::vector<EscalationStep>& v);

  Json Take() { return std::move(object_); }

  /// JSON has no infinities: those are written as Prometheus' words.
  static Json Number(double v);

 private:
  Json object_ = Json::MakeObject();
};

/// Reads an object back. A member that is missing keeps its default, so that a
/// member may be added without a new version; one of a wrong kind is an error.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  void operator()(std::string_view name, std::string& v);
  void operator()(std::string_view name, bool& v);
  void operator()(std::string_view name, int& v);
  void operator()(std::string_view name, uint64_t& v);
  void operator()(std::string_view name, double& v);
  void operator()(std::string_view name, Instant& v);
  void operator()(std::string_view name, Duration& v);
  void operator()(std::string_view name, AlarmState& v);
  void operator()(std::string_view name, Severity& v);
  void operator()(std::string_view name, std::vector<std::string>& v);
  void operator()(std::string_view name, std::map<std::string, std::string>& v);
  void operator()(std::string_view name, std::vector<Datapoint>& v);
  void operator()(std::string_view name, std::vector<EscalationStep>& v);

  /// First member that could not be read; "" if all could.
  const std::string& wrong_member() const { return wrong_member_; }

 private:
  const Json* Find(std::string_view name) const;
  void Wrong(std::string_view name);
  static bool ReadNumber(const Json& json, double& v);

  const Json& object_;
  std::string wrong_member_;
};

}  // namespace hinomi::ops_model::impl

#endif  // HINOMI_OPS_MODEL_IMPL_CODEC_H_
