#ifndef HINOMI_API_GUIDE_HTTP_REFERENCE_H_
#define HINOMI_API_GUIDE_HTTP_REFERENCE_H_

#include <string>
#include <vector>

#include "guide/words.h"
#include "http/server.h"

namespace hinomi::api {

/// Every route of the server with its right, as Markdown: the console's API from
/// its OpenAPI description, the others from a table.
std::string HttpReference(const http::Server& server, const std::string& release,
                          guide::Words& words);

/// "METHOD pattern" of the routes that neither has; the console's own page and
/// files aside.
std::vector<std::string> UndescribedRoutes(const http::Server& server);

}  // namespace hinomi::api

#endif  // HINOMI_API_GUIDE_HTTP_REFERENCE_H_
