// tsdb_load expect --bodies=FILE [--limit=BODIES] [--of=N] [--metrics=A,B…]
//   [--instances=A,B…] [--last]
// What a server must have that took the first --limit bodies: the samples of each metric,
// and all samples (--last: the last one) of about one in --of series, values as their 64
// bits in hexadecimal. --metrics and --instances choose among the series too.
#include <snappy.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "bodies.h"
#include "commands.h"
#include "random.h"
#include "wire.h"

namespace hinomi::bench {
namespace {

constexpr std::string_view kNameLabel = "__name__";

/// The metric's name, without reading all labels: it is the first, as its name sorts first.
std::string_view MetricName(std::string_view label_bytes) {
  const size_t at = label_bytes.find(kNameLabel);
  if (at == label_bytes.npos) Die("a series without name");
  // Behind the label's name: the key of the value's field and its length, one byte each.
  const size_t length = static_cast<uint8_t>(label_bytes[at + kNameLabel.size() + 1]);
  return label_bytes.substr(at + kNameLabel.size() + 2, length);
}

std::set<std::string, std::less<>> Split(const std::string& list) {
  std::set<std::string, std::less<>> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) parts.insert(part);
  return parts;
}

/// Which series are told sample by sample.
class Choice {
 public:
  explicit Choice(const Options& options)
      : one_of_(static_cast<uint64_t>(options.Number("of", 1))),
        metrics_(Split(options.Text("metrics"))),
        instances_(Split(options.Text("instances"))) {}

  bool Has(std::string_view label_bytes) const {
    if (!metrics_.empty() && !metrics_.contains(MetricName(label_bytes))) return false;
    if (!instances_.empty() && !HasInstance(label_bytes)) return false;
    const uint64_t hash = std::hash<std::string_view>()(label_bytes);
    return Random(hash).Bits() % one_of_ == 0;
  }

 private:
  bool HasInstance(std::string_view label_bytes) const {
    for (const auto& [name, value] : ReadLabels(label_bytes)) {
      if (name == "instance") return instances_.contains(value);
    }
    return false;
  }

  uint64_t one_of_;
  std::set<std::string, std::less<>> metrics_;
  std::set<std::string, std::less<>> instances_;
};

void PrintText(std::string_view text) {
  std::putchar('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') std::putchar('\\');
    std::putchar(c);
  }
  std::putchar('"');
}

void PrintSeries(std::string_view label_bytes, const std::vector<Sample>& samples) {
  std::printf("{\"labels\":{");
  const char* separator = "";
  for (const auto& [name, value] : ReadLabels(label_bytes)) {
    std::printf("%s", separator);
    PrintText(name);
    std::putchar(':');
    PrintText(value);
    separator = ",";
  }
  std::printf("},\"samples\":[");
  separator = "";
  for (const Sample& sample : samples) {
    uint64_t bits = 0;
    std::memcpy(&bits, &sample.value, sizeof bits);
    std::printf("%s[%" PRId64 ",\"%016" PRIx64 "\"]", separator, sample.at_ms, bits);
    separator = ",";
  }
  std::printf("]}");
}

}  // namespace

void Expect(const Options& options) {
  const BodyFile file(options.Required("bodies"),
                      static_cast<uint64_t>(options.Number("limit", 0)));
  const Choice choice(options);
  const bool only_last = options.Number("last", 0) != 0;
  std::map<std::string, uint64_t, std::less<>> counts;
  std::map<std::string, std::vector<Sample>, std::less<>> chosen;
  std::string request;
  for (const Body& body : file.bodies()) {
    if (!snappy::Uncompress(body.compressed.data(), body.compressed.size(), &request)) {
      Die("a body that is not snappy");
    }
    ReadRequest(request, [&](std::string_view labels, const std::vector<Sample>& samples) {
      const std::string_view name = MetricName(labels);
      auto count = counts.find(name);
      if (count == counts.end()) count = counts.emplace(name, 0).first;
      count->second += samples.size();
      if (!choice.Has(labels)) return;
      auto& kept = chosen[std::string(labels)];
      if (only_last) kept.clear();
      kept.insert(kept.end(), samples.begin(), samples.end());
    });
  }
  std::printf("{\"counts\":{");
  const char* separator = "";
  for (const auto& [name, count] : counts) {
    std::printf("%s\"%s\":%" PRIu64, separator, name.c_str(), count);
    separator = ",";
  }
  std::printf("},\"series\":[");
  separator = "";
  for (const auto& [labels, samples] : chosen) {
    std::printf("%s", separator);
    PrintSeries(labels, samples);
    separator = ",\n";
  }
  std::printf("]}\n");
}

}  // namespace hinomi::bench
