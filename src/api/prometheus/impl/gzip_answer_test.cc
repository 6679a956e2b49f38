#include "api/prometheus/impl/gzip_answer.h"

#include <gmock/gmock.h>
#include <zlib.h>

namespace hinomi::api {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::Pair;

std::string Gunzipped(const std::string& packed, size_t length) {
  std::string out(length, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

http::Response AskFor(const std::string& body, const std::string& accept) {
  http::Request request;
  request.headers = {{"Accept-Encoding", accept}};
  return Gzipped([&](const http::Request&) {
    http::Response response;
    response.status = 400;  // Errors are packed no less.
    response.body = body;
    return response;
  })(request);
}

TEST(GzipAnswerTest, LongAnswersArePackedForThoseWhoTakeThem) {
  const std::string body(10'000, 'x');
  for (const char* accept : {"gzip", "deflate, gzip;q=0.5", "GZIP"}) {
    const http::Response response = AskFor(body, accept);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.headers, Contains(Pair("Content-Encoding", "gzip"))) << accept;
    EXPECT_THAT(response.headers, Contains(Pair("Vary", "Accept-Encoding")));
    EXPECT_LT(response.body.size(), 200u);
    EXPECT_EQ(Gunzipped(response.body, body.size()), body);
  }
}

TEST(GzipAnswerTest, OthersGetThemAsTheyAre) {
  const std::string body(10'000, 'x');
  for (const char* accept : {"", "br", "gzip;q=0", "identity"}) {
    const http::Response response = AskFor(body, accept);
    EXPECT_EQ(response.body, body) << accept;
    EXPECT_THAT(response.headers, Not(Contains(Pair("Content-Encoding", ::testing::_))));
    EXPECT_THAT(response.headers, Contains(Pair("Vary", "Accept-Encoding")));
  }
  EXPECT_EQ(AskFor("short", "gzip").body, "short");
}

}  // namespace
}  // namespace hinomi::api
