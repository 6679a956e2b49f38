#include "metrics/probes/dns_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace hinomi::metrics::dns {
namespace {

using std::string;
using testing::HasSubstr;

string Bytes(std::string_view hex) {
  string digits;
  for (const char c : hex)
    if (c != ' ') digits += c;
  const auto bytes = HexDecode(digits);
  EXPECT_TRUE(bytes) << hex;
  return {bytes->begin(), bytes->end()};
}

// "www.example.com" is asked for; 12 is where the name stands.
constexpr const char* kQuestion = "03777777 076578616d706c65 03636f6d 00 0001 0001";
string Answer(const char* flags, const char* counts, const char* records) {
  return Bytes(string("1234") + flags + counts + kQuestion + records);
}

TEST(DnsMessageTest, AQueryIsTheHeaderAndOneQuestion) {
  const auto query = EncodeQuery(0x1234, "www.example.com.", *TypeNumber("A"));
  ASSERT_TRUE(query);
  EXPECT_EQ(*query, Bytes(string("1234 0100 0001 0000 0000 0000") + kQuestion));
  EXPECT_EQ(*EncodeQuery(1, ".", 2), Bytes("0001 0100 0001 0000 0000 0000 00 0002 0001"));
}

TEST(DnsMessageTest, NamesThatAreNoneAreRefused) {
  const string long_name = string(63, 'a') + "." + string(63, 'b') + "." + string(63, 'c') + ".";
  EXPECT_TRUE(EncodeQuery(1, long_name + string(61, 'd'), 1));
  for (const string& name : {string("a..b"), string(".a"), string("a.."), string(64, 'a'),
                             long_name + string(62, 'd')}) {
    const auto query = EncodeQuery(1, name, 1);
    ASSERT_FALSE(query) << name;
    EXPECT_EQ(query.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(DnsMessageTest, ReadsRecordsOfEveryTypeAsInAZoneFile) {
  const struct {
    const char* type;
    const char* data;  // Its length first.
    const char* text;
  } cases[] = {
      {"0001", "0004 c0000201", "192.0.2.1"},
      {"001c", "0010 20010db8000000000000000000000001", "2001:db8::1"},
      {"0005", "0002 c010", "example.com"},
      {"0002", "0006 036e7331 c010", "ns1.example.com"},
      {"000c", "0001 00", "."},
      {"000f", "0007 000a 026d78 c010", "10 mx.example.com"},
      {"0010", "0006 026162 026364", "abcd"},
      {"0021", "0008 0001 0002 1538 c010", "1 2 5432 example.com"},
      {"0006", "001a c00c 0161 c010 00000007 00000001 00000002 00000003 00000004",
       "www.example.com a.example.com 7 1 2 3 4"},
      {"0063", "0003 010203", ""},
      {"0005", "0009 04612e5c01 026220 00", "a\\.\\\\\\001.b\\032"},
  };
  for (const auto& c : cases) {
    const string record = string("c00c") + c.type + "0001 0000003c" + c.data;
    const auto message = ParseMessage(Answer("8180", "0001000100020003", record.c_str()));
    ASSERT_TRUE(message) << c.text << ": " << message.error().message;
    EXPECT_EQ(message->id, 0x1234);
    EXPECT_TRUE(message->response);
    EXPECT_FALSE(message->truncated);
    EXPECT_EQ(message->questions.at(0).name, "www.example.com");
    EXPECT_EQ(message->authorities, 2u);
    EXPECT_EQ(message->additionals, 3u);
    ASSERT_EQ(message->answers.size(), 1u);
    EXPECT_EQ(message->answers[0].name, "www.example.com");
    EXPECT_EQ(message->answers[0].ttl_s, 60u);
    EXPECT_EQ(message->answers[0].text, c.text);
  }
}

TEST(DnsMessageTest, ATruncatedAnswerIsReadUpToItsQuestion) {
  const auto message = ParseMessage(Answer("8380", "0001000500000000", "c00c0001"));
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_TRUE(message->truncated);
  EXPECT_TRUE(message->answers.empty());
}

TEST(DnsMessageTest, WhatIsBrokenIsSaidWithItsPlace) {
  const struct {
    const char* what;
    const char* records;
    const char* error;
  } cases[] = {
      {"no answer", "", "ends too early"},
      {"a pointer to itself", "c021 0001 0001 00000001 0004 c0000201", "points to itself"},
      {"a pointer ahead", "c0ff 0001 0001 00000001 0004 c0000201", "points to itself or ahead"},
      {"an unknown form", "80 0001 0001 00000001 0004 c0000201", "unknown form"},
      {"an address too short", "c00c 0001 0001 00000001 0003 c00002", "ends too early"},
      {"an address too long", "c00c 0001 0001 00000001 0005 c000020101", "contradicts"},
      {"a text beyond its record", "c00c 0010 0001 00000001 0002 0361 626364", "contradicts"},
      {"a length beyond the end", "c00c 0063 0001 00000001 ffff 00", "ends too early"},
  };
  for (const auto& c : cases) {
    const auto message = ParseMessage(Answer("8180", "0001000100000000", c.records));
    ASSERT_FALSE(message) << c.what;
    EXPECT_EQ(message.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(message.error().message, HasSubstr(c.error)) << c.what;
  }
  const string whole = Answer("8180", "0001000100000000", "c00c 0001 0001 00000001 0004 c0000201");
  ASSERT_TRUE(ParseMessage(whole));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParseMessage(std::string_view(whole).substr(0, size))) << size;
}

TEST(DnsMessageTest, ANameIsNoLongerThanAllowedHoweverItIsPutTogether) {
  // A record of an unknown type whose data is a chain: each part of a name of
  // eleven bytes points to the one before, the first to the question's name.
  for (const int parts : {21, 22}) {
    string chain;
    for (int i = 0; i < parts; ++i) {
      const size_t before = i == 0 ? 12 : 45 + static_cast<size_t>(i - 1) * 13;
      chain += '\x0A' + string(10, 'x') + static_cast<char>(0xC0 | before >> 8) +
               static_cast<char>(before & 0xFF);
    }
    const size_t last = 45 + static_cast<size_t>(parts - 1) * 13;
    string message = Answer("8180", "0001000200000000", "c00c 0063 0001 00000001");
    message += static_cast<char>(chain.size() >> 8);
    message += static_cast<char>(chain.size() & 0xFF);
    message += chain;
    message += static_cast<char>(0xC0 | last >> 8);
    message += static_cast<char>(last & 0xFF);
    message += Bytes("0063 0001 00000001 0000");
    const auto parsed = ParseMessage(message);
    // 17 bytes of the question's name and 21 times 11 are 248; 22 times are too many.
    ASSERT_EQ(parsed.has_value(), parts == 21) << (parsed ? "" : parsed.error().message);
    if (parts == 21) {
      EXPECT_TRUE(parsed->answers[1].name.ends_with("xxx.www.example.com"));
    } else {
      EXPECT_THAT(parsed.error().message, HasSubstr("longer than 255"));
    }
  }
}

TEST(DnsMessageTest, AnswersAreComparedAsPeopleWriteThem) {
  const struct {
    const char* type;
    const char* written;
    const char* comparable;
  } cases[] = {
      {"AAAA", "2001:DB8:0:0::1", "2001:db8::1"},
      {"A", "192.0.2.1", "192.0.2.1"},
      {"MX", "10  Mail.Example.COM.", "10 mail.example.com"},
      {"CNAME", "WWW.example.com.", "www.example.com"},
      {"TXT", "V=spf1  -all.", "V=spf1  -all."},
      {"A", "nonsense", "nonsense"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(ComparableAnswer(*TypeNumber(c.type), c.written), c.comparable);
}

}  // namespace
}  // namespace hinomi::metrics::dns
