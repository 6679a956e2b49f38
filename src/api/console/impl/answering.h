#ifndef HINOMI_API_CONSOLE_IMPL_ANSWERING_H_
#define HINOMI_API_CONSOLE_IMPL_ANSWERING_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/console/console_api.h"
#include "api/console/impl/render.h"
#include "base/json.h"
#include "base/result.h"
#include "http/server.h"
#include "text/catalogue.h"

/// What the files of the console's API share.
namespace hinomi::api::impl {

using ContextPtr = std::shared_ptr<const ConsoleContext>;
using Answer = std::function<Result<Json>(const ConsoleContext&, const http::Request&)>;

/// Of a list's page, whatever `limit` asks for.
inline constexpr uint64_t kMostListed = 1000;

/// METHOD /api/hinomi/v1/`path`, answered as JSON; an error as ErrorResponse.
void AddAnswer(http::Server& server, const ContextPtr& context, const char* method,
               const std::string& path, const char* right, Answer answer,
               http::Lane lane = http::Lane::kNormal);

/// Of the sentences in an answer: `?lang=`, else Accept-Language, else the server's.
text::Language LanguageOf(const ConsoleContext& context, const http::Request& request);

/// Opens sealed texts; those of an erased person read as "".
Unseal MakeUnseal(const ConsoleContext& context);

/// A query parameter that is a whole number. Errors: kInvalidArgument names it.
Result<uint64_t> QueryNumber(const http::Request& request, std::string_view name,
                             uint64_t fallback);

/// The same for a time, RFC 3339.
Result<Instant> QueryTime(const http::Request& request, std::string_view name, Instant fallback);

/// The members of a body; none of an empty one.
Result<Json> BodyOf(const http::Request& request);

/// Of an alarm's metric, by its own statistic, in the last three periods: the
/// newest of them may still be empty. Without a value where none of them has one.
ops_model::Datapoint NewestPoint(const PointSource& points, const policy::AlarmDocument& alarm,
                                 Instant now);

/// An alarm with its published state and its newest value.
Json AlarmNow(const ConsoleContext& context, const Picture& picture,
              const policy::AlarmDocument& alarm, text::Language language);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_ANSWERING_H_
