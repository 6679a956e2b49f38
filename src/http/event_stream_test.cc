#include "http/event_stream.h"

#include <gtest/gtest.h>

namespace hinomi::http {
namespace {

using Events = std::vector<StreamEvent>;

Events InPieces(EventStreamReader& reader, std::string_view bytes, size_t size) {
  Events events;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
    for (StreamEvent& event : reader.Feed(bytes.substr(0, size))) events.push_back(event);
  return events;
}

TEST(EventStreamTest, ReadsTheSameInPiecesOfAnySize) {
  const std::string stream =
      "retry: 2000\n\n: keep-alive\n\nid: 7\nevent: change\ndata: {\"a\":1}\n\n"
      "id:8\r\ndata: one\r\ndata:two\r\n\r\ndata\n\ndata: x\rdata: y\r\r";
  for (size_t size = 1; size <= stream.size(); ++size) {
    EventStreamReader reader;
    EXPECT_EQ(InPieces(reader, stream, size), (Events{{"change", "{\"a\":1}"},
                                                      {"message", "one\ntwo"},
                                                      {"message", ""},
                                                      {"message", "x\ny"}}));
    EXPECT_EQ(reader.last_id(), "8");
  }
}

TEST(EventStreamTest, AnEventThatDidNotEndIsAskedForAgain) {
  EventStreamReader reader;
  EXPECT_TRUE(reader.Feed("id: 7\ndata: a\n\nid: 8\ndata: b\n").size() == 1);
  EXPECT_EQ(reader.last_id(), "7");
  reader.Restart();
  EXPECT_EQ(reader.Feed("data: c\n\n"), (Events{{"message", "c"}}));
  EXPECT_EQ(reader.last_id(), "7");
}

TEST(EventStreamTest, ALineWithoutEndCostsOneMebibyte) {
  EventStreamReader reader;
  for (int i = 0; i < 40; ++i)
    EXPECT_TRUE(reader.Feed("data: " + std::string(100'000, 'x')).empty());
  EXPECT_EQ(reader.Feed("\n\nid: 9\ndata: next\n\n"), (Events{{"message", "next"}}));
}

}  // namespace
}  // namespace hinomi::http
