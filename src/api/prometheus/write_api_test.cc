#include "api/prometheus/write_api.h"

#include <gtest/gtest.h>
#include <snappy.h>

namespace hinomi::api {
namespace {

class FakeAppender : public metrics::Appender {
 public:
  Status Append(const std::vector<metrics::WriteSeries>& batch) override {
    if (full) return Exhausted("the disk is below min_free");
    batches.push_back(batch);
    return {};
  }
  void SetMetadata(const std::string&, const metrics::Metadata&) override {}

  bool full = false;
  std::vector<std::vector<metrics::WriteSeries>> batches;
};

/// A WriteRequest with one series up{} and one sample 1 @ 1000.
std::string OneSample() {
  using namespace std::string_literals;
  const std::string label = "\x0a\x08__name__\x12\x02up"s;
  const std::string sample = "\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\xe8\x07"s;
  std::string series = "\x0a"s + static_cast<char>(label.size()) + label;
  series += "\x12"s + static_cast<char>(sample.size()) + sample;
  return "\x0a"s + static_cast<char>(series.size()) + series;
}

class WriteApiTest : public testing::Test {
 protected:
  http::Response Write(const std::string& message, std::string type = "application/x-protobuf",
                       std::string encoding = "snappy") {
    http::Request request;
    request.method = "POST";
    request.headers = {{"content-type", std::move(type)},
                       {"Content-Encoding", std::move(encoding)}};
    snappy::Compress(message.data(), message.size(), &request.body);
    return AnswerWrite(receiver_, limits_, request);
  }

  FakeAppender appender_;
  Telemetry telemetry_;
  metrics::RemoteWriteLimits limits_{.max_decompressed_bytes = 1000};
  metrics::RemoteWriteReceiver receiver_{appender_, telemetry_, limits_};
};

TEST_F(WriteApiTest, SaysDoneOnceTheStoreHasIt) {
  const http::Response response = Write(OneSample());
  EXPECT_EQ(response.status, 204) << response.body;
  ASSERT_EQ(appender_.batches.size(), 1u);
  ASSERT_EQ(appender_.batches[0].size(), 1u);
  EXPECT_EQ(appender_.batches[0][0].labels.name(), "up");
  EXPECT_EQ(appender_.batches[0][0].samples[0].at_ms, 1000);
}

TEST_F(WriteApiTest, TheSecondVersionIsToldWhatIsWritten) {
  const char* type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
  // Symbols "", "__name__", "up"; a series of labels 1 and 2 with one sample at 1000.
  const std::string message(
      "\x22\x00\x22\x08__name__\x22\x02up"
      "\x2a\x12\x0a\x02\x01\x02\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\xe8\x07",
      36);
  const http::Response response = Write(message, type);
  EXPECT_EQ(response.status, 204) << response.body;
  ASSERT_EQ(response.headers.size(), 3u);
  EXPECT_EQ(response.headers[0].first, "X-Prometheus-Remote-Write-Samples-Written");
  EXPECT_EQ(response.headers[0].second, "1");
  EXPECT_EQ(response.headers[1].second, "0");
  ASSERT_EQ(appender_.batches.size(), 1u);
  EXPECT_EQ(appender_.batches[0][0].labels.name(), "up");
  const http::Response refused = Write("garbage", type);
  EXPECT_EQ(refused.status, 400);
  ASSERT_EQ(refused.headers.size(), 3u);
  EXPECT_EQ(refused.headers[0].second, "0");
}

TEST_F(WriteApiTest, TellsWhatASenderMayTryAgain) {
  EXPECT_EQ(Write("garbage").status, 400);
  EXPECT_EQ(Write(std::string(5000, 'x')).status, 413);
  EXPECT_EQ(Write(OneSample(), "application/x-protobuf;proto=some.other.Request").status, 415);
  EXPECT_EQ(Write(OneSample(), "application/x-protobuf", "gzip").status, 415);
  appender_.full = true;
  const http::Response full = Write(OneSample());
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.body, "the disk is below min_free\n");
  ASSERT_EQ(full.headers.size(), 1u);
  EXPECT_EQ(full.headers[0].first, "Retry-After");
  EXPECT_TRUE(appender_.batches.empty());
}

}  // namespace
}  // namespace hinomi::api
