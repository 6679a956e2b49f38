#include "metrics/remote_read.h"

#include <algorithm>
#include <optional>
#include <protozero/pbf_reader.hpp>

#include "base/strings.h"
#include "metrics/impl/snappy_body.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_wire_type;
using protozero::tag_and_type;
using PbfReader = protozero::pbf_reader;

std::optional<MatchType> MatchTypeFromWire(int32_t type) {
  switch (type) {
    case 0:
      return MatchType::kEqual;
    case 1:
      return MatchType::kNotEqual;
    case 2:
      return MatchType::kRegex;
    case 3:
      return MatchType::kNotRegex;
    default:
      return std::nullopt;
  }
}

Result<Matcher> ReadMatcher(PbfReader message) {
  Matcher matcher;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::varint): {
        const int32_t number = message.get_int32();
        const auto type = MatchTypeFromWire(number);
        if (!type)
          return InvalidArgument("a matcher of the remote read request has the type " +
                                 std::to_string(number) +
                                 "; known are 0 (=), 1 (!=), 2 (=~), "
                                 "3 (!~)");
        matcher.type = *type;
        break;
      }
      case tag_and_type(2, pbf_wire_type::length_delimited):
        matcher.label = message.get_string();
        break;
      case tag_and_type(3, pbf_wire_type::length_delimited):
        matcher.value = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  if (matcher.label.empty())
    return InvalidArgument("a matcher of the remote read request names no label");
  if (!IsValidUtf8(matcher.label) || !IsValidUtf8(matcher.value))
    return InvalidArgument("a matcher of the remote read request is not UTF-8");
  return matcher;
}

Result<RemoteReadQuery> ReadQuery(PbfReader message, const RemoteReadLimits& limits) {
  RemoteReadQuery query;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::varint):
        query.from_ms = message.get_int64();
        break;
      case tag_and_type(2, pbf_wire_type::varint):
        query.to_ms = message.get_int64();
        break;
      case tag_and_type(3, pbf_wire_type::length_delimited): {
        HN_TRY(Matcher matcher, ReadMatcher(message.get_message()));
        query.matchers.push_back(std::move(matcher));
        break;
      }
      default:
        message.skip();
    }
  }
  if (query.matchers.size() > limits.max_matchers)
    return Exhausted("a query of the remote read request has more than " +
                     std::to_string(limits.max_matchers) + " matchers");
  return query;
}

/// The first known of the types that a sender lists.
class AnswerChoice {
 public:
  void Offer(int32_t type) {
    offered_ = true;
    if (!chosen_ && (type == 0 || type == 1)) chosen_ = static_cast<RemoteReadAnswer>(type);
  }
  Result<RemoteReadAnswer> Chosen() const {
    if (chosen_) return *chosen_;
    if (!offered_) return RemoteReadAnswer::kSamples;
    return InvalidArgument(
        "the sender accepts none of the remote read answers that are known here: SAMPLES (0) "
        "and STREAMED_XOR_CHUNKS (1)");
  }

 private:
  bool offered_ = false;
  std::optional<RemoteReadAnswer> chosen_;
};

Result<RemoteReadRequest> ReadRequestMessage(PbfReader message, const RemoteReadLimits& limits) {
  RemoteReadRequest request;
  AnswerChoice choice;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::length_delimited): {
        if (request.queries.size() == limits.max_queries)
          return Exhausted("the remote read request has more than " +
                           std::to_string(limits.max_queries) + " queries");
        HN_TRY(RemoteReadQuery query, ReadQuery(message.get_message(), limits));
        request.queries.push_back(std::move(query));
        break;
      }
      case tag_and_type(2, pbf_wire_type::varint):
        choice.Offer(message.get_enum());
        break;
      case tag_and_type(2, pbf_wire_type::length_delimited):
        for (const int32_t type : message.get_packed_enum()) choice.Offer(type);
        break;
      default:
        message.skip();
    }
  }
  HN_TRY(request.answer, choice.Chosen());
  return request;
}

}  // namespace

Result<RemoteReadRequest> DecodeReadRequest(std::string_view message,
                                            const RemoteReadLimits& limits) {
  try {
    return ReadRequestMessage(PbfReader(message.data(), message.size()), limits);
  } catch (const protozero::exception& broken) {
    return InvalidArgument(std::string("the remote read message is malformed: ") + broken.what());
  }
}

Result<RemoteReadRequest> DecodeRemoteRead(std::string_view body, const RemoteReadLimits& limits) {
  HN_TRY(const std::string message, UnpackSnappy("remote read", body, limits.max_compressed_bytes,
                                                 limits.max_decompressed_bytes));
  return DecodeReadRequest(message, limits);
}

}  // namespace hinomi::metrics
