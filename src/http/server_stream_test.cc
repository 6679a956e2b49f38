#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "http/testing.h"

namespace hinomi::http {
namespace {

using std::string;

// A route whose stream the test sends by hand.
class Broadcast {
 public:
  Route MakeRoute() {
    Route route = Fixed("GET", "/events", "public");
    route.handler = [this](const Request&) {
      Response response;
      response.content_type = "text/event-stream";
      response.stream = [this](std::shared_ptr<StreamSink> sink) {
        const std::lock_guard lock(mutex_);
        sinks_.push_back(std::move(sink));
        changed_.notify_all();
      };
      return response;
    };
    return route;
  }
  std::shared_ptr<StreamSink> Await(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, n] { return sinks_.size() >= n; });
    return sinks_[n - 1];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<StreamSink>> sinks_;
};

// Until the sink notices; the test program's own limit is the patience.
void AwaitClosed(StreamSink& sink) {
  while (!sink.closed()) std::this_thread::yield();
}

constexpr const char* kAsk = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST(ServerStreamTest, SendsPiecesAsTheyComeAndThenEnds) {
  Broadcast broadcast;
  const ServerUnderTest server({broadcast.MakeRoute()});
  RawConnection connection(server.port());
  connection.Send(kAsk);
  const string head = connection.ReadUntil("\r\n\r\n");
  EXPECT_EQ(StatusOf(head), 200);
  EXPECT_EQ(HeaderOf(head, "content-type"), "text/event-stream");
  EXPECT_EQ(HeaderOf(head, "transfer-encoding"), "chunked");
  const auto sink = broadcast.Await(1);
  EXPECT_TRUE(sink->Send("data: 1\n\n"));
  EXPECT_EQ(connection.ReadUntil("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(sink->Send("data: 22\n\n"));
  EXPECT_EQ(connection.ReadUntil("\n\n\r\n"), "a\r\ndata: 22\n\n\r\n");
  sink->Close();
  EXPECT_EQ(connection.ReadToEnd(), "0\r\n\r\n");
  EXPECT_FALSE(sink->Send("late"));
}

TEST(ServerStreamTest, StreamsWithoutChunksToOldClients) {
  Broadcast broadcast;
  const ServerUnderTest server({broadcast.MakeRoute()});
  RawConnection connection(server.port());
  connection.Send("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const auto sink = broadcast.Await(1);
  sink->Send("data: 1\n\n");
  sink->Close();
  EXPECT_EQ(BodyOf(connection.ReadToEnd()), "data: 1\n\n");
}

TEST(ServerStreamTest, NoticesThatTheReaderIsGone) {
  Broadcast broadcast;
  const ServerUnderTest server({broadcast.MakeRoute()});
  auto connection = std::make_unique<RawConnection>(server.port());
  connection->Send(kAsk);
  const auto sink = broadcast.Await(1);
  connection.reset();
  AwaitClosed(*sink);
  EXPECT_FALSE(sink->Send("data: 1\n\n"));
}

TEST(ServerStreamTest, CutsAReaderThatDoesNotReadAndHoldsNobodyElseUp) {
  Broadcast broadcast;
  const ServerUnderTest server({broadcast.MakeRoute()}, [](ServerConfig& config) {
    config.stream_limit_bytes = 100'000;
    config.progress_timeout = Duration::Millis(300);
  });
  RawConnection deaf(server.port());
  deaf.Send(kAsk);
  const auto to_deaf = broadcast.Await(1);
  RawConnection reader(server.port());
  reader.Send(kAsk);
  const auto to_reader = broadcast.Await(2);
  reader.ReadUntil("\r\n\r\n");
  const string piece(50'000, 'x');
  int accepted = 0;
  // The sockets' own buffers take some megabytes.
  while (to_deaf->Send(piece)) ASSERT_LT(++accepted, 10'000);
  EXPECT_TRUE(to_deaf->closed());
  EXPECT_TRUE(to_reader->Send("data: still here\n\n"));
  EXPECT_EQ(reader.ReadUntil("\n\n\r\n"), "12\r\ndata: still here\n\n\r\n");
  // What it finds at last is no whole answer.
  EXPECT_FALSE(deaf.ReadToEnd().ends_with("\r\n0\r\n\r\n"));
}

TEST(ServerStreamTest, EndsStreamsWhenTheServerStops) {
  Broadcast broadcast;
  ServerUnderTest server({broadcast.MakeRoute()});
  RawConnection connection(server.port());
  connection.Send(kAsk);
  const auto sink = broadcast.Await(1);
  server.server().Stop();
  EXPECT_TRUE(BodyOf(connection.ReadToEnd()).ends_with("0\r\n\r\n"));
  EXPECT_FALSE(sink->Send("late"));
  sink->Close();
}

TEST(ServerStreamTest, OutlivesTheServer) {
  std::shared_ptr<StreamSink> sink;
  {
    Broadcast broadcast;
    const ServerUnderTest server({broadcast.MakeRoute()});
    RawConnection connection(server.port());
    connection.Send(kAsk);
    sink = broadcast.Await(1);
  }
  EXPECT_TRUE(sink->closed());
  EXPECT_FALSE(sink->Send("late"));
  sink->Close();
}

}  // namespace
}  // namespace hinomi::http
