#ifndef HINOMI_HTTP_LANE_H_
#define HINOMI_HTTP_LANE_H_

namespace hinomi::http {

/// How long work may wait for a worker: commands and acknowledgements are urgent;
/// samples that come in and what the console shows, both short, are normal;
/// queries, exports and reports, which may take their time, are background.
enum class Lane { kUrgent, kNormal, kBackground };

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_LANE_H_
