#ifndef HINOMI_API_CONSOLE_IMPL_OPENAPI_TABLE_H_
#define HINOMI_API_CONSOLE_IMPL_OPENAPI_TABLE_H_

#include <span>
#include <string_view>

namespace hinomi::api::impl {

/// One operation. Schemas are names below components/schemas; "" for none.
struct Operation {
  std::string_view method;
  std::string_view path;  ///< Below /api/hinomi/v1.
  std::string_view id;
  std::string_view summary;
  std::string_view query;     ///< Parameters with commas between: "state,lang".
  std::string_view request;   ///< Schema of the body.
  std::string_view response;  ///< Schema of the 200 answer.
};

std::span<const Operation> Operations();

/// {"name": {"description", "schema"}} of the query parameters.
std::string_view ParametersJson();
/// What stands below components/schemas.
std::string_view SchemasJson();

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_OPENAPI_TABLE_H_
