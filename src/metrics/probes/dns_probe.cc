#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "metrics/probes/dns_message.h"
#include "metrics/probes/run.h"
#include "os/entropy.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kDatagramBytes = 65'535;
/// A datagram may get lost: the question goes out as often within the timeout.
constexpr int kTries = 3;

/// The one question of a run.
struct Query {
  uint16_t id = 0;
  uint16_t type = 0;
  std::string name;
  std::string bytes;

  /// RFC 5452 9.1: what answers this question and no other. Servers that
  /// could not read a question or do not want to leave it out.
  bool IsAnsweredBy(const dns::Message& message) const {
    if (message.id != id || !message.response) return false;
    if (message.questions.empty()) return message.rcode != 0;
    return message.questions.size() == 1 && message.questions[0].type == type &&
           dns::ComparableName(message.questions[0].name) == dns::ComparableName(name);
  }
};

Result<Query> MakeQuery(const DnsProbe& probe) {
  const auto type = dns::TypeNumber(probe.type);
  if (!type) return InvalidArgument("the type " + probe.type + " cannot be asked for");
  const std::string random = SecureRandomBytes(2);
  Query query;
  query.id = static_cast<uint16_t>(static_cast<unsigned char>(random[0]) << 8 |
                                   static_cast<unsigned char>(random[1]));
  query.type = *type;
  query.name = probe.name;
  HN_TRY(query.bytes, dns::EncodeQuery(query.id, probe.name, *type));
  return query;
}

/// Whether a datagram has the question's id: only then is it worth a failure
/// that it cannot be read.
bool HasId(std::string_view bytes, uint16_t id) {
  return bytes.size() >= 2 && static_cast<unsigned char>(bytes[0]) == id >> 8 &&
         static_cast<unsigned char>(bytes[1]) == (id & 0xFF);
}

Error NoAnswer(const Error& error, int strangers) {
  if (error.code != ErrorCode::kTimeout || strangers == 0) return error;
  return Timeout("no answer to the question in time; " + std::to_string(strangers) +
                 " datagrams had another id or question and were dropped");
}

Result<dns::Message> AskOverUdp(Wire& wire, const Query& query, const Deadline& deadline) {
  int strangers = 0;
  for (int tries_left = kTries; tries_left > 0; --tries_left) {
    HN_TRY_VOID(wire.Send(query.bytes, deadline));
    const Deadline until = deadline.Within(deadline.Left() / tries_left);
    for (;;) {
      const auto bytes = wire.Receive(kDatagramBytes, until);
      if (!bytes) {
        if (bytes.error().code == ErrorCode::kTimeout && tries_left > 1) break;
        return NoAnswer(bytes.error(), strangers);
      }
      if (HasId(*bytes, query.id)) {
        HN_TRY(dns::Message message, dns::ParseMessage(*bytes));
        if (query.IsAnsweredBy(message)) return message;
      }
      ++strangers;
    }
  }
  return Timeout("no answer in time");
}

/// RFC 1035 4.2.2: each message behind its length.
Result<dns::Message> AskOverTcp(Wire& wire, const Query& query, const Deadline& deadline) {
  const size_t size = query.bytes.size();
  const std::string length = {static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
  HN_TRY_VOID(wire.Send(length + query.bytes, deadline));
  HN_TRY(const std::string head, wire.ReceiveAll(2, deadline));
  const size_t coming = static_cast<size_t>(static_cast<unsigned char>(head[0])) << 8 |
                        static_cast<unsigned char>(head[1]);
  HN_TRY(const std::string bytes, wire.ReceiveAll(coming, deadline));
  HN_TRY(dns::Message message, dns::ParseMessage(bytes));
  if (!query.IsAnsweredBy(message))
    return Corrupt("the answer has another id or question than what was asked");
  if (message.truncated) return Corrupt("the answer over TCP is truncated");
  return message;
}

/// The texts of the answers of the type that was asked for, as compared.
std::vector<std::string> AnswersOf(const dns::Message& message, uint16_t type) {
  std::vector<std::string> answers;
  for (const dns::Record& record : message.answers)
    if (record.type == type) answers.push_back(dns::ComparableAnswer(type, record.text));
  std::sort(answers.begin(), answers.end());
  return answers;
}

void NoteFacts(const dns::Message& message, uint16_t type, ProbeResult& result) {
  DnsFacts& facts = result.dns.emplace();
  facts.rcode = dns::RcodeName(message.rcode);
  facts.answers = message.answers.size();
  facts.authorities = message.authorities;
  facts.additionals = message.additionals;
  if (type != dns::TypeNumber("SOA")) return;
  for (const dns::Record& record : message.answers)
    if (record.type == type) facts.serial = record.serial;
}

ProbeResult Judge(const DnsProbe& probe, const dns::Message& message, uint16_t type,
                  ProbeRun& run) {
  NoteFacts(message, type, run.result());
  const std::string rcode = dns::RcodeName(message.rcode);
  const std::string asked = probe.name + " " + probe.type;
  run.Judge("rcode");
  if (rcode != probe.rcode)
    return run.Fail("rcode",
                    "asked for " + asked + ", answered " + rcode + ", expected " + probe.rcode);
  run.Judge("answer");
  const std::vector<std::string> answers = AnswersOf(message, type);
  if (probe.answers.empty()) {
    if (answers.empty() && rcode == "NOERROR")
      return run.Fail("answer", "asked for " + asked + ", there is none");
    return run.Succeed();
  }
  std::vector<std::string> expected;
  for (const std::string& answer : probe.answers)
    expected.push_back(dns::ComparableAnswer(type, answer));
  std::sort(expected.begin(), expected.end());
  if (answers == expected) return run.Succeed();
  return run.Fail("answer", "asked for " + asked + ", answered " +
                                (answers.empty() ? "none" : Join(answers, ", ")) + "; expected " +
                                Join(expected, ", "));
}

/// Over UDP only silence or a refusal tells that nobody is there: then the next
/// address is asked.
Result<dns::Message> AskEach(const std::vector<NetAddress>& addresses, const Query& query,
                             Transport transport, ProbeRun& run) {
  Error last = Unavailable("there is no address to ask");
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto share = run.deadline().Left() / static_cast<int64_t>(addresses.size() - i);
    const Deadline deadline = run.deadline().Within(share);
    run.Enter("connect");
    auto wire = Wire::Connect({addresses[i]}, transport, deadline);
    if (wire) {
      run.Enter("request");
      auto message = transport == Transport::kUdp ? AskOverUdp(*wire, query, deadline)
                                                  : AskOverTcp(*wire, query, deadline);
      if (message) return message;
      last = std::move(message).error();
    } else {
      last = std::move(wire).error();
    }
    const bool nobody = last.code == ErrorCode::kTimeout || last.code == ErrorCode::kUnavailable;
    if (!nobody) break;
  }
  return last;
}

Result<dns::Message> Ask(const HostAndPort& server, const Query& query, ProbeWorld& world,
                         Transport transport, ProbeRun& run) {
  run.Enter("resolve");
  HN_TRY(const std::vector<NetAddress> addresses, world.resolver.Resolve(server, run.deadline()));
  auto message = AskEach(addresses, query, transport, run);
  // RFC 7766 5: what did not fit comes over TCP.
  if (message && message->truncated && transport == Transport::kUdp)
    return AskEach(addresses, query, Transport::kTcp, run);
  return message;
}

}  // namespace

ProbeResult RunDnsProbe(const Probe& probe, ProbeWorld& world) {
  ProbeRun run(probe, world.clock);
  const auto server = SplitHostPort(probe.target);
  if (!server) return run.Fail(server.error());
  const auto query = MakeQuery(probe.dns);
  if (!query) return run.Fail(query.error());
  const Transport first = probe.dns.tcp ? Transport::kTcp : Transport::kUdp;
  const auto message = Ask(*server, *query, world, first, run);
  if (!message) return run.Fail(message.error());
  return Judge(probe.dns, *message, query->type, run);
}

}  // namespace hinomi::metrics
