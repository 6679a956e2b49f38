// Lanes and busy answers, through the whole server.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/testing.h"

namespace hinomi::http {
namespace {

TEST(ServerLoadTest, AcknowledgesWhileSlowQueriesHoldEverythingElse) {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  bool release = false;
  Route query = Fixed("GET", "/query", "public");
  query.handler = [&](const Request&) {
    std::unique_lock lock(mutex);
    ++running;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
    return Response();
  };
  Route acknowledge = Fixed("POST", "/ack", "public", "acknowledged");
  acknowledge.lane = Lane::kUrgent;
  acknowledge.content_type = "";
  const ServerUnderTest server({query, acknowledge}, [](ServerConfig& config) {
    config.worker_threads = 4;
    config.worker_queue_limit = 3;
  });
  // Two run, three wait, the sixth is told to come again.
  std::vector<std::unique_ptr<RawConnection>> queries;
  const auto ask = [&] {
    queries.push_back(std::make_unique<RawConnection>(server.port()));
    queries.back()->Send("GET /query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  };
  ask();
  ask();
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running == 2; });
  }
  for (int i = 0; i < 3; ++i) ask();
  while (server.Metric("hinomi_worker_waiting{lane=\"normal\"}") != 3) std::this_thread::yield();
  ask();
  const std::string busy = queries.back()->ReadToEnd();
  EXPECT_EQ(StatusOf(busy), 503);
  EXPECT_EQ(HeaderOf(busy, "retry-after"), "1");
  EXPECT_EQ(BodyOf(server.Ask("POST", "/ack")), "acknowledged");
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(running, 2);
    release = true;
    changed.notify_all();
  }
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(StatusOf(queries[i]->ReadToEnd()), 200);
}

TEST(ServerLoadTest, AnswersManyConnectionsAtOnce) {
  const ServerUnderTest server({Fixed("GET", "/x", "public", "x")});
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      RawConnection connection(server.port());
      for (int i = 0; i < 50; ++i) {
        connection.Send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
        good += BodyOf(connection.ReadAnswer()) == "x";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
  EXPECT_EQ(server.Metric("hinomi_http_requests_total{method=\"GET\",route=\"/x\",code=\"200\"}"),
            400);
}

}  // namespace
}  // namespace hinomi::http
