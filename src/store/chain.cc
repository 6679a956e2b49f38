#include "store/chain.h"

#include <string>
#include <string_view>

namespace hinomi::store {
namespace {

void AppendBigEndian(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

// Each text with its length before it: else "ab"+"c" would hash as "a"+"bc".
void AppendText(std::string& out, std::string_view text) {
  AppendBigEndian(out, text.size());
  out += text;
}

}  // namespace

Sha256Digest ChainHash(const Sha256Digest& previous, uint64_t sequence, Instant at,
                       const NewEvent& event) {
  std::string bytes = "hinomi-journal-1";
  bytes.reserve(128 + event.type.size() + event.subject.size() + event.actor.size() +
                event.body.size());
  bytes.append(reinterpret_cast<const char*>(previous.data()), previous.size());
  AppendBigEndian(bytes, sequence);
  AppendBigEndian(bytes, static_cast<uint64_t>(at.nanos()));
  AppendText(bytes, event.type);
  AppendBigEndian(bytes, static_cast<uint64_t>(int64_t{event.version}));
  AppendText(bytes, event.subject);
  AppendText(bytes, event.actor);
  AppendText(bytes, event.body);
  return Sha256(bytes);
}

}  // namespace hinomi::store
