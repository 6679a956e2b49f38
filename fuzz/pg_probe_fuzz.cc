// modules: hn_metrics
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/probes/pg_message.h"
#include "metrics/probes/scram.h"

/// What a PostgreSQL server says while a probe signs in: heads, bodies, SCRAM.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  while (bytes.size() >= pg::kHeadBytes) {
    const auto head = pg::ParseHead(bytes.substr(0, pg::kHeadBytes));
    if (!head) break;
    bytes.remove_prefix(pg::kHeadBytes);
    const std::string_view body = bytes.substr(0, head->body_bytes);
    bytes.remove_prefix(body.size());
    if (head->type == 'E') {
      const auto error = pg::ParseServerError(body);
      if (error) HN_CHECK(error->code.size() + error->message.size() <= body.size());
    }
    if (head->type != 'R') continue;
    const auto request = pg::ParseAuthentication(body);
    if (!request) continue;
    ScramClient client("pencil", "n");
    // Small counts only: the time goes into hashing otherwise.
    if (request->data.find(",i=4") != std::string::npos && request->data.size() < 80)
      (void)client.Final(request->data).has_value();
    (void)client.Verify(request->data).has_value();
  }
  return 0;
}
