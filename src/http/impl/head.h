#ifndef HINOMI_HTTP_IMPL_HEAD_H_
#define HINOMI_HTTP_IMPL_HEAD_H_

#include <string>

#include "base/clock.h"
#include "http/impl/stream_queue.h"
#include "http/server.h"

namespace hinomi::http {

enum class Framing {
  kLength,       ///< Content-Length of the body.
  kChunked,      ///< A stream to an HTTP/1.1 client.
  kUntilClosed,  ///< A stream to an HTTP/1.0 client.
};

/// The head of an answer, ready for the wire: status line, the answer's own
/// headers, and the security headers that every answer has. A header that the
/// answer sets itself wins. Headers with characters that would end the line are
/// left out.
std::string MakeHead(const Response& response, Framing framing, bool keep_alive, Instant now);

/// A piece of a stream, ready for the wire. A chunked stream that was cut off
/// lacks its last chunk, so that the reader knows.
std::string Frame(const StreamQueue::Piece& piece, Framing framing);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_HEAD_H_
