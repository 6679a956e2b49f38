// modules: hn_http
// An answer of a server: the same however its bytes are cut, and never over its limit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "base/check.h"
#include "http/impl/answer_reader.h"

namespace {

constexpr uint64_t kLimit = 10'000;

hinomi::Result<hinomi::http::WireAnswer> Read(std::string_view bytes, size_t most) {
  hinomi::http::AnswerReader reader(kLimit);
  for (;;) {
    const std::span<char> room = reader.Room();
    HN_CHECK(!room.empty());
    const size_t count = std::min({bytes.size(), room.size(), most});
    std::copy_n(bytes.begin(), count, room.begin());
    bytes.remove_prefix(count);
    HN_TRY(const bool whole, reader.Add(count));
    if (whole) return reader.Take();
    HN_CHECK(count > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = Read(bytes, size + 1);
  const auto pieces = Read(bytes, 1);
  HN_CHECK(whole.has_value() == pieces.has_value());
  if (!whole) return 0;
  const auto& one = whole->response;
  const auto& other = pieces->response;
  HN_CHECK(std::tie(one.status, one.headers, one.body) ==
           std::tie(other.status, other.headers, other.body));
  HN_CHECK(one.status >= 200 && one.body.size() <= kLimit);
  return 0;
}
