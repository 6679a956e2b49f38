#include <algorithm>
#include <array>

#include "base/strings.h"
#include "policy/impl/prometheus_forms.h"

/// Values as Prometheus' YAML library reads them.
namespace hinomi::policy::impl {
namespace {

Json TypedSchema(const char* type) {
  return Json::MakeObject().Set("type", type);
}

class SwitchForm : public Form<bool> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            bool& out) const override {
    if (node.kind == yaml::Kind::kBool) {
      out = node.boolean;
      return true;
    }
    // YAML 1.1, which Prometheus reads.
    for (const char* yes : {"yes", "on", "y"}) {
      if (node.kind == yaml::Kind::kText && EqualsIgnoreCase(node.text, yes)) return out = true;
    }
    for (const char* no : {"no", "off", "n"}) {
      if (node.kind != yaml::Kind::kText || !EqualsIgnoreCase(node.text, no)) continue;
      out = false;
      return true;
    }
    reader.Expected(node, path, "true or false");
    return false;
  }
  Json Schema() const override { return TypedSchema("boolean"); }
};

class PrometheusDurationForm : public Form<Duration> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            Duration& out) const override {
    const auto duration = node.is_scalar() ? ParseDuration(node.text) : InvalidArgument("");
    if (!duration) {
      reader.Expected(node, path, "a duration such as 30s, 1m30s or 1h (units ms s m h d w y)");
      return false;
    }
    out = *duration;
    return true;
  }
  Json Schema() const override { return TypedSchema("string"); }
};

class PrometheusBytesForm : public Form<uint64_t> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            uint64_t& out) const override {
    const auto bytes = node.is_scalar() ? Parse(node.text) : std::nullopt;
    if (!bytes) {
      reader.Expected(node, path, "0, or a size such as 512KB, 10MB or 1GiB");
      return false;
    }
    out = *bytes;
    return true;
  }
  Json Schema() const override { return TypedSchema("string"); }

 private:
  static std::optional<uint64_t> Parse(std::string_view text) {
    if (text == "0") return 0;
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = ParseUint(text.substr(0, digits));
    const std::string_view unit = text.substr(digits);
    static constexpr std::array<std::string_view, 7> kPrefixes = {"", "K", "M", "G", "T", "P", "E"};
    for (size_t power = 0; number && power < kPrefixes.size(); ++power) {
      const std::string prefix(kPrefixes[power]);
      if (unit != prefix + "B" && (power == 0 || unit != prefix + "iB")) continue;
      const uint64_t factor = uint64_t{1} << (10 * power);
      if (*number > UINT64_MAX / factor) return std::nullopt;
      return *number * factor;
    }
    return std::nullopt;
  }
};

class UndoneForm : public Form<NotDone> {
 public:
  UndoneForm(std::string what, std::vector<std::string> harmless)
      : what_(std::move(what)), harmless_(std::move(harmless)) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            NotDone& out) const override {
    const bool harmless = node.kind == yaml::Kind::kNull ||
                          (node.is_scalar() && std::find(harmless_.begin(), harmless_.end(),
                                                         node.text) != harmless_.end());
    if (harmless) return true;
    reader.Warning(reader.PlaceOf(path), path, "Hinomi does not do this: " + what_);
    out.push_back(path);
    return true;
  }
  Json Schema() const override { return Json::MakeObject(); }

 private:
  std::string what_;
  std::vector<std::string> harmless_;
};

}  // namespace

FormPtr<std::string> PlainText() {
  return std::make_shared<GivenForm<std::string>>(
      Text({.what = "text", .may_be_empty = true, .any_scalar = true}));
}

FormPtr<std::vector<std::string>> Texts() {
  return ListOf(Text({.what = "text", .may_be_empty = true, .any_scalar = true}));
}

FormPtr<bool> Switch() {
  return std::make_shared<GivenForm<bool>>(std::make_shared<SwitchForm>());
}

FormPtr<Duration> PrometheusDuration() {
  return std::make_shared<PrometheusDurationForm>();
}

FormPtr<uint64_t> PrometheusBytes() {
  return std::make_shared<PrometheusBytesForm>();
}

FormPtr<uint64_t> Count() {
  return Size(0, uint64_t{1} << 53);
}

FormPtr<NotDone> Undone(std::string what, std::vector<std::string> harmless) {
  return std::make_shared<UndoneForm>(std::move(what), std::move(harmless));
}

}  // namespace hinomi::policy::impl
