#include "drivers/balancer/haproxy_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::drivers {
namespace {

using ::testing::HasSubstr;

// Columns in another order than any version prints them, one unknown between.
constexpr std::string_view kShuffled =
    "# hrsp_5xx,svname,pxname,novelty,type,status,scur,stot,req_tot,hrsp_2xx,uweight,last_chk,"
    "check_status,check_code,sid,addr,qcur,act,\n"
    "7,BACKEND,app,x,1,UP,3,120,118,100,,,,,,,,2,\n"
    "2,a,app,x,2,UP 1/2,1,60,,50,10,\"said \"\"no, not now\"\"\",* L7OK,200,1,127.0.0.1:9001,4,1,\n"
    "1,b,app,x,2,DOWN,0,55,,50,10,,L7STS,500,2,127.0.0.1:9002,0,1,\n"
    "9,c,other,x,2,UP,0,1,,0,1,,,,1,,0,1,\n"
    "\n";

TEST(HaproxyCsvTest, ColumnsAreFoundByTheirNames) {
  const auto table = HaproxyTable::ParseCsv(kShuffled);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->size(), 4u);
  EXPECT_EQ(table->Get(1, "last_chk"), "said \"no, not now\"");
  EXPECT_EQ(table->Get(1, "no such column"), "");

  const auto stat = ReadBackendStat(*table, "app");
  ASSERT_TRUE(stat) << stat.error().message;
  EXPECT_EQ(stat->status, "UP");
  EXPECT_EQ(stat->sessions, 3);
  EXPECT_EQ(stat->active_servers, 2);
  EXPECT_EQ(stat->requests_total, 118u);
  EXPECT_EQ(stat->answers.server_errors(), 7u);
  EXPECT_EQ(stat->answers.by_class[1], 100u);
  ASSERT_EQ(stat->servers.size(), 2u);
  const ServerStat& a = stat->servers[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.id, "1");
  EXPECT_EQ(a.address, "127.0.0.1:9001");
  EXPECT_EQ(a.status, "UP 1/2");
  EXPECT_EQ(a.weight, 10);
  EXPECT_EQ(a.queued, 4);
  EXPECT_EQ(a.check_status, "L7OK");
  EXPECT_EQ(a.answers.server_errors(), 2u);
  EXPECT_EQ(stat->servers[1].check_code, "500");
}

TEST(HaproxyCsvTest, SessionsStandForRequestsInTcpMode) {
  const auto table = HaproxyTable::ParseCsv(
      "# pxname,svname,type,status,scur,stot,req_tot,hrsp_5xx,mode\n"
      "db,BACKEND,1,UP,0,41,,,tcp\n\n");
  ASSERT_TRUE(table);
  const auto stat = ReadBackendStat(*table, "db");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->requests_total, 41u);
}

TEST(HaproxyCsvTest, WhatIsNoTableIsRefusedWithTheReason) {
  const struct {
    std::string_view answer, reason;
  } kCases[] = {
      {"", "does not begin with the header"},
      {"HTTP/1.0 400 Bad request\r\n\r\n", "does not begin with the header"},
      {"# pxname,svname", "cut off"},
      {"# pxname,svname\n", "cut off"},
      {"# pxname,svname\napp,a\n", "cut off"},
      {"# pxname,svname\napp,a\napp", "cut off"},
      {"# pxname,svname\napp,\"a\n\n", "cut off"},
      {"# pxname,svname\napp\n\n", "row 1 has 1 fields where the header has 2"},
      {"# pxname,svname\napp,a,b\n\n", "row 1 has 3 fields where the header has 2"},
      {"# pxname,pxname\n\n", "column twice: pxname"},
  };
  for (const auto& c : kCases) {
    const auto table = HaproxyTable::ParseCsv(c.answer);
    ASSERT_FALSE(table) << c.answer;
    EXPECT_EQ(table.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(table.error().message, HasSubstr(c.reason)) << c.answer;
  }
}

TEST(HaproxyCsvTest, AMissingBackendAndColumnAreTold) {
  const auto table = HaproxyTable::ParseCsv(kShuffled);
  ASSERT_TRUE(table);
  const auto missing = ReadBackendStat(*table, "ap");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);

  const auto poor = HaproxyTable::ParseCsv("# pxname,svname\napp,BACKEND\n\n");
  ASSERT_TRUE(poor);
  const auto no_column = ReadBackendStat(*poor, "app");
  ASSERT_FALSE(no_column);
  EXPECT_THAT(no_column.error().message, HasSubstr("no column type"));

  const auto words = HaproxyTable::ParseCsv(
      "# pxname,svname,type,status,scur,stot,req_tot,hrsp_5xx\n"
      "app,BACKEND,1,UP,many,0,0,0\n\n");
  ASSERT_TRUE(words);
  const auto no_number = ReadBackendStat(*words, "app");
  ASSERT_FALSE(no_number);
  EXPECT_THAT(no_number.error().message, HasSubstr("column scur holds \"many\""));
}

TEST(HaproxyCsvTest, ServersStateIsATableOfWords) {
  const auto table = HaproxyTable::ParseWords(
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state\n"
      "3 app 1 a 127.0.0.1 0 5\n# a comment\n3 app 2 b 127.0.0.1 2 0\n\n");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->size(), 2u);
  EXPECT_EQ(table->Get(0, "srv_admin_state"), "5");
  EXPECT_EQ(table->Get(1, "srv_name"), "b");

  for (const std::string_view bad :
       {"", "2\n# a b\n1 2\n\n", "1\na b\n\n", "1\n# a b\n1\n\n", "1\n# a b\n1 2\n"}) {
    const auto refused = HaproxyTable::ParseWords(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace hinomi::drivers
