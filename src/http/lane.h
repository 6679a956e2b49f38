#ifndef HINOMI_HTTP_LANE_H_
#define HINOMI_HTTP_LANE_H_

namespace hinomi::http {

/// How long work may wait for a worker: alarms, pages and acknowledgements are
/// urgent; queries normal; exports and reports background.
enum class Lane { kUrgent, kNormal, kBackground };

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_LANE_H_
