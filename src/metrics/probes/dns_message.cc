#include "metrics/probes/dns_message.h"

#include <arpa/inet.h>

#include <array>

#include "base/strings.h"

namespace hinomi::metrics::dns {
namespace {

constexpr size_t kLabelBytes = 63;
constexpr size_t kNameBytes = 255;

enum Type : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
};

void Put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

/// Goes through a message; after a mistake every read gives nothing.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return mistake_.empty(); }
  const std::string& mistake() const { return mistake_; }
  size_t at() const { return at_; }
  void GoTo(size_t at) { at_ = at; }

  unsigned Byte() {
    if (!Has(1)) return 0;
    return static_cast<unsigned char>(bytes_[at_++]);
  }
  uint16_t Short() {
    const unsigned high = Byte();
    return static_cast<uint16_t>(high << 8 | Byte());
  }
  uint32_t Long() {
    const uint32_t high = Short();
    return high << 16 | Short();
  }
  std::string_view Bytes(size_t count) {
    if (!Has(count)) return {};
    const std::string_view bytes = bytes_.substr(at_, count);
    at_ += count;
    return bytes;
  }
  std::string Name();
  void Mistake(std::string what) {
    if (mistake_.empty()) mistake_ = std::move(what) + " at byte " + std::to_string(at_);
  }

 private:
  bool Has(size_t count) {
    if (ok() && count <= bytes_.size() - at_) return true;
    Mistake("the message ends too early");
    return false;
  }

  std::string_view bytes_;
  size_t at_ = 0;
  std::string mistake_;
};

void AppendLabel(std::string_view label, std::string& name) {
  if (!name.empty()) name += '.';
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '.' || c == '\\') {
      name += '\\';
      name += c;
    } else if (byte <= 0x20 || byte >= 0x7F) {
      const std::string digits = std::to_string(byte);
      name += '\\' + std::string(3 - digits.size(), '0') + digits;
    } else {
      name += c;
    }
  }
}

std::string MessageReader::Name() {
  std::string name;
  size_t length = 0;
  size_t back = 0;  // Where to go on after the first pointer.
  size_t lowest = at_;
  for (;;) {
    const unsigned size = Byte();
    if (!ok() || size == 0) break;
    if (size >= 0xC0) {
      const size_t to = (size & 0x3F) << 8 | Byte();
      if (back == 0) back = at_;
      // Only to what stands before: that is how a loop is ruled out.
      if (to >= lowest) Mistake("a name points to itself or ahead");
      if (!ok()) break;
      lowest = at_ = to;
      continue;
    }
    if (size > kLabelBytes) Mistake("a part of a name has an unknown form");
    length += size + 1;
    if (length >= kNameBytes) Mistake("a name is longer than 255 bytes");
    if (!ok()) break;
    AppendLabel(Bytes(size), name);
  }
  if (back != 0) at_ = back;
  if (name.empty()) name = ".";
  return ok() ? name : "";
}

std::string AddressText(int family, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family, bytes.data(), text, sizeof text);
  return text;
}

std::string Texts(MessageReader& in, size_t end) {
  std::string text;
  while (in.ok() && in.at() < end) text += in.Bytes(in.Byte());
  return text;
}

void ReadSoa(MessageReader& in, Record& record) {
  record.text = in.Name() + " ";
  record.text += in.Name();
  record.serial = in.Long();
  record.text += " " + std::to_string(record.serial);
  for (int i = 0; i < 4; ++i) record.text += " " + std::to_string(in.Long());
}

void ReadData(MessageReader& in, size_t size, Record& record) {
  const size_t end = in.at() + size;
  switch (record.type) {
    case kA:
    case kAaaa: {
      const size_t wanted = record.type == kA ? 4 : 16;
      const std::string_view address = in.Bytes(wanted);
      if (in.ok()) record.text = AddressText(record.type == kA ? AF_INET : AF_INET6, address);
      break;
    }
    case kNs:
    case kCname:
    case kPtr:
      record.text = in.Name();
      break;
    case kMx:
      record.text = std::to_string(in.Short());
      record.text += " " + in.Name();
      break;
    case kSrv:
      for (int i = 0; i < 3; ++i) record.text += std::to_string(in.Short()) + " ";
      record.text += in.Name();
      break;
    case kSoa:
      ReadSoa(in, record);
      break;
    case kTxt:
      record.text = Texts(in, end);
      break;
    default:
      in.Bytes(size);
  }
  if (in.ok() && in.at() != end) in.Mistake("a record's length contradicts its data");
}

Record ReadRecord(MessageReader& in) {
  Record record;
  record.name = in.Name();
  record.type = in.Short();
  record.record_class = in.Short();
  record.ttl_s = in.Long();
  const size_t size = in.Short();
  if (in.ok()) ReadData(in, size, record);
  return record;
}

}  // namespace

std::optional<uint16_t> TypeNumber(std::string_view type) {
  static constexpr std::pair<std::string_view, uint16_t> kTypes[] = {
      {"A", kA},   {"NS", kNs},   {"CNAME", kCname}, {"SOA", kSoa}, {"PTR", kPtr},
      {"MX", kMx}, {"TXT", kTxt}, {"AAAA", kAaaa},   {"SRV", kSrv}};
  for (const auto& [name, number] : kTypes)
    if (name == type) return number;
  return std::nullopt;
}

std::string RcodeName(int rcode) {
  static constexpr std::array kNames = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
  if (rcode >= 0 && static_cast<size_t>(rcode) < kNames.size())
    return kNames[static_cast<size_t>(rcode)];
  return "RCODE" + std::to_string(rcode);
}

Result<std::string> EncodeQuery(uint16_t id, std::string_view name, uint16_t type) {
  const std::string_view whole = name;
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out;
  Put16(out, id);
  Put16(out, 0x0100);  // Recursion desired.
  Put16(out, 1);
  out.append(6, '\0');
  if (!name.empty()) {
    for (const std::string_view label : Split(name, '.')) {
      if (label.empty() || label.size() > kLabelBytes)
        return InvalidArgument("\"" + std::string(whole) +
                               "\" is no domain name: each part has 1 to 63 bytes");
      out += static_cast<char>(label.size());
      out += label;
    }
  }
  out += '\0';
  if (name.size() + 2 > kNameBytes)
    return InvalidArgument("\"" + std::string(whole) + "\" is longer than a domain name may be");
  Put16(out, type);
  Put16(out, 1);  // IN
  return out;
}

Result<Message> ParseMessage(std::string_view bytes) {
  MessageReader in(bytes);
  Message message;
  message.id = in.Short();
  const unsigned flags = in.Short();
  message.response = (flags & 0x8000) != 0;
  message.truncated = (flags & 0x0200) != 0;
  message.rcode = static_cast<int>(flags & 0xF);
  const size_t questions = in.Short();
  const size_t answers = in.Short();
  message.authorities = in.Short();
  message.additionals = in.Short();
  for (size_t i = 0; i < questions && in.ok(); ++i) {
    Question& question = message.questions.emplace_back();
    question.name = in.Name();
    question.type = in.Short();
    question.record_class = in.Short();
  }
  // Of a truncated one the last record may be a stump.
  for (size_t i = 0; i < answers && in.ok() && !message.truncated; ++i)
    message.answers.push_back(ReadRecord(in));
  if (!in.ok()) return Corrupt("the answer is no DNS message: " + in.mistake());
  return message;
}

std::string ComparableName(std::string_view name) {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  return ToLowerAscii(name);
}

std::string ComparableAnswer(uint16_t type, std::string_view text) {
  if (type == kTxt) return std::string(text);
  if (type == kA || type == kAaaa) {
    const int family = type == kA ? AF_INET : AF_INET6;
    char bytes[16];
    if (::inet_pton(family, std::string(text).c_str(), bytes) == 1)
      return AddressText(family, {bytes, sizeof bytes});
    return std::string(text);
  }
  std::string comparable;
  for (const std::string_view word : Split(text, ' ')) {
    if (word.empty()) continue;
    if (!comparable.empty()) comparable += ' ';
    comparable += ComparableName(word);
  }
  return comparable;
}

}  // namespace hinomi::metrics::dns
