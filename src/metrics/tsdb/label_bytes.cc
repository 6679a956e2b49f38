#include "metrics/tsdb/label_bytes.h"

#include <algorithm>
#include <vector>

namespace hinomi::metrics {
namespace {

size_t VarintSize(size_t value) {
  size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

char* WriteHead(char tag, size_t length, char* to) {
  *to++ = tag;
  while (length >= 0x80) {
    *to++ = static_cast<char>(length | 0x80);
    length >>= 7;
  }
  *to++ = static_cast<char>(length);
  return to;
}

char* WriteField(char tag, std::string_view text, char* to) {
  to = WriteHead(tag, text.size(), to);
  return std::copy(text.begin(), text.end(), to);
}

}  // namespace

void AppendLabel(std::string_view name, std::string_view value, std::string& out) {
  const size_t inner =
      2 + VarintSize(name.size()) + name.size() + VarintSize(value.size()) + value.size();
  const size_t at = out.size();
  out.resize(at + 1 + VarintSize(inner) + inner);
  char* to = WriteHead('\x0A', inner, out.data() + at);
  to = WriteField('\x0A', name, to);
  WriteField('\x12', value, to);
}

void AppendLabelBytes(const Labels& labels, std::string& out) {
  for (const auto& [name, value] : labels.pairs()) AppendLabel(name, value, out);
}

std::string LabelBytesOf(const Labels& labels) {
  std::string bytes;
  AppendLabelBytes(labels, bytes);
  return bytes;
}

std::optional<std::string_view> LabelBytesReader::Field(char tag, std::string_view& from) {
  if (from.empty() || from[0] != tag) return std::nullopt;
  size_t at = 1;
  uint64_t length = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (at >= from.size()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(from[at++]);
    length |= uint64_t{byte & 0x7Fu} << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift > 0) return std::nullopt;  // Not the shortest form.
    if (length > from.size() - at) return std::nullopt;
    const std::string_view text = from.substr(at, length);
    from.remove_prefix(at + length);
    return text;
  }
  return std::nullopt;
}

std::optional<LabelBytesReader::Label> LabelBytesReader::Next() {
  if (bytes_.empty()) return std::nullopt;
  if (auto message = Field('\x0A', bytes_)) {
    const auto name = Field('\x0A', *message);
    const auto value = name ? Field('\x12', *message) : std::nullopt;
    if (value && message->empty()) return Label{*name, *value};
  }
  failed_ = true;
  bytes_ = {};
  return std::nullopt;
}

std::string_view TakeLabelMessage(std::string_view& bytes) {
  size_t head = 1;
  uint64_t length = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (head >= bytes.size()) return {};
    const auto byte = static_cast<uint8_t>(bytes[head++]);
    length |= uint64_t{byte & 0x7Fu} << shift;
    if (byte >= 0x80) continue;
    if (length > bytes.size() - head) return {};
    const std::string_view message = bytes.substr(0, head + length);
    bytes.remove_prefix(message.size());
    return message;
  }
  return {};
}

Result<Labels> ParseLabelBytes(std::string_view bytes) {
  std::vector<Labels::Pair> pairs;
  LabelBytesReader reader(bytes);
  while (const auto label = reader.Next()) {
    const bool in_order = pairs.empty() || pairs.back().first < label->name;
    if (!in_order || label->name.empty() || label->value.empty())
      return Corrupt("the labels of a series are not in their form");
    pairs.emplace_back(label->name, label->value);
  }
  if (reader.failed()) return Corrupt("the labels of a series are cut or damaged");
  return Labels(std::move(pairs));
}

std::string_view FindLabel(std::string_view bytes, std::string_view name) {
  LabelBytesReader reader(bytes);
  while (const auto label = reader.Next())
    if (label->name == name) return label->value;
  return {};
}

int CompareLabelBytes(std::string_view a, std::string_view b) {
  // What both begin with is not taken apart: sorted series share most of their labels.
  for (std::string_view rest = a;; a = rest) {
    const std::string_view message = TakeLabelMessage(rest);
    if (message.empty() || !b.starts_with(message)) break;
    b.remove_prefix(message.size());
  }
  LabelBytesReader left(a);
  LabelBytesReader right(b);
  for (;;) {
    const auto x = left.Next();
    const auto y = right.Next();
    if (!x || !y) return static_cast<int>(x.has_value()) - static_cast<int>(y.has_value());
    if (const int order = x->name.compare(y->name); order != 0) return order;
    if (const int order = x->value.compare(y->value); order != 0) return order;
  }
}

}  // namespace hinomi::metrics
