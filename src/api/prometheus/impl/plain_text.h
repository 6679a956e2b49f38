#ifndef HINOMI_API_PROMETHEUS_IMPL_PLAIN_TEXT_H_
#define HINOMI_API_PROMETHEUS_IMPL_PLAIN_TEXT_H_

#include <string>
#include <string_view>

#include "http/server.h"

namespace hinomi::api {

/// One line of text, as Prometheus answers on routes that do not speak JSON.
inline http::Response PlainText(int status, std::string_view line) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::string(line) + "\n";
  return response;
}

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_PLAIN_TEXT_H_
