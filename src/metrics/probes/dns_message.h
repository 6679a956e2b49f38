#ifndef HINOMI_METRICS_PROBES_DNS_MESSAGE_H_
#define HINOMI_METRICS_PROBES_DNS_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Messages of the DNS (RFC 1035 section 4), as much as a probe needs: a query
/// of one question is written, answers are read.
namespace hinomi::metrics::dns {

/// The number of a type ("A" is 1), or nothing if it is none of A AAAA CNAME MX
/// NS PTR SOA SRV TXT.
std::optional<uint16_t> TypeNumber(std::string_view type);
/// "NXDOMAIN"; "RCODE11" for those without a name.
std::string RcodeName(int rcode);

/// A query in class IN that wants recursion. Error: kInvalidArgument for a
/// name that has an empty or overlong part or is longer than 255 bytes.
Result<std::string> EncodeQuery(uint16_t id, std::string_view name, uint16_t type);

/// Names without the dot at their end, in the case in which they came; bytes
/// that would be misread stand as \DDD (RFC 1035 5.1).
struct Question {
  std::string name;
  uint16_t type = 0;
  uint16_t record_class = 0;
};

struct Record {
  std::string name;
  uint16_t type = 0;
  uint16_t record_class = 0;
  uint32_t ttl_s = 0;
  /// As in a zone file, e.g. "10 mail.example.com"; of a TXT the strings put
  /// together, without quotes. "" of types that `TypeNumber` does not know.
  std::string text;
  uint32_t serial = 0;  ///< Of a SOA.
};

struct Message {
  uint16_t id = 0;
  bool response = false;
  bool truncated = false;
  int rcode = 0;
  std::vector<Question> questions;
  std::vector<Record> answers;
  size_t authorities = 0, additionals = 0;  ///< As counted in the header.
};

/// Reads a message; of one that is truncated the header and the questions.
/// What stands behind the answers is not looked at. Error: kCorrupt, with where.
Result<Message> ParseMessage(std::string_view bytes);

/// A domain name as it is compared: lower case, no dot at its end.
std::string ComparableName(std::string_view name);
/// An answer as it is compared, from `Record::text` or as people write it in
/// an ops folder: names without regard to case and the last dot, addresses in
/// their shortest form, blanks one each. TXT is left as it is.
std::string ComparableAnswer(uint16_t type, std::string_view text);

}  // namespace hinomi::metrics::dns

#endif  // HINOMI_METRICS_PROBES_DNS_MESSAGE_H_
