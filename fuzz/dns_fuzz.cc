// modules: hn_metrics
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/probes/dns_message.h"

/// Answers of a name server. What is read must stay within what was sent.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = hinomi::metrics::dns::ParseMessage(bytes);
  if (!message) return 0;
  // Each question takes five bytes and each record eleven, at least.
  HN_CHECK(12 + message->questions.size() * 5 + message->answers.size() * 11 <= size);
  for (const auto& record : message->answers) {
    HN_CHECK(record.name.size() <= 4 * 255);
    (void)hinomi::metrics::dns::ComparableAnswer(record.type, record.text);
  }
  for (const auto& question : message->questions)
    (void)hinomi::metrics::dns::EncodeQuery(message->id, question.name, question.type).has_value();
  return 0;
}
