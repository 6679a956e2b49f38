#ifndef HINOMI_HTTP_ANSWER_H_
#define HINOMI_HTTP_ANSWER_H_

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "http/server.h"

namespace hinomi::http {

/// The status that stands for a kind of failure: 400, 404, 409, 403, 429, 503,
/// 504 or 500.
int StatusOfError(ErrorCode code);

/// `{"error":{"code","message"}}` for paths below /api/hinomi/, one line of
/// plain text elsewhere.
Response ErrorAnswer(const Request& request, int status, std::string_view code,
                     std::string_view message);
/// The same for an error of our own; its code's name is the code.
Response ErrorAnswer(const Request& request, const Error& error);

Response JsonAnswer(const Json& body, int status = 200);

/// "OK", "Not Found", …; "" for a status without a name.
std::string_view ReasonPhrase(int status);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_ANSWER_H_
