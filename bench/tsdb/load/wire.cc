#include "wire.h"

#include <algorithm>
#include <cstring>

#include "options.h"

namespace hinomi::bench {
namespace {

// Field numbers of prometheus.WriteRequest with their wire types.
constexpr uint8_t kSeries = 1 << 3 | 2;
constexpr uint8_t kLabel = 1 << 3 | 2;
constexpr uint8_t kSample = 2 << 3 | 2;
constexpr uint8_t kLabelName = 1 << 3 | 2;
constexpr uint8_t kLabelValue = 2 << 3 | 2;
constexpr uint8_t kSampleValue = 1 << 3 | 1;
constexpr uint8_t kSampleTime = 2 << 3 | 0;

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void AppendField(uint8_t key, std::string_view content, std::string& out) {
  out.push_back(static_cast<char>(key));
  AppendVarint(content.size(), out);
  out.append(content);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool AtEnd() const { return bytes_.empty(); }

  uint8_t Key() {
    if (bytes_.empty()) Die("a request ends within a field");
    const auto key = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return key;
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const uint8_t byte = Key();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  std::string_view Bytes(size_t count) {
    if (count > bytes_.size()) Die("a request ends within a field");
    const std::string_view content = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return content;
  }

  std::string_view Field(uint8_t expected) {
    if (Key() != expected) Die("a request is not as it was made");
    return Bytes(Varint());
  }

 private:
  std::string_view bytes_;
};

Sample ReadSample(std::string_view bytes) {
  Reader reader(bytes);
  Sample sample;
  if (reader.Key() != kSampleValue) Die("a sample without value");
  std::memcpy(&sample.value, reader.Bytes(8).data(), 8);
  if (reader.Key() != kSampleTime) Die("a sample without time");
  sample.at_ms = static_cast<int64_t>(reader.Varint());
  return sample;
}

}  // namespace

std::string LabelBytes(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  std::string label;
  for (const auto& [name, value] : labels) {
    label.clear();
    AppendField(kLabelName, name, label);
    AppendField(kLabelValue, value, label);
    AppendField(kLabel, label, out);
  }
  return out;
}

void AppendSeries(std::string_view label_bytes, const std::vector<Sample>& samples,
                  std::string& out) {
  std::string series(label_bytes);
  std::string bytes;
  for (const Sample& sample : samples) {
    bytes.assign(1, static_cast<char>(kSampleValue));
    char value[8];
    std::memcpy(value, &sample.value, 8);
    bytes.append(value, 8);
    bytes.push_back(static_cast<char>(kSampleTime));
    AppendVarint(static_cast<uint64_t>(sample.at_ms), bytes);
    AppendField(kSample, bytes, series);
  }
  AppendField(kSeries, series, out);
}

Labels ReadLabels(std::string_view label_bytes) {
  Labels labels;
  for (Reader reader(label_bytes); !reader.AtEnd();) {
    Reader label(reader.Field(kLabel));
    const std::string_view name = label.Field(kLabelName);
    labels.emplace_back(name, label.Field(kLabelValue));
  }
  return labels;
}

void ReadRequest(std::string_view request, const SeriesVisitor& visit) {
  std::vector<Sample> samples;
  for (Reader reader(request); !reader.AtEnd();) {
    const std::string_view series = reader.Field(kSeries);
    samples.clear();
    size_t label_end = 0;
    for (Reader fields(series); !fields.AtEnd();) {
      const uint8_t key = fields.Key();
      const std::string_view content = fields.Bytes(fields.Varint());
      if (key == kSample) {
        samples.push_back(ReadSample(content));
      } else {
        label_end = static_cast<size_t>(content.data() + content.size() - series.data());
      }
    }
    visit(series.substr(0, label_end), samples);
  }
}

}  // namespace hinomi::bench
