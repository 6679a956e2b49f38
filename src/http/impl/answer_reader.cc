#include "http/impl/answer_reader.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
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
constexpr size_t kMostAtOnce = 64u << 10;

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

struct AnswerReader::Impl {
  explicit Impl(uint64_t limit) : body_limit_bytes(limit), buffer(kAnswerHeadLimit + kMostAtOnce) {
    buffer.reserve(kExpectedBytes);  // Else it is read in pieces of 512 bytes and up.
    Begin();
  }

  void Begin() {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(kAnswerHeadLimit);
    parser->body_limit(body_limit_bytes);
  }

  bool IsFinal() const { return parser->get().result_int() >= 200; }

  uint64_t body_limit_bytes;
  beast::flat_buffer buffer;
  std::optional<AnswerParser> parser;
};

AnswerReader::AnswerReader(uint64_t body_limit_bytes)
    : impl_(std::make_unique<Impl>(body_limit_bytes)) {}
AnswerReader::~AnswerReader() = default;

std::span<char> AnswerReader::Room() {
  const auto room = impl_->buffer.prepare(beast::read_size(impl_->buffer, kMostAtOnce));
  return {static_cast<char*>(room.data()), room.size()};
}

Result<bool> AnswerReader::Add(size_t count) {
  if (count > 0) {
    impl_->buffer.commit(count);
    return Parse();
  }
  error_code ec = beast::http::error::end_of_stream;
  if (impl_->parser->got_some()) impl_->parser->put_eof(ec);
  // What only goes before an answer may end with the connection; then there is no answer.
  if (!ec && !impl_->IsFinal()) ec = beast::http::error::end_of_stream;
  if (ec) return ErrorOf(ec, impl_->body_limit_bytes);
  return true;
}

Result<bool> AnswerReader::Parse() {
  beast::flat_buffer& buffer = impl_->buffer;
  while (buffer.size() > 0) {
    error_code ec;
    buffer.consume(impl_->parser->put(buffer.data(), ec));
    if (ec == beast::http::error::need_more) {
      if (buffer.size() < buffer.max_size()) return false;
      ec = beast::http::error::buffer_overflow;
    }
    if (ec) return ErrorOf(ec, impl_->body_limit_bytes);
    if (!impl_->parser->is_done()) continue;
    if (impl_->IsFinal()) return true;
    impl_->Begin();  // It goes before the answer.
  }
  return false;
}

WireAnswer AnswerReader::Take() {
  // Bytes that nobody asked for: what they would answer is unknown.
  const bool keeps_open = impl_->parser->keep_alive() && impl_->buffer.size() == 0;
  return {ResponseOf(impl_->parser->release()), keeps_open};
}

}  // namespace hinomi::http
