#ifndef HINOMI_API_PROMETHEUS_IMPL_GZIP_ANSWER_H_
#define HINOMI_API_PROMETHEUS_IMPL_GZIP_ANSWER_H_

#include "http/server.h"

namespace hinomi::api {

/// The same handler, whose answers are packed with gzip where the request's
/// Accept-Encoding takes that and they are long enough to gain by it.
http::Handler Gzipped(http::Handler handler);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_GZIP_ANSWER_H_
