#include "drivers/balancer/haproxy_log.h"

#include <gtest/gtest.h>

#include <string>

namespace hinomi::drivers {
namespace {

/// "backend server Tr Ta status" or "-".
std::string Read(std::string_view line) {
  const auto request = ParseHaproxyLogLine(line);
  if (!request) return "-";
  return std::string(request->backend) + " " + std::string(request->server) + " " +
         std::to_string(request->response_ms) + " " + std::to_string(request->total_ms) + " " +
         std::to_string(request->status);
}

TEST(HaproxyLogTest, LinesOfTheHttpLogAreRead) {
  const struct {
    std::string_view line, read;
  } kCases[] = {
      {"<134>Nov 25 03:51:08 haproxy[22869]: 127.0.0.1:33317 [25/Nov/2026:03:51:08.655] web "
       "app/w1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /i HTTP/1.1\"\n",
       "app w1 69 109 200"},
      {"unix:1 [06/Feb/2009:12:14:14.655] web~ app/<NOSRV> -1/-1/-1/-1/0 503 217 - - SC-- "
       "1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
       "app <NOSRV> -1 0 503"},
      {"<134>1 2026-11-25T03:51:08+00:00 - haproxy 22869 - - ::1:3 [25/Nov/2026:03:51:08.655] web "
       "app/w1 0/0/0/1500/+1501 504 9 - - sH-- 1/1/1/1/0 0/0 \"GET / HTTP/1.1\"",
       "app w1 1500 1501 504"},
      {"127.0.0.1:1 [x] web app/w1 0/0/0/5/6 -1 0 - - CD-- 1/1/1/1/0 0/0 \"<BADREQ>\"",
       "app w1 5 6 -1"},
      // A client cannot write a line's fields: its text stands behind them.
      {"127.0.0.1:1 [x] web app/w1 0/0/0/5/6 200 0 - - ---- 1/1/1/1/0 0/0 {a/b 1/1/1/9/9 500} "
       "\"GET / HTTP/1.1\"",
       "app w1 5 6 200"},
      {"127.0.0.1:1 [x] web {a/b 1/1/1/9/9 500} \"GET a/b 1/1/1/9/9 500\"", "-"},
      // TCP log, notices, other forms.
      {"127.0.0.1:1 [06/Feb/2009:12:14:14.655] db db/s1 0/0/5007 212 -- 0/0/0/0/3 0/0", "-"},
      {"<133>Nov 25 03:51:08 haproxy[1]: Server app/w1 is DOWN, reason: Layer7 wrong status", "-"},
      {"web app/w1 0/0/0/5 200", "-"},
      {"web app/w1 0/0/0/5/6 20x", "-"},
      {"web app/w1 0/0/0/-2/6 200", "-"},
      {"web /w1 0/0/0/5/6 200", "-"},
      {"web app/ 0/0/0/5/6 200", "-"},
      {"app/w1 0/0/0/5/6", "-"},
      {"", "-"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Read(c.line), c.read) << c.line;
}

}  // namespace
}  // namespace hinomi::drivers
