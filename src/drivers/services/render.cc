#include "drivers/services/render.h"

namespace hinomi::drivers {
namespace {

Json TimeOrNull(Instant at) {
  return at == Instant() ? Json() : Json(FormatRfc3339(Instant::FromMillis(at.millis())));
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

Json ServiceToJson(const ServiceStatus& service) {
  Json events = Json::MakeArray();
  for (const ServiceEvent& event : service.events)
    events.Append(
        Json::MakeObject().Set("at", FormatRfc3339(event.at)).Set("message", event.message));
  return Json::MakeObject()
      .Set("name", service.name)
      .Set("cluster", service.cluster)
      .Set("state", !service.declared ? "stopping"
                    : service.failing ? "failing"
                                      : "active")
      .Set("desired", service.desired_count)
      .Set("running", service.running_count)
      .Set("pending", service.pending_count)
      .Set("healthy", service.healthy_count)
      .Set("failures", service.failures)
      .Set("reason", service.reason)
      .Set("next_start_at", TimeOrNull(service.next_start_at))
      .Set("cpu_percent", OrNull(service.cpu_percent))
      .Set("memory_percent", OrNull(service.memory_percent))
      .Set("events", std::move(events));
}

Json TaskToJson(const Task& task) {
  return Json::MakeObject()
      .Set("id", task.id)
      .Set("service", task.service)
      .Set("host", task.host)
      .Set("port", task.port == 0 ? Json() : Json(static_cast<int>(task.port)))
      .Set("pid", task.pid == 0 ? Json() : Json(task.pid))
      .Set("desired_status", task.wanted ? "RUNNING" : "STOPPED")
      .Set("last_status", TaskStatusName(task.last_status))
      .Set("health", TaskHealthName(task.health))
      .Set("health_reason", task.health_reason)
      .Set("stop_code",
           task.stop_code == StopCode::kNone ? Json() : Json(StopCodeName(task.stop_code)))
      .Set("stopped_reason", task.stopped_reason)
      .Set("exit_code", OrNull(task.exit_code))
      .Set("created_at", TimeOrNull(task.created_at))
      .Set("started_at", TimeOrNull(task.started_at))
      .Set("stopping_at", TimeOrNull(task.stopping_at))
      .Set("stopped_at", TimeOrNull(task.stopped_at))
      .Set("cpu_percent", OrNull(task.cpu_percent))
      .Set("memory_percent", OrNull(task.memory_percent))
      .Set("cpu_seconds", task.cpu_time.ToSeconds())
      .Set("resident_bytes", task.resident_bytes);
}

Json LogChunkToJson(const LogChunk& chunk) {
  return Json::MakeObject()
      .Set("text", chunk.text)
      .Set("cursor", chunk.cursor)
      .Set("lost", chunk.lost)
      .Set("ended", chunk.ended);
}

}  // namespace hinomi::drivers
