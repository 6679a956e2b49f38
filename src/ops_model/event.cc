#include "ops_model/event.h"

#include <array>
#include <utility>

#include "ops_model/impl/codec.h"
#include "ops_model/impl/fields.h"
#include "ops_model/upcast.h"

namespace hinomi::ops_model {
namespace {

template <typename T>
using FormOf = impl::Form<std::remove_cvref_t<T>>;

Error BadEvent(std::string_view type, int version, std::string_view why) {
  return Corrupt("event of type \"" + std::string(type) + "\" version " + std::to_string(version) +
                 " cannot be read: " + std::string(why));
}

/// Tries the alternatives of EventBody one after the other.
template <size_t kIndex = 0>
Result<EventBody> DecodeBody(std::string_view type, int version, const Json& json) {
  if constexpr (kIndex == std::variant_size_v<EventBody>) {
    return BadEvent(type, version, "no such type is known to this release");
  } else {
    using Body = std::variant_alternative_t<kIndex, EventBody>;
    if (type != FormOf<Body>::kName) return DecodeBody<kIndex + 1>(type, version, json);
    Body body;
    impl::Reader reader(json);
    FormOf<Body>::Fields(reader, body);
    if (!reader.wrong_member().empty())
      return BadEvent(type, version, "member \"" + reader.wrong_member() + "\" has a wrong form");
    return EventBody(std::move(body));
  }
}

template <size_t kIndex = 0>
int PresentVersion(std::string_view type) {
  if constexpr (kIndex == std::variant_size_v<EventBody>) {
    return 0;
  } else {
    using Form = FormOf<std::variant_alternative_t<kIndex, EventBody>>;
    return type == Form::kName ? Form::kVersion : PresentVersion<kIndex + 1>(type);
  }
}

struct SubjectOf {
  std::string operator()(const ServerStarted&) const { return {}; }
  std::string operator()(const ClockSetBack&) const { return {}; }
  std::string operator()(const OpsLoaded&) const { return {}; }
  std::string operator()(const AlarmTransitioned& b) const { return "alarm:" + b.alarm; }
  std::string operator()(const AlarmActionTaken& b) const { return "alarm:" + b.alarm; }
  std::string operator()(const AlarmContributorMoved& b) const { return "alarm:" + b.alarm; }
  std::string operator()(const PageQueued& b) const { return OfPage(b.incident, b.page); }
  std::string operator()(const PageAttempted& b) const { return OfPage(b.incident, b.page); }
  std::string operator()(const PageDead& b) const { return OfPage(b.incident, b.page); }
  std::string operator()(const PageSuppressed& b) const { return OfPage(b.incident, b.page); }
  std::string operator()(const PersonErased&) const { return {}; }
  std::string operator()(const ServiceDeclared& b) const { return "service:" + b.service; }
  std::string operator()(const ServiceHealthChanged& b) const { return "service:" + b.service; }
  std::string operator()(const ServiceScaled& b) const { return "service:" + b.service; }
  std::string operator()(const ServiceScalingDeclined& b) const { return "service:" + b.service; }
  std::string operator()(const ServiceScaleAttempted& b) const { return "service:" + b.service; }
  template <typename IncidentEvent>
  std::string operator()(const IncidentEvent& b) const {
    return "incident:" + b.incident;
  }
  /// An incident's timeline shows its pages, so they are about the incident.
  static std::string OfPage(const std::string& incident, const std::string& page) {
    if (!incident.empty()) return "incident:" + incident;
    return page.empty() ? std::string() : "page:" + page;
  }
};

template <typename Enum, size_t kCount>
std::optional<Enum> Lookup(const std::array<std::string_view, kCount>& names,
                           std::string_view name) {
  for (size_t i = 0; i < kCount; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

constexpr std::array<std::string_view, 3> kAlarmStates = {"OK", "ALARM", "INSUFFICIENT_DATA"};
constexpr std::array<std::string_view, 4> kSeverities = {"critical", "error", "warning", "info"};

}  // namespace

std::string_view AlarmStateName(AlarmState state) {
  return kAlarmStates[static_cast<size_t>(state)];
}

std::optional<AlarmState> AlarmStateFromName(std::string_view name) {
  return Lookup<AlarmState>(kAlarmStates, name);
}

std::string_view SeverityName(Severity severity) {
  return kSeverities[static_cast<size_t>(severity)];
}

std::optional<Severity> SeverityFromName(std::string_view name) {
  return Lookup<Severity>(kSeverities, name);
}

std::string_view EventType(const EventBody& body) {
  return std::visit([](const auto& b) { return FormOf<decltype(b)>::kName; }, body);
}

std::vector<std::string_view> EventTypes() {
  return []<size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::vector<std::string_view>{
        FormOf<std::variant_alternative_t<kIndex, EventBody>>::kName...};
  }(std::make_index_sequence<std::variant_size_v<EventBody>>());
}

std::string IncidentOf(const EventBody& body) {
  constexpr std::string_view kPrefix = "incident:";
  const std::string subject = EventSubject(body);
  return subject.starts_with(kPrefix) ? subject.substr(kPrefix.size()) : std::string();
}

int EventVersion(const EventBody& body) {
  return std::visit([](const auto& b) { return FormOf<decltype(b)>::kVersion; }, body);
}

std::string EventSubject(const EventBody& body) {
  return std::visit(SubjectOf{}, body);
}

std::string EncodeEvent(const EventBody& body) {
  impl::Writer writer;
  std::visit([&writer](const auto& b) { FormOf<decltype(b)>::Fields(writer, b); }, body);
  return writer.Take().Dump();
}

Result<EventBody> DecodeEvent(std::string_view type, int version, std::string_view bytes) {
  return DecodeEventWith(ReleasedUpcasts(), type, version, PresentVersion(type), bytes);
}

Result<EventBody> DecodeEventWith(std::span<const Upcast> upcasts, std::string_view type,
                                  int version, int present_version, std::string_view bytes) {
  if (present_version == 0) return BadEvent(type, version, "no such type is known to this release");
  if (version < 1 || version > present_version)
    return BadEvent(type, version,
                    "this release knows versions 1 to " + std::to_string(present_version) +
                        "; a newer release wrote it, so run that one");
  Result<Json> json = Json::Parse(bytes);
  if (!json) return BadEvent(type, version, json.error().message);
  if (!json->is_object()) return BadEvent(type, version, "its body is no JSON object");
  Json body = *std::move(json);
  for (int v = version; v < present_version; ++v) {
    const Upcast* step = nullptr;
    for (const Upcast& upcast : upcasts)
      if (upcast.type == type && upcast.from_version == v) step = &upcast;
    if (step == nullptr)
      return BadEvent(type, version, "no upcast from version " + std::to_string(v) + " exists");
    body = step->apply(std::move(body));
  }
  return DecodeBody(type, version, body);
}

std::span<const Upcast> ReleasedUpcasts() {
  return {};
}

}  // namespace hinomi::ops_model
