#ifndef HINOMI_HTTP_IMPL_ANSWER_READER_H_
#define HINOMI_HTTP_IMPL_ANSWER_READER_H_

#include <cstddef>
#include <functional>
#include <span>

#include "base/result.h"
#include "http/client.h"

namespace hinomi::http {

/// Waits for bytes of a connection and puts at least one and at most all that fit into
/// the span; 0 once the other side has closed.
using ByteSource = std::function<Result<size_t>(std::span<char>)>;

/// An answer as it came over the wire; its body is not unpacked.
struct WireAnswer {
  ClientResponse response;
  bool keeps_open = false;  ///< The connection may be asked again.
};

constexpr size_t kAnswerHeadLimit = 64u << 10;

/// Reads one answer to a GET (HTTP/1.1, RFC 9112), those of 1xx before it left out. Errors:
/// of `read`; kExhausted beyond `body_limit_bytes` or the limit of heads; kUnavailable if
/// the other side closes within it; kCorrupt if it is no HTTP.
Result<WireAnswer> ReadAnswer(const ByteSource& read, uint64_t body_limit_bytes);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_ANSWER_READER_H_
