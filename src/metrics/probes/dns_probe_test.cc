#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "metrics/probe_testing.h"
#include "metrics/probes/run.h"

namespace hinomi::metrics {
namespace {

using std::string;
using testing::ElementsAre;
using testing::HasSubstr;

// Parts of an answer to "www.example.com A", which is what probes here ask.
const string kA = string("\xC0\x0C\0\x01\0\x01\0\0\0\x3C\0\x04", 12);
const string kFirst = kA + string("\xC0\0\x02\x01", 4);
const string kSecond = kA + string("\xC0\0\x02\x02", 4);

/// The answer to a question: its id and question, these flags and records.
string AnswerTo(const string& question, unsigned flags, int answers, const string& records) {
  string answer = question.substr(0, 2);
  answer += static_cast<char>(flags >> 8);
  answer += static_cast<char>(flags & 0xFF);
  answer += string("\0\x01\0", 3) + static_cast<char>(answers) + string(4, '\0');
  return answer + question.substr(12) + records;
}

constexpr unsigned kOk = 0x8180;
constexpr unsigned kTruncated = 0x8380;

/// A name server over TCP that gives each question `answer` behind its length.
http::ScriptedServer::Script OverTcp(std::function<string(const string&)> answer) {
  return [answer = std::move(answer)](http::RawConnection& connection) {
    string bytes;
    while (bytes.size() < 2 || bytes.size() < 2u + static_cast<unsigned char>(bytes[1])) {
      const string piece = connection.ReadSome();
      if (piece.empty()) return;
      bytes += piece;
    }
    const string message = answer(bytes.substr(2));
    connection.Send(
        string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size() & 0xFF)} +
        message);
    connection.ReadToEnd();
  };
}

class DnsProbeTest : public testing::Test {
 protected:
  Probe At(uint16_t port) const {
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kDns, port);
    probe.dns.name = "www.example.com";
    return probe;
  }
  /// Asks a server that answers with these flags and records.
  ProbeResult Ask(Probe probe, unsigned flags, int answers, const string& records) const {
    const UdpResponder server([&](const string& question) {
      return std::vector<string>{AnswerTo(question, flags, answers, records)};
    });
    probe.target = At(server.port()).target;
    return world_.Ask(probe);
  }

  const ProbeWorldUnderTest world_;
};

TEST_F(DnsProbeTest, AnAnswerIsCountedAndTimed) {
  const ProbeResult result = Ask(At(1), kOk, 2, kFirst + kSecond);
  EXPECT_TRUE(result.success) << result.error;
  ASSERT_TRUE(result.dns);
  EXPECT_EQ(result.dns->rcode, "NOERROR");
  EXPECT_EQ(result.dns->answers, 2u);
  EXPECT_EQ(result.dns->serial, std::nullopt);
  std::vector<string> phases;
  for (const auto& [phase, length] : result.phases) phases.push_back(phase);
  EXPECT_THAT(phases, ElementsAre("resolve", "connect", "request"));
}

TEST_F(DnsProbeTest, RcodeAndAnswersAreJudged) {
  using Answers = std::vector<string>;
  const struct {
    unsigned rcode;
    int count;
    string records;
    const char* expected_rcode;
    Answers expected;
    const char* layer;
    const char* error;
  } cases[] = {
      {0, 1, kFirst, "NOERROR", {}, "", ""},
      {0, 2, kFirst + kSecond, "NOERROR", {"192.0.2.2", "192.0.2.1"}, "", ""},
      {0,
       1,
       kFirst,
       "NOERROR",
       {"192.0.2.2"},
       "answer",
       "answer: asked for www.example.com A, answered 192.0.2.1; expected 192.0.2.2"},
      {0, 2, kFirst + kSecond, "NOERROR", {"192.0.2.1"}, "answer", "expected 192.0.2.1"},
      {0, 0, "", "NOERROR", {"192.0.2.1"}, "answer", "answered none"},
      {0, 0, "", "NOERROR", {}, "answer", "there is none"},
      {3, 0, "", "NOERROR", {}, "rcode", "answered NXDOMAIN, expected NOERROR"},
      {3, 0, "", "NXDOMAIN", {}, "", ""},
      {0, 1, kFirst, "NXDOMAIN", {}, "rcode", "answered NOERROR, expected NXDOMAIN"},
      {5, 0, "", "NOERROR", {}, "rcode", "REFUSED"},
      {11, 0, "", "NOERROR", {}, "rcode", "RCODE11"},
  };
  for (const auto& c : cases) {
    Probe probe = At(1);
    probe.dns.rcode = c.expected_rcode;
    probe.dns.answers = c.expected;
    const ProbeResult result = Ask(probe, kOk | c.rcode, c.count, c.records);
    EXPECT_EQ(result.failed_layer, c.layer) << result.error;
    EXPECT_EQ(result.reason, c.layer);
    EXPECT_THAT(result.error, HasSubstr(c.error));
    EXPECT_TRUE(result.dns);
  }
}

TEST_F(DnsProbeTest, TheSerialOfASoaIsAMetric) {
  const string soa = string("\xC0\x0C\0\x06\0\x01\0\0\0\x3C\0\x18", 12) + "\xC0\x0C\xC0\x0C" +
                     string("\x78\xA1\xE7\x01\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4", 20);
  Probe probe = At(1);
  probe.dns.type = "SOA";
  const ProbeResult result = Ask(probe, kOk, 1, soa);
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.dns->serial, 2'023'876'353u);
  double serial = 0;
  for (const WriteSeries& series : SamplesOfProbe(probe, result, Instant::FromSeconds(1)))
    if (series.labels.Get("__name__") == "probe_dns_serial") serial = series.samples[0].value;
  EXPECT_EQ(serial, 2'023'876'353.0);
}

TEST_F(DnsProbeTest, ATruncatedAnswerIsAskedForAgainOverTcp) {
  const http::ScriptedServer tcp(
      OverTcp([](const string& question) { return AnswerTo(question, kOk, 1, kFirst); }));
  std::atomic<int> datagrams = 0;
  const UdpResponder udp(tcp.port(), [&](const string& question) {
    ++datagrams;
    return std::vector<string>{AnswerTo(question, kTruncated, 9, kFirst.substr(0, 7))};
  });
  const ProbeResult result = world_.Ask(At(udp.port()));
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.dns->answers, 1u);
  EXPECT_EQ(datagrams, 1);
  EXPECT_EQ(tcp.connections(), 1);
  EXPECT_EQ(result.phases.size(), 3u);
}

TEST_F(DnsProbeTest, ATruncatedAnswerWithoutTcpBehindItFailsInConnect) {
  const UdpResponder udp([](const string& question) {
    return std::vector<string>{AnswerTo(question, kTruncated, 0, "")};
  });
  const ProbeResult result = world_.Ask(At(udp.port()));
  EXPECT_EQ(result.failed_layer, "connect");
  EXPECT_EQ(result.reason, "unreachable");
}

TEST_F(DnsProbeTest, ALostDatagramIsSentAgain) {
  std::atomic<int> datagrams = 0;
  const UdpResponder server([&](const string& question) -> std::vector<string> {
    if (++datagrams == 1) return {};
    return {AnswerTo(question, kOk, 1, kFirst)};
  });
  Probe probe = At(server.port());
  probe.timeout = Duration::Millis(1500);
  const ProbeResult result = world_.Ask(probe);
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(datagrams, 2);
}

TEST_F(DnsProbeTest, WhatDoesNotAnswerTheQuestionIsNoAnswer) {
  const auto with_other_id = [](string answer) {
    answer[0] = static_cast<char>(answer[0] ^ 1);
    return answer;
  };
  const auto with_other_question = [](string answer) {
    answer[13] = 'x';
    return answer;
  };
  const struct {
    const char* what;
    std::function<std::vector<string>(const string&)> answer;
    const char* reason;  // "": success
    const char* error;
  } cases[] = {
      {"silence", [](const string&) { return std::vector<string>{}; }, "timeout", "no answer"},
      {"another id",
       [&](const string& q) {
         return std::vector<string>{with_other_id(AnswerTo(q, kOk, 1, kFirst))};
       },
       "timeout", "another id or question"},
      {"another question",
       [&](const string& q) {
         return std::vector<string>{with_other_question(AnswerTo(q, kOk, 1, kFirst))};
       },
       "timeout", "another id or question"},
      {"the question itself", [](const string& q) { return std::vector<string>{q}; }, "timeout",
       "another id or question"},
      {"garbage", [](const string&) { return std::vector<string>{"g", "", "garbage"}; }, "timeout",
       "another id or question"},
      {"garbage with the id",
       [](const string& q) { return std::vector<string>{q.substr(0, 2) + "garbage"}; }, "garbage",
       "no DNS message"},
      {"a record that is cut off",
       [](const string& q) {
         return std::vector<string>{AnswerTo(q, kOk, 1, kFirst.substr(0, 10))};
       },
       "garbage", "ends too early"},
      {"the right one among wrong ones",
       [&](const string& q) {
         const string right = AnswerTo(q, kOk, 1, kFirst);
         return std::vector<string>{with_other_id(right), "g", with_other_question(right), right};
       },
       "", ""},
      {"an error without the question",
       [](const string& q) {
         return std::vector<string>{q.substr(0, 2) + string("\x80\x01\0\0\0\0\0\0\0\0", 10)};
       },
       "rcode", "FORMERR"},
  };
  for (const auto& c : cases) {
    const UdpResponder server(c.answer);
    Probe probe = At(server.port());
    probe.timeout = TimeoutFor(c.reason);
    const ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.reason, c.reason) << c.what << ": " << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error)) << c.what;
    if (result.reason == "timeout" || result.reason == "garbage") {
      EXPECT_EQ(result.failed_layer, "request") << c.what;
      EXPECT_FALSE(result.dns) << c.what;
    }
    EXPECT_LT(result.duration, probe.timeout + Duration::Seconds(2)) << c.what;
  }
}

TEST_F(DnsProbeTest, APortWithNobodyBehindItIsUnreachable) {
  uint16_t port = 0;
  {
    const UdpResponder server([](const string&) { return std::vector<string>{}; });
    port = server.port();
  }
  const ProbeResult result = world_.Ask(At(port));
  EXPECT_EQ(result.failed_layer, "request");
  EXPECT_EQ(result.reason, "unreachable");
  EXPECT_THAT(result.error, HasSubstr("refused"));
}

TEST_F(DnsProbeTest, EachAddressOfTheServersNameIsAsked) {
  // The name's first address is one where nobody listens.
  const UdpResponder server([](const string& question) {
    return std::vector<string>{AnswerTo(question, kOk, 1, kFirst)};
  });
  Resolver resolver([](const string&) -> Result<std::vector<NetAddress>> {
    std::vector<NetAddress> addresses = *SystemLookup("127.0.0.2");
    addresses.push_back(SystemLookup("127.0.0.1")->at(0));
    return addresses;
  });
  const SystemClock clock;
  ProbeWorld world{clock, nullptr, nullptr, resolver};
  Probe probe = At(server.port());
  probe.target = "ns.example.com:" + std::to_string(server.port());
  const ProbeResult result = RunDnsProbe(probe, world);
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.phases.size(), 3u);
}

TEST_F(DnsProbeTest, BadServersOverTcpFailInTimeWithTheirReason) {
  const std::map<string, string> reasons = {{"garbage", "timeout"},
                                            {"silence", "timeout"},
                                            {"slow", "timeout"},
                                            {"closes", "unreachable"},
                                            {"closes when asked", "unreachable"}};
  for (const BadServer& bad : BadServers()) {
    const http::ScriptedServer server(bad.script);
    Probe probe = At(server.port());
    probe.dns.tcp = true;
    probe.timeout = TimeoutFor(reasons.at(bad.behaviour));
    const ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.failed_layer, "request") << bad.behaviour;
    EXPECT_EQ(result.reason, reasons.at(bad.behaviour)) << bad.behaviour << ": " << result.error;
    EXPECT_LT(result.duration, probe.timeout + Duration::Seconds(2)) << bad.behaviour;
  }
}

TEST_F(DnsProbeTest, AnswersOverTcpMustBeWholeAndToTheQuestion) {
  const struct {
    std::function<string(const string&)> answer;
    const char* error;
  } cases[] = {
      {[](const string& q) { return AnswerTo(q, kTruncated, 0, ""); }, "truncated"},
      {[](const string& q) { return "xx" + AnswerTo(q, kOk, 1, kFirst).substr(2); },
       "another id or question"},
      {[](const string&) { return string(); }, "no DNS message"},
  };
  for (const auto& c : cases) {
    const http::ScriptedServer server(OverTcp(c.answer));
    Probe probe = At(server.port());
    probe.dns.tcp = true;
    const ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.reason, "garbage") << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error));
  }
}

TEST_F(DnsProbeTest, ANameThatIsNoneIsAMistakeOfTheConfiguration) {
  Probe probe = At(1);
  probe.dns.name = "a..b";
  EXPECT_EQ(world_.Ask(probe).failed_layer, "configuration");
  probe = At(1);
  probe.dns.type = "ANY";
  EXPECT_EQ(world_.Ask(probe).failed_layer, "configuration");
}

}  // namespace
}  // namespace hinomi::metrics
