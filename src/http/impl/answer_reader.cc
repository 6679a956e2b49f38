#include "http/impl/answer_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "http/impl/client_request.h"

namespace hinomi::http {
namespace {

namespace beast = boost::beast;
using error_code = boost::system::error_code;
using AnswerParser = beast::http::response_parser<beast::http::string_body>;

constexpr size_t kExpectedBytes = 16u << 10;

/// A `ByteSource` as Beast's SyncReadStream.
class SourceStream {
 public:
  explicit SourceStream(const ByteSource& read) : read_(read) {}

  template <typename Buffers>
  size_t read_some(const Buffers& buffers, error_code& ec) {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    auto count = read_({static_cast<char*>(first.data()), first.size()});
    if (!count) {
      error_ = std::move(count).error();
      ec = make_error_code(boost::system::errc::io_error);
      return 0;
    }
    ec = *count == 0 ? make_error_code(boost::asio::error::eof) : error_code();
    return *count;
  }
  template <typename Buffers>
  size_t read_some(const Buffers& buffers) {
    error_code ec;
    const size_t count = read_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return count;
  }

  std::optional<Error>& error() { return error_; }

 private:
  const ByteSource& read_;
  std::optional<Error> error_;
};

Error ErrorOf(error_code ec, uint64_t body_limit_bytes) {
  using E = beast::http::error;
  if (ec == E::body_limit) return AnswerTooLarge(body_limit_bytes);
  if (ec == E::header_limit || ec == E::buffer_overflow)
    return Exhausted("the answer's header is larger than 64 KiB");
  if (ec == E::end_of_stream) return Unavailable("the server closed the connection");
  if (ec == E::partial_message)
    return Unavailable("the server closed the connection in the middle of an answer");
  return Corrupt("what came is no HTTP/1.1 answer: " + ec.message());
}

ClientResponse ResponseOf(AnswerParser::value_type message) {
  ClientResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message)
    response.headers.emplace_back(ToLowerAscii(std::string_view(field.name_string())),
                                  std::string(field.value()));
  response.body = std::move(message.body());
  return response;
}

}  // namespace

Result<WireAnswer> ReadAnswer(const ByteSource& read, uint64_t body_limit_bytes) {
  SourceStream stream(read);
  beast::flat_buffer buffer(kAnswerHeadLimit + 65536);
  buffer.reserve(kExpectedBytes);  // Else it is read in pieces of 512 bytes and up.
  for (;;) {
    AnswerParser parser;
    parser.header_limit(kAnswerHeadLimit);
    parser.body_limit(body_limit_bytes);
    error_code ec;
    beast::http::read(stream, buffer, parser, ec);
    if (stream.error()) return *std::move(stream.error());
    if (ec) return ErrorOf(ec, body_limit_bytes);
    if (parser.get().result_int() < 200) continue;  // Goes before the answer.
    // Bytes that nobody asked for: what they would answer is unknown.
    const bool keeps_open = parser.keep_alive() && buffer.size() == 0;
    return WireAnswer{ResponseOf(parser.release()), keeps_open};
  }
}

}  // namespace hinomi::http
