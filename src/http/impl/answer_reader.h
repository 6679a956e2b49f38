#ifndef HINOMI_HTTP_IMPL_ANSWER_READER_H_
#define HINOMI_HTTP_IMPL_ANSWER_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "http/client.h"

namespace hinomi::http {

/// An answer as it came over the wire; its body is not unpacked.
struct WireAnswer {
  ClientResponse response;
  bool keeps_open = false;  ///< The connection may be asked again.
};

constexpr size_t kAnswerHeadLimit = 64u << 10;

/// Reads one answer to a GET (HTTP/1.1, RFC 9112), however its bytes come; answers of 1xx
/// before it are left out.
class AnswerReader {
 public:
  explicit AnswerReader(uint64_t body_limit_bytes);
  ~AnswerReader();

  /// Where the next bytes go; never empty. Valid until `Add`.
  std::span<char> Room();
  /// So many bytes are in the room; 0: the other side has closed. True once the answer is
  /// whole. Errors: kExhausted beyond the limit of bodies or heads; kUnavailable if the other
  /// side closes within the answer; kCorrupt if it is no HTTP. Not after its end.
  Result<bool> Add(size_t count);
  /// Once it is whole.
  WireAnswer Take();

 private:
  struct Impl;
  Result<bool> Parse();
  std::unique_ptr<Impl> impl_;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_ANSWER_READER_H_
