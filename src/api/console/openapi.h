#ifndef HINOMI_API_CONSOLE_OPENAPI_H_
#define HINOMI_API_CONSOLE_OPENAPI_H_

#include "base/json.h"
#include "http/server.h"

namespace hinomi::api {

/// The console's REST as an OpenAPI 3.1 document. `x-right` of an operation is
/// the right that its route in `server` asks for.
Json OpenApiDocument(const http::Server& server, const std::string& release);

/// GET /api/hinomi/v1/openapi.json. Add after the routes that it describes.
void AddOpenApiRoute(http::Server& server, const std::string& release);

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_OPENAPI_H_
