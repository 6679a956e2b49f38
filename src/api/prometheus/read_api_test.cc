#include "api/prometheus/read_api.h"

#include <gmock/gmock.h>
#include <snappy.h>

#include "api/prometheus/heavy_store_testing.h"
#include "promql/testing.h"

namespace hinomi::api {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string Number(int field, int value) {
  return {static_cast<char>(field << 3), static_cast<char>(value)};
}

/// A query for [0, 100] of the metric; short enough that every length is one byte.
std::string ReadQueryOf(const std::string& metric, int type = 0) {
  return Field(1, Number(1, 0) + Number(2, 100) +
                      Field(3, Number(1, type) + Field(2, "__name__") + Field(3, metric)));
}

class ReadApiTest : public ::testing::Test {
 protected:
  ReadApiTest() {
    for (int i = 0; i < 3; ++i)
      store_.Add(metrics::Labels({{"__name__", "up"}, {"job", "a"}}), i * 10, i);
  }
  http::Response Read(const std::string& message, const std::string& encoding = "snappy") {
    return ReadFrom(store_, message, encoding);
  }
  http::Response ReadFrom(const metrics::Queryable& store, const std::string& message,
                          const std::string& encoding = "snappy") {
    http::Request request;
    request.method = "POST";
    request.headers = {{"Content-Encoding", encoding}};
    snappy::Compress(message.data(), message.size(), &request.body);
    return AnswerRead(store, config_, request, clock_);
  }

  promql::MemoryQueryable store_;
  ReadApiConfig config_;
  ManualClock clock_;
};

TEST_F(ReadApiTest, AnswersSamplesInTheOrderOfTheQueries) {
  const http::Response response = Read(ReadQueryOf("down") + ReadQueryOf("up"));
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/x-protobuf");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].second, "snappy");
  std::string message;
  ASSERT_TRUE(snappy::Uncompress(response.body.data(), response.body.size(), &message));
  EXPECT_THAT(message.substr(0, 2), std::string("\x0A\x00", 2));
  EXPECT_THAT(message, HasSubstr("__name__"));
  // The last sample: field 1 the double 2, field 2 the time 20.
  EXPECT_TRUE(message.ends_with(std::string("\x09\0\0\0\0\0\0\0\x40\x10\x14", 11)));
}

TEST_F(ReadApiTest, StreamsChunksWhereTheSenderWantsThem) {
  const http::Response response = Read(ReadQueryOf("up") + Field(2, "\x01"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type,
            "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
  EXPECT_TRUE(response.headers.empty()) << "it is not packed with snappy";
  ASSERT_GT(response.body.size(), 5u);
  EXPECT_EQ(static_cast<size_t>(response.body[0]), response.body.size() - 5) << "one frame";
}

TEST_F(ReadApiTest, SaysWhatIsWrong) {
  const struct {
    http::Response response;
    int status;
    const char* text;
  } cases[] = {
      {Read("\xFF\xFF"), 400, "the remote read message is malformed"},
      {Read(ReadQueryOf("up", 9)), 400, "a matcher of the remote read request has the type 9"},
      {Read(ReadQueryOf("a(", 2)), 400, ""},
      {Read(Field(2, "\x05")), 400, "the sender accepts none"},
      {Read(std::string(5u << 20, 'x')), 413, "the remote read body says that it unpacks to"},
      {Read(ReadQueryOf("up"), "gzip"), 415, "Content-Encoding gzip is not supported"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.response.status, c.status) << c.response.body;
    EXPECT_THAT(c.response.body, StartsWith(c.text));
    EXPECT_TRUE(c.response.body.ends_with('\n') && c.response.body.size() > 10);
    EXPECT_THAT(c.response.content_type, StartsWith("text/plain"));
  }
}

TEST_F(ReadApiTest, StaysWithinItsLimitsAndGivesMemoryBack) {
  config_.max_samples = 2;
  EXPECT_EQ(Read(ReadQueryOf("up")).status, 400);
  config_.max_samples = 3;
  EXPECT_EQ(Read(ReadQueryOf("up")).status, 200);
  metrics::QueryMemory memory(40);  // Less than the answer takes.
  config_.memory = &memory;
  const http::Response refused = Read(ReadQueryOf("up"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("query_memory"));
  EXPECT_EQ(memory.used(), 0u);
  memory.set_limit(1u << 20);
  EXPECT_EQ(Read(ReadQueryOf("up")).status, 200);
  EXPECT_GE(memory.TakePeak(), 40u);
  EXPECT_EQ(memory.used(), 0u);
}

TEST_F(ReadApiTest, AHeavyRequestWaitsForHeavyQueries) {
  HeavyStore store;
  store.Free();
  config_.gate = std::make_shared<promql::QueryGate>(1, nullptr);
  auto other = config_.gate->Enter(HeavyEstimate());
  EXPECT_EQ(ReadFrom(store, ReadQueryOf("light")).status, 200);
  // Together with a light one, in the same request, it is as heavy.
  http::Response heavy = ReadFrom(store, ReadQueryOf("light") + ReadQueryOf("heavy"));
  http::Response late = ReadFrom(store, ReadQueryOf("heavy"));
  ASSERT_TRUE(heavy.later);
  ASSERT_TRUE(late.later);
  other.reset();
  heavy = heavy.later();
  EXPECT_EQ(heavy.status, 200);
  EXPECT_FALSE(heavy.later);
  const auto another = config_.gate->Enter(HeavyEstimate());
  ASSERT_TRUE(another) << "the request has left the gate";
  clock_.Advance(config_.longest_wait);
  late = late.later();
  EXPECT_FALSE(late.later);
  EXPECT_EQ(late.status, 503);
  EXPECT_THAT(late.body, HasSubstr("it would read up to 20000000 samples"));
  EXPECT_EQ(late.headers.at(0).first, "Retry-After");
}

}  // namespace
}  // namespace hinomi::api
